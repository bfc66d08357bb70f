import hashlib
import json

import numpy as np
import pytest
from PIL import Image

BIG, SMALL = (40, 20, 70, 60), (100, 20, 110, 35)


@pytest.fixture
def objects(erase_me):
    """Run with --json; the exit code and the objects."""

    def objects(*args):
        code, out, _ = erase_me("--json", *args)
        return code, [json.loads(line) for line in out.splitlines()]

    return objects


def test_json_tells_what_was_found_done_and_written(objects, make_photo):
    make_photo("a.jpg", people=(BIG, SMALL))

    code, [told] = objects("a.jpg", "--who", "2", "--save-mask", "-o", "out")

    assert code == told["exit_code"] == 0
    assert (told["input"], told["status"], told["error"]) == ("a.jpg", "erased", None)
    assert (told["output"], told["mask"]) == ("out/a.erased.jpg", "out/a.mask.png")
    assert told["size"] == [128, 80]
    assert [(person["number"], person["chosen"]) for person in told["people"]] == [(1, False), (2, True)]
    assert np.abs(np.array([person["box"] for person in told["people"]]) - [BIG, SMALL]).max() <= 1
    assert told["people"][0]["score"] == 0.75
    assert told["people"][0]["share"] == pytest.approx(30 * 40 / (128 * 80), rel=0.1)
    assert told["gone"] == [2]
    hole = np.asarray(Image.open("out/a.mask.png")) > 0
    assert told["hole_share"] == pytest.approx(hole.mean(), abs=1e-6)
    assert {"load", "start", "detect", "mask", "fill", "composite", "save"} == told["seconds"].keys()
    assert told["device"] == "cpu"
    assert told["masker"] == {"name": "red", "weights": "red", "weights_sha256": "ab" * 32, "weights_why": None}
    assert told["inpainter"]["name"] == "telea"


def test_json_has_an_object_for_every_photo_failed_ones_too(objects, make_photo, home):
    make_photo("a.jpg", people=())
    (home / "b.jpg").write_bytes(b"")

    code, told = objects("a.jpg", "b.jpg", "none.jpg")

    assert code == 3
    assert [(one["input"], one["status"], one["exit_code"]) for one in told] == [
        ("a.jpg", "unchanged", 0),
        ("b.jpg", "failed", 3),
        ("none.jpg", "failed", 3),
    ]
    assert "empty" in told[1]["error"]
    assert told[0]["people"] == []
    assert told[1]["people"] is told[1]["size"] is told[1]["masker"] is None


def test_json_of_a_mask_names_no_masker(objects, make_photo, home):
    make_photo("a.png")
    hole = Image.new("L", (128, 80))
    hole.paste(255, (0, 0, 64, 80))
    hole.save(home / "hole.png")

    _, [told] = objects("a.png", "--mask", "hole.png", "--masker", "no-such-masker")

    assert (told["people"], told["gone"], told["masker"], told["device"]) == (None, [], None, None)
    assert told["hole_share"] == 0.5


def test_notes_about_a_photo_are_in_its_object(objects, home):
    Image.new("CMYK", (8, 8)).save(home / "ink.jpg")

    _, [told] = objects("ink.jpg")

    assert [note.partition(" converted")[0] for note in told["notes"]] == ["CMYK without a profile"]


def test_list_prints_a_table_writes_an_overview_and_erases_nothing(erase_me, make_photo, files, pixels):
    photo = make_photo("a.jpg", people=(BIG, SMALL))
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()

    code, out, err = erase_me("a.jpg", "--list", "--who", "others")

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "a.jpg: 2 people, shown in a.people.png"
    assert lines[1].split() == ["number", "box", "x0,y0,x1,y1", "score", "share", "goes"]
    rows = [line.split() for line in lines[2:]]
    assert [(row[0], row[2], row[4]) for row in rows] == [("1", "0.75", "no"), ("2", "0.75", "yes")]
    assert len(rows[0][1].split(",")) == 4
    assert rows[0][3].endswith("%")
    assert files() == ["a.jpg", "a.people.png"]
    assert (pixels("a.people.png") != pixels("a.jpg")).any()
    assert hashlib.sha256(photo.read_bytes()).hexdigest() == digest


def test_list_of_nobody_writes_nothing(erase_me, make_photo, files):
    make_photo("a.jpg", people=())

    assert erase_me("a.jpg", "--list") == (0, "a.jpg: nobody found\n", "")
    assert files() == ["a.jpg"]


def test_list_goes_where_the_output_and_the_conflict_policy_say(erase_me, make_photo, objects, home, pixels):
    make_photo("in/a.jpg")

    overviews = [
        objects("in", "--list", "-o", "out", "--on-conflict", policy)[1][0]["overview"]
        for policy in ("suffix", "suffix", "overwrite", "skip")
    ]
    erase_me("in/a.jpg", "--list", "-o", "who.png")

    assert overviews == ["out/a.people.png", "out/a.people-2.png", "out/a.people.png", None]
    assert pixels("who.png").shape == (80, 128, 3)


def test_list_as_json_erases_nobody(objects, make_photo):
    make_photo("a.jpg")

    code, [told] = objects("a.jpg", "--list")

    assert (code, told["status"], told["output"], told["gone"]) == (0, "listed", None, [])
    assert (told["overview"], told["inpainter"]) == ("a.people.png", None)
    assert told["people"][0]["chosen"]
