import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from eraser.errors import PhotoReadError
from eraser.training.people.photos import area, load_backgrounds, load_people, read_ignored


def write_dataset(folder, labels):
    for name, text in labels.items():
        for kind in ("images", "labels"):
            (folder / kind).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20), (10, 20, 30)).save(folder / "images" / f"{name}.png")
        (folder / "labels" / f"{name}.txt").write_text(text)
    return folder


SMALL, LARGE = "0 0 0 .1 0 .1 .1", "0 0 0 1 0 1 1 0 1"


def test_photos_come_with_their_sources_and_their_people_the_largest_first(tmp_path):
    folder = write_dataset(tmp_path / "set", {"town_1": f"{SMALL}\n{LARGE}\n", "hall_7": ""})

    photos = load_people([folder], None, tmp_path / "cache", 30)

    assert photos.bank.notes == ("hall", "town")
    assert [len(polygons) for polygons in photos.outlines] == [0, 2]
    assert [area(polygon) for polygon in photos.outlines[1]] == pytest.approx([1.0, 0.005])
    assert photos.bank[1].shape == (15, 30, 3)
    assert (photos.bank[1] == (10, 20, 30)).all()


def test_extra_labels_join_those_of_their_photo(tmp_path):
    folder = write_dataset(tmp_path / "set", {"a_1": LARGE, "b_1": LARGE})
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "b_1.txt").write_text(SMALL)

    photos = load_people([folder], tmp_path / "extra", tmp_path / "cache", 64)

    assert [len(polygons) for polygons in photos.outlines] == [1, 2]


@pytest.mark.parametrize("line", ["0 .1 .2 .3 .4", "0 .1 .2 .3 .4 .5 .6 .7", "0 a b c d e f"])
def test_a_line_that_is_no_polygon_is_an_error_that_names_it(tmp_path, line):
    folder = write_dataset(tmp_path / "set", {"a_1": f"{LARGE}\n{line}\n"})

    with pytest.raises(PhotoReadError, match=r"line 2 of .*a_1\.txt"):
        load_people([folder], None, tmp_path / "cache", 64)


def test_only_lines_of_class_0_are_people(tmp_path):
    dog = LARGE.replace("0 ", "16 ", 1)
    folder = write_dataset(tmp_path / "set", {"a_1": f"{dog}\n{SMALL}\n", "b_1": dog})

    photos = load_people([folder], None, tmp_path / "cache", 64)

    assert [[area(polygon) for polygon in polygons] for polygons in photos.outlines] == [[pytest.approx(0.005)], []]


def test_a_data_set_without_anybody_is_said_to_be_one(tmp_path, caplog):
    folder = write_dataset(tmp_path / "set", {"a_1": LARGE.replace("0 ", "3 ", 1)})

    load_people([folder], None, tmp_path / "cache", 64)

    assert "people must be class 0" in caplog.text


def test_a_photo_that_cannot_be_read_is_an_error_that_names_it(tmp_path):
    folder = write_dataset(tmp_path / "set", {"a_1": LARGE})
    (folder / "images" / "a_1.png").write_bytes(b"no photo")

    with pytest.raises(PhotoReadError, match=r"a_1\.png is not a readable photo"):
        load_people([folder], None, tmp_path / "cache", 64)


def test_a_folder_of_another_form_is_an_error_that_says_the_form(tmp_path):
    with pytest.raises(PhotoReadError, match="images and labels"):
        load_people([tmp_path], None, tmp_path / "cache", 64)


def test_photos_are_decoded_once_and_again_when_one_has_changed(tmp_path):
    folder = write_dataset(tmp_path / "set", {"a_1": LARGE})
    load_people([folder], None, tmp_path / "cache", 64)
    table = tmp_path / "cache" / "people.json"
    before = table.stat().st_mtime_ns

    load_people([folder], None, tmp_path / "cache", 64)
    assert table.stat().st_mtime_ns == before

    Image.new("RGB", (30, 30), (99, 0, 0)).save(folder / "images" / "a_1.png")
    assert (load_people([folder], None, tmp_path / "cache", 64).bank[0][..., 0] == 99).all()


def test_backgrounds_come_from_folders_and_archives_with_their_folders_names(tmp_path):
    encoded = io.BytesIO()
    Image.new("RGB", (50, 100), (1, 2, 3)).save(encoded, "PNG")
    (tmp_path / "in" / "hill").mkdir(parents=True)
    (tmp_path / "in" / "hill" / "x.png").write_bytes(encoded.getvalue())
    with tarfile.open(tmp_path / "in" / "some.tar", "w") as archive:
        member = tarfile.TarInfo("sea/y.png")
        member.size = len(encoded.getvalue())
        archive.addfile(member, io.BytesIO(encoded.getvalue()))

    bank = load_backgrounds([tmp_path / "in"], tmp_path / "cache", 64)

    assert bank.notes == ("hill", "sea")
    assert [bank[index].shape for index in range(2)] == [(64, 32, 3)] * 2
    np.testing.assert_array_equal(bank[0], bank[1])


def test_backgrounds_that_are_not_there_are_an_error(tmp_path):
    with pytest.raises(PhotoReadError, match="does not exist"):
        load_backgrounds([tmp_path / "none"], tmp_path / "cache", 64)
    (tmp_path / "empty").mkdir()
    with pytest.raises(PhotoReadError, match="nothing to train on"):
        load_backgrounds([tmp_path / "empty"], tmp_path / "cache", 64)


def test_boxes_of_uncertain_finds_are_read_beside_the_labels(tmp_path):
    for folder in ("images", "labels", "ignore"):
        (tmp_path / folder).mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "images" / "a_1.png")
    (tmp_path / "labels" / "a_1.txt").write_text("0 0.1 0.1 0.3 0.1 0.3 0.9\n")
    (tmp_path / "ignore" / "a_1.txt").write_text("0.18 0.5 0.25 0.75 1.0\n")

    photos = load_people([tmp_path], None, tmp_path / "cache", 96)

    ((corners,),) = photos.ignored
    assert corners.min(axis=0).tolist() == [0.5, 0.25]
    assert corners.max(axis=0).tolist() == [0.75, 1.0]


def test_a_line_that_is_no_box_is_an_error_that_names_it(tmp_path):
    (tmp_path / "a.txt").write_text("0.2 0.1 0.1 0.4 0.4\n0.2 0.1 0.1\n")

    with pytest.raises(PhotoReadError, match="line 2"):
        read_ignored(tmp_path / "a.txt")
