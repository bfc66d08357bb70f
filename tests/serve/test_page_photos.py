"""Names, and several photos at once, in the page."""

import threading

import pytest
from serving import decode, draw, encode, running
from window import PEOPLE, choose, download, erase, pressed

from eraser.faces.match import Recognition
from eraser.faces.store import FaceStore, write_store
from eraser.serve.compute import LocalCompute
from eraser.serve.settings import ServeConfig


@pytest.fixture
def known(tmp_path, monkeypatch, engine):
    """Person 1 is anna; nobody is ben; person 2 is a stranger."""
    monkeypatch.setenv("ERASER_FACES", str(tmp_path / "faces.json"))
    faces = {"anna": ((0.0,) * 128,), "ben": ((1.0,) * 128,)}
    write_store(FaceStore("dlib", "0" * 64, faces, {"family": ("anna", "ben")}))
    zones = (Recognition("same", name="anna", similarity=0.9), Recognition("stranger", similarity=0.1))
    monkeypatch.setattr(type(engine), "recognize", lambda *_: zones)


def test_each_name_that_is_known_has_a_button_that_takes_those_who_are_recognised(open_page, photo, known):
    page = open_page()
    choose(page, photo)
    page.wait_for_selector("#names button")
    names = page.locator("#names button")
    assert names.all_inner_texts() == ["anna", "family", "Strangers", "ben"]
    assert [button.is_enabled() for button in names.all()] == [True, True, True, False]

    page.get_by_role("button", name="anna", exact=True).click()
    assert pressed(page) == ["true", "false"]
    assert names.nth(1).get_attribute("aria-pressed") == "true"
    names.nth(2).click()
    assert pressed(page) == ["true", "true"]
    names.nth(0).click()
    assert pressed(page) == ["false", "true"]
    erase(page)
    changed = (decode(download(page)[1]) != decode(photo)).any(axis=-1)
    assert changed[110:250, 260:300].all()
    assert not changed[:, :200].any()


def test_without_names_there_are_no_such_buttons(open_page, photo, tmp_path, monkeypatch):
    monkeypatch.setenv("ERASER_FACES", str(tmp_path / "none.json"))
    page = open_page()
    choose(page, photo)

    assert page.locator("#names").is_hidden()


def test_a_name_is_shown_as_it_is_and_is_no_code(open_page, photo, known, engine, monkeypatch):
    name = "<img src=x onerror=alert(1)>"
    monkeypatch.setattr(type(engine), "recognize", lambda *_: (Recognition("same", name=name),) * 2)
    page = open_page()
    page.set_input_files("#files", [{"name": "<b>x</b>&.png", "mimeType": "image/png", "buffer": photo}])
    page.wait_for_selector("#people button")

    assert page.locator("#people .name").first.inner_text() == name
    assert page.locator("#people img, #strip b").count() == 0


def test_another_photo_can_be_marked_while_one_is_erased(open_page, photo, engine, monkeypatch):
    go_on, begun, erased = threading.Event(), threading.Event(), type(engine).erase

    def wait(*args, **more):
        begun.set()
        assert go_on.wait(20)
        return erased(*args, **more)

    other = encode(draw(PEOPLE[1], size_wh=(400, 300)))
    with running(LocalCompute(engine), ServeConfig(port=0, workers=2)) as server:
        page = open_page(server.url)
        choose(page, photo, other)
        page.click("#strip li:nth-child(2) button")
        page.wait_for_selector("#people button:only-child")
        page.click("#strip li:nth-child(1) button")
        page.wait_for_selector("#people button:nth-child(2)")
        page.click("[data-word=all]")
        monkeypatch.setattr(type(engine), "erase", wait)
        page.click("#erase")
        assert begun.wait(10)
        page.click("#strip li:nth-child(2) button")
        page.wait_for_selector("#people button:only-child")
        page.click("[data-word=all]")
        assert page.locator("#erase").is_enabled()
        assert page.locator("#busy").is_hidden()

        go_on.set()
        page.wait_for_selector("#strip li:nth-child(1) .mark.done")
        assert pressed(page) == ["true"]
        erase(page)
        page.click("#strip li:nth-child(1) button")
        page.wait_for_function("() => document.getElementById('said').textContent.startsWith('2 people')")
        assert (decode(download(page)[1])[..., 0] < 200).all()
        page.context.close()


def test_what_is_cancelled_can_be_begun_again(open_page, photo, engine, monkeypatch):
    go_on, erased = threading.Event(), type(engine).erase
    monkeypatch.setattr(type(engine), "erase", lambda *a, **k: (go_on.wait(20), erased(*a, **k))[1])
    page = open_page()
    choose(page, photo)
    page.click("[data-word=all]")
    page.click("#erase")
    page.click("#cancel")
    page.wait_for_function("() => !document.getElementById('erase').disabled")
    go_on.set()

    erase(page)
    assert page.locator("#alert").is_hidden()


def test_a_second_pass_whose_photo_was_forgotten_begins_with_the_downloaded_file(open_page, photo, server):
    page = open_page()
    choose(page, photo)
    page.click("[data-word=main]")
    erase(page)
    server.service.handles._photos.clear()
    page.click("#pass")
    page.wait_for_selector("#edit:not([hidden])")

    assert pressed(page) == ["false"]
    page.click("[data-word=all]")
    erase(page)
    assert (decode(download(page)[1])[..., 0] < 200).all()
