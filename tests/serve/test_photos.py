import tempfile
import weakref

import cv2
import numpy as np
import pytest
from serving import decode, draw, encode

from eraser.config import EraseRequest
from eraser.faces.match import Recognition
from eraser.faces.store import FaceStore, write_store
from eraser.system.paths import memory_dir

ONE, OTHER = (slice(10, 70), slice(10, 40)), (slice(30, 60), slice(80, 95))


def post(client, path, data, name="me.png", **fields):
    return client.post(f"/api/v1/{path}", files={"file": (name, data)}, data=fields)


def test_people_come_with_numbers_boxes_outlines_and_a_handle(client, two):
    body = post(client, "people", two).json()

    assert [person["number"] for person in body["people"]] == [1, 2]
    assert body["people"][0]["box"] == [10, 10, 40, 70]
    assert body["people"][1]["outline"] == [[[80, 30], [80, 59], [94, 59], [94, 30]]]
    assert body["people"][0]["share"] == pytest.approx(30 * 60 / (120 * 80), abs=1e-5)
    assert (body["size"], body["name"]) == ([120, 80], "me.png")
    assert len(body["photo"]) > 20


def test_people_who_are_known_come_with_their_names_and_others_without(client, two, engine, monkeypatch):
    known = (Recognition("stranger", similarity=0.1), Recognition("same", name="anna", similarity=0.9))
    monkeypatch.setattr(type(engine), "recognize", lambda *_: known)

    people = post(client, "people", two).json()["people"]

    assert [person.get("name") for person in people] == [None, "anna"]
    assert [person["zone"] for person in people] == ["stranger", "same"]


def test_faces_that_cannot_be_read_hide_names_and_nothing_else(client, two, monkeypatch, tmp_path):
    damaged = tmp_path / "faces.json"
    damaged.write_text("{")
    monkeypatch.setenv("ERASER_FACES", str(damaged))

    people = post(client, "people", two).json()["people"]

    assert len(people) == 2
    assert all("name" not in person and "zone" not in person for person in people)


def test_a_result_is_labelled_unless_that_is_refused(client, two):
    assert b"DigitalSourceType" in post(client, "erase", two).content
    assert b"DigitalSourceType" not in post(client, "erase", two, ai_label="no").content


def test_a_photo_comes_back_without_people_and_headers_say_who_went(client, two, engine):
    reply = post(client, "erase", two, who="others")

    assert reply.status_code == 200
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["content-disposition"] == "attachment; filename*=UTF-8''me.erased.png"
    assert [reply.headers[f"x-eraser-{name}"] for name in ("people", "gone", "left")] == ["2", "2", "0"]
    assert np.array_equal(decode(reply.content), engine.erase(two, EraseRequest(who="others")).image)


def test_a_handle_saves_the_upload_and_a_second_detection(client, two, engine, monkeypatch):
    photo = post(client, "people", two).json()["photo"]
    monkeypatch.setattr(type(engine), "find", lambda *_: pytest.fail("looked twice"))

    reply = client.post("/api/v1/erase", files={"photo": (None, photo), "who": (None, "1")})

    assert reply.headers["x-eraser-gone"] == "1"
    assert np.array_equal(decode(reply.content)[OTHER], draw((80, 30, 95, 60))[OTHER])


def test_a_second_pass_begins_from_the_result_of_the_first(client, two):
    photo = post(client, "people", two).json()["photo"]
    after = client.post("/api/v1/erase", files={"photo": (None, photo), "who": (None, "1")}).headers["x-eraser-photo"]

    people = client.post("/api/v1/people", files={"photo": (None, after)}).json()
    last = client.post("/api/v1/erase", files={"photo": (None, after)})

    assert [person["box"] for person in people["people"]] == [[80, 30, 95, 60]]
    assert (decode(last.content)[..., 0] < 200).all()
    assert last.headers["content-disposition"].endswith("me.erased.png")


def test_the_photo_itself_comes_back_where_nobody_is_or_nobody_goes(client, two, nobody):
    assert post(client, "erase", nobody).content == nobody
    assert post(client, "erase", encode(draw((10, 10, 40, 70))), who="others").content == encode(draw((10, 10, 40, 70)))
    jpeg = post(client, "erase", nobody, format="jpg")
    assert jpeg.headers["content-type"] == "image/jpeg"
    assert jpeg.headers["content-disposition"].endswith("me.erased.jpg")


def test_a_mask_alone_is_removed_instead_of_the_people(client, two, engine):
    mask = np.zeros((80, 120), np.uint8)
    mask[5:15, 50:70] = 255

    reply = client.post("/api/v1/erase", files={"file": ("a.png", two), "mask": ("m.png", encode(mask))})

    changed = (decode(reply.content) != decode(two)).any(axis=-1)
    assert changed[5:15, 50:70].any()
    assert not changed[mask == 0].any()


def test_what_is_white_in_keep_stays_though_a_person_and_a_mask_reach_in(client, two):
    keep = np.zeros((80, 120), np.uint8)
    keep[:, :25] = 255
    mask = np.full((80, 120), 0, np.uint8)
    mask[:10, :30] = 255
    files = {"file": ("a.png", two), "mask": ("m.png", encode(mask)), "keep_mask": ("k.png", encode(keep))}

    reply = client.post("/api/v1/erase", files=files, data={"who": "1", "add_mask": "true", "second_look": "false"})

    changed = (decode(reply.content) != decode(two)).any(axis=-1)
    assert not changed[:, :25].any()
    assert changed[10:70, 26:40].mean() > 0.8  # some are filled with the red that stays


def test_the_mask_is_the_hole_that_erasing_uses(client, two, engine):
    photo = post(client, "people", two).json()["photo"]

    reply = client.get(f"/api/v1/photos/{photo}/mask", params={"who": "2", "dilate_px": 4})

    hole = engine.erase(two, EraseRequest(who="2", dilate_px=4, second_look=False)).hole
    assert reply.headers["content-type"] == "image/png"
    assert np.array_equal(decode(reply.content)[..., 0] > 0, hole)


def test_a_kept_photo_can_be_had_in_a_format_that_browsers_show_and_be_forgotten(client, two):
    photo = post(client, "people", two).json()["photo"]
    at = f"/api/v1/photos/{photo}"

    assert client.get(f"{at}/picture").content == two
    assert client.get(f"{at}/picture", params={"format": "webp"}).headers["content-type"] == "image/webp"
    assert client.delete(at).status_code == 204
    assert client.get(f"{at}/picture").json()["code"] == "unknown_photo"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.png", "C:\\a\\passwd.png", "a/passwd.png", 'x";\r\nSet-Cookie: a=b/passwd.png']
)
def test_a_files_name_is_no_path_and_no_header(client, two, name):
    body = b'--X\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--X--\r\n'
    content = body % (name.replace('"', '\\"').replace("\r\n", "").encode(), two)

    reply = client.post("/api/v1/erase", content=content, headers={"Content-Type": "multipart/form-data; boundary=X"})

    assert reply.headers["content-disposition"].endswith("passwd.erased.png")
    assert "set-cookie" not in reply.headers


def sixteen_bits():
    """A 16-bit PNG with two people, and where they are."""
    deep = draw((10, 10, 40, 70), (80, 30, 95, 60)).astype(np.uint16) * 257
    return cv2.imencode(".png", deep[..., ::-1])[1].tobytes()


def test_who_went_in_the_first_pass_does_not_come_back_with_the_16_bits_of_the_photo(client):
    photo = post(client, "people", sixteen_bits(), "deep.png").json()["photo"]
    first = client.post("/api/v1/erase", files={"photo": (None, photo), "who": (None, "1")})
    handle = first.headers["x-eraser-photo"]

    second = client.post("/api/v1/erase", files={"photo": (None, handle), "who": (None, "all")})
    again = client.get(f"/api/v1/photos/{handle}/picture", params={"format": "png"})

    for reply, places in ((first, [ONE]), (again, [ONE]), (second, [ONE, OTHER])):
        pixels = cv2.imdecode(np.frombuffer(reply.content, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
        assert pixels.dtype == np.uint16
        for place in places:
            assert (pixels[place][..., 0] < 200 * 257).all()


def test_a_photo_that_is_forgotten_while_it_is_looked_at_stays_forgotten(client, server, two, engine, monkeypatch):
    photo = post(client, "people", two).json()["photo"]
    after = client.post("/api/v1/erase", files={"photo": (None, photo), "who": (None, "1")}).headers["x-eraser-photo"]
    find = type(engine).find
    monkeypatch.setattr(type(engine), "find", lambda *a: (server.service.handles.drop(after), find(*a))[1])

    assert client.post("/api/v1/people", files={"photo": (None, after)}).status_code == 200
    assert client.get(f"/api/v1/photos/{after}/picture").status_code == 404


def test_the_events_of_a_photo_end_when_it_is_forgotten_and_do_not_hold_it(client, server, two):
    photo = post(client, "people", two).json()["photo"]
    kept = weakref.ref(server.service.handles.get(photo).photo.image)

    with client.stream("GET", f"/api/v1/photos/{photo}/events") as reply:
        lines = reply.iter_lines()
        assert next(lines) == "event: progress"
        server.service.handles.drop(photo)
        assert kept() is None
        assert "event: done" in list(lines)


def test_names_that_are_known_can_be_listed(client, tmp_path, monkeypatch):
    file = tmp_path / "faces.json"
    monkeypatch.setenv("ERASER_FACES", str(file))
    assert client.get("/api/v1/names").json() == {"people": [], "groups": {}}

    faces = {"anna": ((0.0,) * 128,), "me": ((1.0,) * 128,)}
    write_store(FaceStore("dlib", "0" * 64, faces, {"family": ("anna", "me")}))
    assert client.get("/api/v1/names").json() == {"people": ["anna", "me"], "groups": {"family": ["anna", "me"]}}
    file.write_text("{")
    assert client.get("/api/v1/names").json() == {"people": [], "groups": {}}


def test_known_faces_that_are_damaged_are_503_for_who_names_somebody(client, two, tmp_path, monkeypatch):
    file = tmp_path / "faces.json"
    file.write_text("{")
    monkeypatch.setenv("ERASER_FACES", str(file))

    assert post(client, "erase", two, who="anna").json()["code"] == "faces"
    assert post(client, "erase", two, who="1").status_code == 200


@pytest.fixture
def jpeg(two):
    return encode(decode(two), "JPEG")


def test_the_blocks_of_a_jpeg_are_kept_without_a_file_on_a_disk(client, jpeg, monkeypatch):
    pytest.importorskip("jpeglib")
    if memory_dir() is None:
        pytest.skip("no folder lies in memory here")
    folders, make = [], tempfile.TemporaryDirectory

    def watched(*args, **more):
        folders.append(more.get("dir"))
        return make(*args, **more)

    monkeypatch.setattr("tempfile.TemporaryDirectory", watched)

    after = post(client, "erase", jpeg, "a.jpg", who="1", shadows="off", second_look="no").content

    assert (decode(after)[:, 64:] == decode(jpeg)[:, 64:]).all()
    assert folders == [memory_dir()]


def test_where_no_folder_lies_in_memory_nothing_is_written_at_all(client, jpeg, monkeypatch):
    monkeypatch.setattr("eraser.serve.service.memory_dir", lambda: None)
    monkeypatch.setattr("tempfile.TemporaryDirectory", lambda *_, **__: pytest.fail("it writes to a disk"))

    assert post(client, "erase", jpeg, "a.jpg", who="1").headers["x-eraser-gone"] == "1"
