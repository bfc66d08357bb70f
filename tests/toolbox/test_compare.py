import logging
import sys

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from eraser.batch import find_photos
from eraser.networks.generator import GeneratorParams, PENNetGenerator
from eraser.system.paths import weights_dir
from eraser.toolbox import main
from eraser.toolbox.sheet import draw_mask, draw_sheet
from eraser.weights import WeightsEntry, hash_file, register

FINDS_RED = """
from eraser import Person

def load_masker(context):
    return lambda image: [Person.from_mask(image[..., 0] > 200)] if (image[..., 0] > 200).any() else []
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A masker that takes red for people, own weights and nothing but them."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "red.py").write_text(FINDS_RED)
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "manifest.toml").write_text("")
    for module in ("files", "manifest"):
        monkeypatch.setattr(f"eraser.weights.{module}.shipped_weights_dir", lambda: shipped)
    names = {"MASKER": "red", "PLUGINS": "plugins", "DEVICE": "cpu", "WEIGHTS": "own"}
    for name, value in names.items():
        monkeypatch.setenv(f"ERASER_{name}", value if name in ("MASKER", "DEVICE") else str(tmp_path / value))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    logger = logging.getLogger("eraser")
    before = logger.level, list(logger.handlers)
    yield work
    logger.setLevel(before[0])
    logger.handlers[:] = before[1]


@pytest.fixture
def photo(home):
    image = np.full((60, 90, 3), (40, 90, 120), np.uint8)
    image[20:40, 30:50] = (230, 20, 20)
    Image.fromarray(image).save(home / "photo.png")
    return home / "photo.png"


@pytest.fixture
def tiny():
    """Register an untrained generator, which returns about the membrane."""

    def tiny(name):
        weights_dir().mkdir(exist_ok=True)
        path = weights_dir() / f"{name}.safetensors"
        network = PENNetGenerator(GeneratorParams(attention="own", channels=(8,) * 6))
        save_file(network.state_dict(), path, {"attention": "own", "size_px": "64"})
        register(
            WeightsEntry(
                name=name, kind="fill", file=path.name, sha256=hash_file(path), licence="MIT", source="made up"
            )
        )
        return path

    return tiny


@pytest.fixture
def labels(monkeypatch):
    """The labels of all tiles that are drawn."""
    seen = []
    draw = draw_sheet
    monkeypatch.setattr(
        "eraser.toolbox.sheet.draw_sheet", lambda tiles, px: seen.extend(label for label, _ in tiles) or draw(tiles, px)
    )
    return seen


@pytest.fixture
def compare(monkeypatch, capfd):
    def compare(*args):
        monkeypatch.setattr(sys, "argv", ["eraser", "compare", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return ended.value.code, out, err

    return compare


def test_every_generator_at_hand_and_every_other_inpainter_is_on_the_sheet(photo, tiny, labels, compare):
    tiny("one")
    tiny("two")

    code, out, err = compare(photo)

    assert (code, out, err) == (0, f"{photo.with_name('photo.compare.png')}\n", "")
    names = [label.split(",")[0] for label in labels]
    assert names[:2] == ["photo", "mask"]
    assert names[2:6] == ["generator one", "guided one", "generator two", "guided two"]
    assert set(names[6:]) == {"patches", "telea", "navier-stokes"}
    assert all(label.endswith(" s") for label in labels[2:])
    with Image.open(out.strip()) as sheet:
        assert sheet.width > 180
        assert sheet.height > 120


def test_a_file_that_is_there_is_never_overwritten(photo, compare, home):
    before = photo.read_bytes()

    assert compare(photo)[1].strip().endswith("photo.compare.png")
    assert compare(photo)[1].strip().endswith("photo.compare-2.png")
    code, _, err = compare(photo, "-o", photo)

    assert code == 3
    assert "never overwritten" in err
    assert photo.read_bytes() == before
    assert [found.path for found in find_photos([home])] == [photo]


def test_a_given_mask_is_used_as_it_is_and_not_overwritten(photo, compare, home):
    mask = np.zeros((60, 90), np.uint8)
    mask[:10, :10] = 255
    Image.fromarray(mask).save(home / "hole.png")

    assert compare(photo, "--mask", "hole.png", "-o", "sheet.jpg")[:2] == (0, "sheet.jpg\n")
    assert compare(photo, "--mask", "hole.png", "-o", "hole.png")[0] == 3
    assert compare(photo, "--mask", "hole.png", "-o", ".")[1] == "photo.compare.png\n"


def test_weights_that_cannot_be_used_are_left_out_with_a_warning(photo, tiny, labels, compare):
    tiny("good")
    path = tiny("bad")
    path.write_bytes(b"damaged")

    code, _, err = compare(photo)

    assert code == 0
    assert "generator bad is left out" in err
    assert not any("bad" in label for label in labels)
    assert any("good" in label for label in labels)


def test_named_weights_alone_are_compared(photo, tiny, labels, compare):
    tiny("one")
    tiny("two")

    compare(photo, "--fill-weights", "two", "--zoom", "--tile-px", "64")

    assert [label for label in labels if "one" in label] == []
    assert [label.split(",")[0] for label in labels if "two" in label] == ["generator two", "guided two"]


def test_nobody_in_the_photo_is_a_result_without_a_sheet(home, compare):
    Image.new("RGB", (40, 30), (10, 20, 30)).save(home / "empty.png")

    code, out, err = compare(home / "empty.png")

    assert (code, out) == (0, "")
    assert "nobody" in err
    assert [path.name for path in home.iterdir()] == ["empty.png"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["none.png"], 3),
        (["photo.png", "--who", "7"], 1),
        (["photo.png", "--who", "nobody"], 2),
        ([], 2),
        (["photo.png", "-o", "photo.png/sheet.png"], 3),
        (["photo.png", "-o", "sheet.txt"], 2),
    ],
)
def test_what_makes_no_sense_ends_with_its_code_and_leaves_nothing(photo, compare, home, args, code):
    assert compare(*args)[0] == code
    assert [path.name for path in home.iterdir()] == ["photo.png"]


def test_somebody_who_is_not_there_is_one_line_and_no_methods_fault(photo, compare):
    _, _, err = compare(photo, "--who", "7")

    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("shape", [(30, 200, 3), (200, 30, 3), (900, 700, 3)])
def test_a_sheet_shows_every_picture_once(count, shape):
    colours = [np.full(shape, 40 + 30 * i, np.uint8) for i in range(count)]

    sheet = draw_sheet([(str(i), colour) for i, colour in enumerate(colours)], 100)

    areas = [int((sheet == 40 + 30 * i).all(axis=2).sum()) for i in range(count)]
    scale = min(1.0, 100 / max(shape))
    assert min(areas) >= 0.95 * round(shape[0] * scale) * round(shape[1] * scale)
    assert sheet.shape[0] * sheet.shape[1] < 4 * (count + 2) * max(areas) + 400 * 400


def test_the_hole_is_white_on_a_darkened_photo():
    image = np.full((4, 4, 3), 90, np.uint8)
    hole = np.zeros((4, 4), np.bool_)
    hole[1, 2] = True

    drawn = draw_mask(image, hole)

    assert drawn[1, 2].tolist() == [255, 255, 255]
    assert drawn[0, 0].tolist() == [30, 30, 30]
    assert image[1, 2].tolist() == [90, 90, 90]


def test_a_sheet_of_different_sizes_is_refused():
    with pytest.raises(ValueError, match="one shape"):
        draw_sheet([("a", np.zeros((3, 3, 3), np.uint8)), ("b", np.zeros((4, 3, 3), np.uint8))])
