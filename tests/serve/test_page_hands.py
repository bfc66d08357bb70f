"""Zoom, pan, sizes, undo, paste: the rest of what hands and keys do in the page."""

import io
from dataclasses import replace

import httpx
import numpy as np
import pytest
from PIL import Image
from serving import decode
from window import at, choose, download, erase, pressed, until

VIEW = "import('./static/page.js').then(({ view }) => [view.scale, view.x, view.y])"


def view_of(page):
    """(scale, x, y) of the photo on the canvas."""
    return page.evaluate(VIEW)


def size_of_brush(page):
    return int(page.locator("#size").input_value())


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_the_wheel_zooms_where_the_pointer_is_and_0_shows_the_whole_photo(open_page, photo):
    page = open_page()
    choose(page, photo)
    fitted = view_of(page)
    x, y = at(page, 110, 150)
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    until(page, f"{VIEW}.then(([scale]) => scale > {fitted[0] * 1.5})")

    scale, left, top = view_of(page)
    assert (left + 110 * scale, top + 150 * scale) == pytest.approx((x - box["x"], y - box["y"]), abs=1.5)
    page.mouse.click(x, y)
    assert pressed(page) == ["true", "false"]
    page.keyboard.press("0")
    assert view_of(page) == pytest.approx(fitted)


def test_space_and_drag_moves_the_photo_whatever_the_tool(open_page, photo):
    page = open_page()
    choose(page, photo)
    page.click("[data-tool=brush]")
    page.mouse.click(*at(page, 5, 5))
    page.click("#undo")
    page.mouse.click(*at(page, 20, 290))  # leaves the button, so that Space is not its click
    page.click("#undo")
    before = view_of(page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.down(" ")
    drag(page, at(page, 200, 150), (at(page, 200, 150)[0] + 40, at(page, 200, 150)[1] - 25))
    page.keyboard.up(" ")

    assert view_of(page) == pytest.approx([before[0], before[1] + 40, before[2] - 25], abs=1)
    assert page.locator("#erase").is_disabled()  # nothing was painted
    page.keyboard.press("ArrowLeft")
    assert view_of(page)[1] == pytest.approx(before[1] + 100, abs=1)


def test_two_fingers_zoom_and_paint_nothing(open_page, photo):
    page = open_page(has_touch=True)
    choose(page, photo)
    page.click("[data-tool=brush]")
    before = view_of(page)
    x, y = at(page, 200, 150)
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        fingers = [{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    send("touchStart", (x - 30, y))
    send("touchStart", (x - 30, y), (x + 30, y))
    for step in range(1, 7):
        send("touchMove", (x - 30 - 5 * step, y), (x + 30 + 5 * step, y))
    send("touchEnd")

    scale, left, _ = view_of(page)
    assert scale == pytest.approx(2 * before[0], rel=0.1)
    box = page.locator("#canvas").bounding_box()
    assert left + 200 * scale == pytest.approx(x - box["x"], abs=12)
    assert page.locator("#undo").is_disabled()


def test_brackets_change_the_brush_and_a_larger_one_paints_more(open_page, photo):
    page = open_page()
    choose(page, photo)
    page.keyboard.press("b")
    begin = size_of_brush(page)
    page.keyboard.press("]")
    assert size_of_brush(page) > begin
    for _ in range(3):
        page.keyboard.press("[")
    assert size_of_brush(page) < begin

    painted = []
    for size in ("10", "90"):
        page.fill("#size", size)
        page.evaluate("document.activeElement.blur()")
        page.mouse.click(*at(page, 200, 30))
        erase(page)
        painted.append((decode(download(page)[1]) != decode(photo)).any(axis=-1).sum())
        page.click("#back")
        page.click("#undo")
    assert painted[1] > 5 * painted[0] > 0


def test_undo_and_redo_go_through_people_and_strokes(open_page, photo):
    page = open_page()
    choose(page, photo)
    page.keyboard.press("1")
    page.click("[data-tool=brush]")
    drag(page, at(page, 200, 30), at(page, 220, 30))
    assert page.locator("#erase").inner_text() == "Erase what is marked"

    page.keyboard.press("Control+z")
    assert page.locator("#erase").inner_text() == "Erase 1 person"
    page.keyboard.press("Control+z")
    assert pressed(page) == ["false", "false"]
    page.keyboard.press("Control+y")
    page.keyboard.press("Control+Shift+z")
    assert page.locator("#erase").inner_text() == "Erase what is marked"
    page.click("#reset")
    assert page.locator("#erase").is_disabled()


def test_the_mask_under_the_pointer_is_the_one_that_the_server_makes(open_page, photo):
    page = open_page()
    choose(page, photo)
    page.mouse.move(*at(page, 280, 180))
    mask = "import('./static/page.js').then(({ page }) => page.item.overlay.masks.get(2))"
    until(page, f"{mask}.then(Boolean)")

    drawn = f"{mask}.then((mask) => Array.from(mask.getContext('2d').getImageData(0, 0, 400, 300).data))"
    seen = np.array(page.evaluate(drawn), np.uint8).reshape(300, 400, 4)[..., 3] > 0
    handle = page.evaluate("import('./static/page.js').then(({ page }) => page.item.photo)")
    hole = decode(httpx.get(f"{page.url}api/v1/photos/{handle}/mask", params={"who": "2"}).content)[..., 0] > 0
    assert seen[180, 280]
    assert np.array_equal(seen, hole)


def test_the_line_and_its_labels_lie_on_the_photo(open_page, photo):
    page = open_page()
    choose(page, photo)
    page.keyboard.press("a")
    erase(page)
    page.wait_for_function("() => parseFloat(document.getElementById('compare').style.width) > 0")
    shown = page.locator("#compare").bounding_box()

    corners = np.array([at(page, 0, 0), at(page, 400, 300)])
    assert (shown["x"], shown["y"]) == pytest.approx(tuple(corners[0]), abs=1.5)
    assert shown["width"] == pytest.approx(corners[1][0] - corners[0][0], abs=2)
    page.keyboard.press("+")
    canvas = page.locator("#canvas").bounding_box()
    page.wait_for_function(f"() => parseFloat(document.getElementById('compare').style.width) > {shown['width'] + 5}")
    assert page.locator("#compare").bounding_box()["width"] <= canvas["width"] + 1


PASTE = """(bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""


def test_a_photo_can_be_pasted(open_page, photo):
    page = open_page()
    page.evaluate(PASTE, list(photo))
    page.wait_for_selector("#people button")

    assert page.locator("#strip button").get_attribute("title") == "image.png"


def test_a_heic_photo_which_the_browser_cannot_show_is_shown_and_comes_back_as_heic(open_page, photo):
    heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    heif.from_pillow(Image.open(io.BytesIO(photo))).save(file, quality=95)
    page = open_page()
    page.set_input_files("#files", [{"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": file.getvalue()}])
    page.wait_for_selector("#people button:nth-child(2)")
    page.wait_for_selector("#strip canvas")
    page.click("[data-word=all]")
    erase(page)

    name, data = download(page)
    assert name == "IMG_1.erased.HEIC"
    assert data[4:12] == b"ftypheic"
    assert (np.array(heif.open_heif(data).to_pillow())[..., 0] < 200).all()


def test_enter_erases_after_a_click_on_a_button_and_does_not_click_it_again(open_page, photo):
    page = open_page()
    choose(page, photo)
    page.click("[data-word=others]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result:not([hidden])")

    assert page.locator("#said").inner_text() == "1 person is gone"


def test_who_was_to_stay_is_not_taken_with_those_who_are_left(open_page, photo, engine, monkeypatch):
    erased = type(engine).erase

    def miss(self, image, *args, **more):
        return replace(erased(self, image, *args, **more), image=image.image, leftover_people=1)

    monkeypatch.setattr(type(engine), "erase", miss)
    page = open_page()
    choose(page, photo)
    page.click("[data-word=others]")
    erase(page)
    page.click("#again")
    page.wait_for_selector("#edit:not([hidden])")

    page.wait_for_selector("#people button:nth-child(2)[aria-pressed=true]")
    assert pressed(page) == ["false", "true"]
