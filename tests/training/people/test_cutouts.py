import numpy as np
import pytest
from PIL import ExifTags, Image

from eraser.training.people.cutouts import cut, fill_outline, load_cutouts
from eraser.training.people.photos import load_people


def test_a_cut_out_is_solid_inside_soft_at_its_edge_and_nothing_beyond():
    photo, mask = np.full((60, 40, 3), 50, np.uint8), np.zeros((60, 40), np.uint8)
    mask[10:50, 10:30] = 1

    rgba, sides = cut(photo, mask)

    assert rgba.shape == (40, 20, 4)
    assert (rgba[4:-4, 4:-4, 3] == 255).all()
    assert (rgba[0, :, 3] < 255).all()
    assert sides == ""


@pytest.mark.parametrize(
    ("rows", "columns", "sides"),
    [((0, 30), (5, 20), "t"), ((30, 60), (5, 20), "b"), ((5, 30), (0, 20), "l"), ((5, 30), (20, 40), "r")],
)
def test_where_the_photo_ends_the_cut_out_stays_solid_and_says_so(rows, columns, sides):
    mask = np.zeros((60, 40), np.uint8)
    mask[slice(*rows), slice(*columns)] = 1

    rgba, said = cut(np.zeros((60, 40, 3), np.uint8), mask)

    edges = {"t": rgba[0], "b": rgba[-1], "l": rgba[:, 0], "r": rgba[:, -1]}
    assert said == sides
    assert (edges[sides][5:-5, 3] == 255).all()
    assert all((edges[side][:, 3] < 255).all() for side in edges if side != sides)


def test_nothing_is_cut_out_by_an_empty_mask():
    assert cut(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.uint8)) is None


def test_cut_outs_come_from_rgba_files_masks_and_outlines(data, tmp_path):
    folder = data / "people"
    mask = np.zeros((100, 80), np.uint8)
    mask[20:90, 10:30] = 255
    (folder / "masks").mkdir()
    Image.fromarray(mask).save(folder / "masks" / "hall_2.png")
    Image.fromarray(mask).save(folder / "masks" / "no_photo.png")
    photos = load_people([folder], None, tmp_path / "cache", 96)

    cutouts = load_cutouts([folder], photos, tmp_path / "cache", 96)

    assert len(cutouts) == 4  # one file, one mask, two outlined people
    assert cutouts.bank[0].shape == (60, 20, 4)
    assert cutouts.bank[1].shape == (70, 20, 4)
    assert [cutouts.sides_cut(index) for index in range(4)] == [""] * 4


WIDE, NARROW = "0 .2 .05 .6 .05 .6 .95 .2 .95", "0 .2 .05 .5 .05 .5 .95 .2 .95"


def write_set(folder, label, grey, mask=None):
    """A grey photo ``a_1`` and its label; with a mask the photo has no label, so that it is in no bank."""
    for kind in ("images", "labels", "masks"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (80, 100), (grey,) * 3).save(folder / "images" / "a_1.png")
    if mask is None:
        (folder / "labels" / "a_1.txt").write_text(label)
    elif not (folder / "labels" / "b_1.txt").is_file():
        Image.new("RGB", (80, 100)).save(folder / "images" / "b_1.png")
        (folder / "labels" / "b_1.txt").write_text(label)
        Image.fromarray(mask).save(folder / "masks" / "a_1.png")
    return folder


def cut_all(folder):
    cache_dir = folder.parent / "cache"
    return load_cutouts([folder], load_people([folder], None, cache_dir, 96), cache_dir, 96).bank


def test_cut_outs_are_made_once(tmp_path):
    folder = write_set(tmp_path / "set", WIDE, 50)
    cut_all(folder)
    made_at = (tmp_path / "cache" / "cutouts.json").stat().st_mtime_ns

    cut_all(folder)

    assert (tmp_path / "cache" / "cutouts.json").stat().st_mtime_ns == made_at


def test_cut_outs_are_made_anew_when_points_of_an_outline_have_moved(tmp_path):
    folder = write_set(tmp_path / "set", WIDE, 50)
    before = cut_all(folder)[0]

    (folder / "labels" / "a_1.txt").write_text(NARROW)

    assert cut_all(folder)[0].shape[1] < before.shape[1]


@pytest.mark.parametrize("mask", [None, np.full((100, 80), 255, np.uint8)])
def test_cut_outs_are_made_anew_when_a_photo_has_changed(tmp_path, mask):
    label = WIDE if mask is None else ""

    assert [cut_all(write_set(tmp_path / "set", label, grey, mask))[0][..., 0].max() for grey in (50, 60)] == [50, 60]


def test_masks_lie_on_the_photo_as_it_is_turned_by_its_exif_orientation(tmp_path):
    mask, raw = np.zeros((100, 60), np.uint8), np.full((60, 100, 3), 20, np.uint8)
    mask[72:, 10:50], raw[:, 70:] = 255, 200
    folder = write_set(tmp_path / "set", "", 0, mask)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # a quarter turn to the right: the bright end comes to lie at the bottom
    Image.fromarray(raw).save(folder / "images" / "a_1.png", exif=exif)

    bank = cut_all(folder)

    assert bank[0].shape == (28, 40, 4)
    assert (bank[0][..., 0] == 200).all()


def test_people_who_overlap_are_not_cut_out(tmp_path):
    folder = tmp_path / "set"
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    Image.new("RGB", (100, 100)).save(folder / "images" / "a_1.png")
    apart, near, over = "0 0 0 .2 0 .2 .9 0 .9", "0 .3 0 .6 0 .6 .9 .3 .9", "0 .5 0 .8 0 .8 .9 .5 .9"
    (folder / "labels" / "a_1.txt").write_text(f"{apart}\n{near}\n{over}\n")
    photos = load_people([folder], None, tmp_path / "cache", 100)

    assert len(load_cutouts([folder], photos, tmp_path / "cache", 100)) == 1


def test_an_outline_becomes_a_mask_of_the_same_area():
    triangle = np.array([(0, 0), (1, 0), (0, 1)], np.float32)

    mask = fill_outline(triangle, (200, 100))

    assert mask.shape == (200, 100)
    assert mask.mean() == pytest.approx(0.5, abs=0.02)
