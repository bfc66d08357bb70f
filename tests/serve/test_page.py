"""The page in a real Chromium, used as a person would."""

import io
import json
import zipfile

import numpy as np
import pytest
from serving import decode, draw, encode, running
from window import PEOPLE, at, choose, download, erase, pressed

from eraser.config import EraseRequest
from eraser.photo import load
from eraser.serve.compute import LocalCompute
from eraser.serve.settings import ServeConfig

DROP = """({ bytes, name }) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def test_a_person_drops_clicks_paints_undoes_erases_slides_and_downloads(open_page, photo, engine):
    page = open_page()
    page.evaluate(DROP, {"bytes": list(photo), "name": "me.png"})
    page.wait_for_selector("#people button")
    assert page.locator("#erase").is_disabled()

    page.mouse.click(*at(page, 110, 150))
    page.mouse.click(*at(page, 280, 180))
    assert pressed(page) == ["true", "true"]
    page.mouse.click(*at(page, 280, 180))
    assert pressed(page) == ["true", "false"]
    page.click("[data-tool=brush]")
    page.mouse.move(*at(page, 200, 30))
    page.mouse.down()
    page.mouse.move(*at(page, 300, 30), steps=4)
    page.mouse.up()
    page.click("#undo")
    assert page.locator("#redo").is_enabled()
    erase(page)

    assert page.locator("#said").inner_text() == "1 person is gone"
    assert page.locator("#file").inner_text() == "me.erased.png"
    page.mouse.move(*at(page, 200, 150))
    page.mouse.down()
    page.mouse.move(*at(page, 100, 150), steps=3)
    page.mouse.up()
    assert int(page.locator("#split").input_value()) == pytest.approx(250, abs=5)
    name, data = download(page)
    assert name == "me.erased.png"
    assert data == engine.erase(load(photo), EraseRequest(who="1")).encode()


def test_what_is_painted_goes_and_what_the_eraser_takes_back_stays(open_page, photo):
    page = open_page()
    choose(page, photo)
    for tool, y in (("brush", 30), ("eraser", 150)):
        page.click(f"[data-tool={tool}]")
        page.fill("#size", "70")
        page.mouse.move(*at(page, 110, y))
        page.mouse.down()
        page.mouse.move(*at(page, 112, y + 1), steps=2)
        page.mouse.up()
    page.click("[data-word=main]")
    erase(page)

    changed = (decode(download(page)[1]) != decode(photo)).any(axis=-1)
    assert changed[30, 105:115].all()
    assert not changed[150, 105:115].any()
    assert changed[250, 65:155].mean() > 0.8
    assert not changed[:, 240:].any()


def test_the_keyboard_alone_suffices(open_page, photo, engine):
    page = open_page()
    choose(page, photo)
    page.keyboard.press("2")
    assert pressed(page) == ["false", "true"]
    page.keyboard.press("a")
    assert pressed(page) == ["true", "true"]
    page.keyboard.press("Control+z")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result:not([hidden])")

    assert page.evaluate("document.activeElement.id") == "split"
    page.keyboard.press("ArrowLeft")
    assert int(page.locator("#split").input_value()) < 500
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "download":
            break
    with page.expect_download() as expected:
        page.keyboard.press("Enter")
    assert np.array_equal(load(expected.value.path()).image, engine.erase(load(photo), EraseRequest(who="2")).image)


def test_tab_held_after_a_click_into_the_photo_shows_the_original(open_page, photo):
    page = open_page()
    choose(page, photo)
    page.keyboard.press("a")
    erase(page)
    page.mouse.click(*at(page, 0, 150))
    red = f"""() => {{ const c = document.getElementById("canvas"), d = c.getContext("2d");
        const [x, y] = {list(at(page, 110, 150))}, b = c.getBoundingClientRect();
        return d.getImageData(x - b.x, y - b.y, 1, 1).data[0] > 200; }}"""

    page.wait_for_function(f"() => !({red})()")
    page.keyboard.down("Tab")
    page.wait_for_function(red)
    page.keyboard.up("Tab")
    page.wait_for_function(f"() => !({red})()")


def test_several_photos_one_after_another_and_all_as_a_zip(open_page, photo):
    page = open_page()
    choose(page, photo, encode(draw(PEOPLE[1], size_wh=(400, 300))))
    page.click("[data-word=all]")
    erase(page)
    page.click("#next")
    page.wait_for_selector("#edit:not([hidden])")
    page.click("[data-word=all]")
    erase(page)

    name, data = download(page, "#zip")
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert name == "erased.zip"
    assert archive.testzip() is None
    assert archive.namelist() == ["me0.erased.png", "me1.erased.png"]
    assert all((decode(archive.read(each))[..., 0] < 200).all() for each in archive.namelist())


def test_a_second_pass_begins_with_the_result(open_page, photo):
    page = open_page()
    choose(page, photo)
    page.click("[data-word=main]")
    erase(page)
    page.click("#pass")
    page.wait_for_selector("#edit:not([hidden])")

    assert pressed(page) == ["false"]
    page.click("[data-word=all]")
    erase(page)
    assert (decode(download(page)[1])[..., 0] < 200).all()


def test_who_is_still_seen_is_marked_and_a_click_from_going(open_page, photo, engine, monkeypatch):
    from dataclasses import replace

    erased = type(engine).erase

    def miss(self, image, *args, **more):
        return replace(erased(self, image, *args, **more), image=image.image, leftover_people=1)

    monkeypatch.setattr(type(engine), "erase", miss)
    page = open_page()
    choose(page, photo)
    page.click("[data-word=all]")
    erase(page)

    assert page.locator("#left-said").inner_text() == "1 person may still be seen."
    page.click("#again")
    page.wait_for_selector("#edit:not([hidden])")
    page.wait_for_function("() => document.querySelector('#people button')?.ariaPressed === 'true'")


def test_what_is_no_photo_is_said(open_page):
    page = open_page()
    page.set_input_files("#files", [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"no photo"}])
    page.wait_for_selector("#alert:not([hidden])")
    assert "not a photo" in page.locator("#alert").inner_text()


def test_a_photo_that_the_server_forgot_is_sent_again(open_page, photo, server):
    page = open_page()
    choose(page, photo)
    page.click("[data-word=all]")
    server.service.handles._photos.clear()

    erase(page)

    assert page.locator("#said").inner_text().startswith("2 people are gone")


def test_a_phone_shows_everything_within_its_width(open_page, photo):
    page = open_page(viewport={"width": 360, "height": 640}, device_scale_factor=2, has_touch=True)
    choose(page, photo)
    page.touchscreen.tap(*at(page, 110, 150))

    assert pressed(page) == ["true", "false"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for name in ("#erase", "#words", "#zoom-in", "#undo"):
        page.locator(name).scroll_into_view_if_needed()
        box = page.locator(name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert page.locator("#canvas").bounding_box()["height"] > 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(open_page, photo, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # Without motion, so that no colour is halfway between two when axe looks.
    page = open_page(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")

    def faults():
        found = axe.run(page).response["violations"]
        return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]

    assert faults() == []
    choose(page, photo)
    page.click("[data-word=all]")
    assert faults() == []
    erase(page)
    assert faults() == []
    page.click("#help")
    assert faults() == []


def test_an_invitation_behind_the_hash_opens_the_page_once_and_leaves_the_address(open_page, photo, engine):
    token = "twelve-or-more"
    with running(LocalCompute(engine), ServeConfig(port=0, token=token)) as closed:
        address = f"{closed.url}/#invitation={closed.invitation.make()}"
        page = open_page(address)
        choose(page, photo)
        assert "invitation" not in page.url

        other = open_page(address)
        other.wait_for_selector("#login[open]")
        other.fill("#token", "not-the-token")
        other.keyboard.press("Enter")
        other.wait_for_function("() => document.getElementById('login-said').textContent.includes('not the token')")
        other.fill("#token", token)
        other.keyboard.press("Enter")
        other.wait_for_selector("#login:not([open])", state="attached")
        choose(other, photo)
        for each in (page, other):
            each.context.close()


def test_the_description_of_the_interface_works_under_the_same_rules(open_page):
    page = open_page()
    page.goto(f"{page.url}docs")

    page.get_by_text("/api/v1/erase").first.wait_for()
    assert (
        json.loads(page.evaluate("fetch('openapi.json').then((reply) => reply.text())"))["info"]["title"] == "erase-me"
    )
