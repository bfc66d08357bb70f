"""Maskers together, their options, and inpainters of one's own."""

import json

import pytest

BOX = """
from dataclasses import dataclass, field
import numpy as np
from eraser import Fill, InpainterContext, MaskerContext, Person

@dataclass(frozen=True)
class Options:
    box: tuple[int, int, int, int] = field(default=(0, 0, 8, 8), metadata={"help": "what goes"})

@dataclass(frozen=True)
class Colour:
    grey: int = 128

def load_masker(context: MaskerContext[Options]):
    def find(image):
        x0, y0, x1, y1 = context.options.box
        mask = np.zeros(image.shape[:2], np.bool_)
        mask[y0:y1, x0:x1] = True
        return [Person.from_mask(mask, 0.5)]
    return find

def load_inpainter(context: InpainterContext[Colour]):
    return lambda image, hole: Fill(np.full_like(image, context.options.grey))
"""
EXACT = ("--dilate-px", "0", "--feather-px", "0", "--format", "png")


@pytest.fixture(autouse=True)
def box(plugin):
    """A masker and an inpainter in one file."""
    plugin("box", BOX)


def boxes(out):
    return {tuple(person["box"]) for person in json.loads(out)["people"]}


def test_two_maskers_find_what_either_finds_and_number_them_all(erase_me, make_photo):
    make_photo("a.png")

    code, out, err = erase_me(
        "a.png", "--list", "--json", "--masker", "red+box", "--masker-option", "box.box=100,20,110,35"
    )

    assert (code, err) == (0, "")
    assert boxes(out) == {(40, 20, 70, 60), (100, 20, 110, 35)}
    assert json.loads(out)["masker"] == {
        "name": "red+box",
        "weights": "red",
        "weights_sha256": "ab" * 32,
        "weights_why": None,
    }


def test_who_chooses_among_the_people_of_all_maskers(erase_me, make_photo, pixels):
    make_photo("a.png")

    code, out, err = erase_me(
        "a.png", "--who", "2", "--masker", "red+box", "--masker-option", "box.box=100,20,110,35",
        "--save-mask", *EXACT,
    )  # fmt: skip

    assert (code, out, err) == (0, "a.erased.png\n", "")
    hole = pixels("a.mask.png") > 0
    assert hole[20:35, 100:110].all()
    assert hole.sum() == 150


def test_a_masker_takes_away_what_another_found(erase_me, make_photo, pixels):
    make_photo("a.png")

    code, _, err = erase_me(
        "a.png", "--masker", "red-box", "--masker-option", "box.box=40,0,55,80", "--save-mask", *EXACT
    )

    assert (code, err) == (0, "")
    hole = pixels("a.mask.png") > 0
    assert hole[20:60, 55:70].all()
    assert hole.sum() == 40 * 15


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--masker", "red+boxx"), 4, "no masker is called 'boxx': did you mean box?"),
        (("--masker", "red+"), 4, "combine names as in yolo+hats"),
        (("--masker", "red+box", "--masker-option", "box=1,2,3,4"), 4, "write red.box or box.box"),
        (
            ("--masker", "box", "--masker-option", "boxes=1,2,3,4"),
            4,
            "did you mean box? (see `eraser maskers show box`)",
        ),
        (("--masker", "box", "--masker-option", "box=1,2,x,4"), 4, "'1,2,x,4' is not 4 whole numbers"),
        (("--masker", "red", "--masker-option", "size=1"), 4, "the masker red: there is no option size: it has no"),
        (("--masker", "box", "--masker-option", "box"), 2, "write key=value"),
        (("--masker", "box", "--masker-timeout", "0"), 2, "number of seconds above 0"),
        (("--masker", "box", "--masker-timeout", "nan"), 2, "number of seconds above 0"),
        (
            ("--inpainter", "box", "--inpainter-option", "gray=1"),
            4,
            "the inpainter box: there is no option gray: did you",
        ),
        (("--inpainter", "red"), 4, "red.py does not define load_inpainter(context)"),
        (("--inpainter", "tellea"), 4, "no inpainter is called 'tellea': did you mean telea?"),
    ],
)
def test_what_does_not_fit_together_is_said(erase_me, make_photo, files, words, code, said):
    make_photo("a.png")

    ended, out, err = erase_me("a.png", *words)

    assert (ended, out) == (code, "")
    assert said in " ".join(err.replace("│", "").split())
    assert files() == ["a.png"]


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("KeyError('gone')", "options of the masker odd failed: KeyError: 'gone'"),
        ("SystemExit(0)", "options of the masker odd failed: SystemExit: 0"),
        ("ValueError('too\\nbig')", "the masker odd: too big (see `eraser maskers show odd`)"),
    ],
)
def test_options_that_fail_end_in_one_line_that_names_the_masker(erase_me, make_photo, plugin, raised, said):
    check = f"    def __post_init__(self):\n        print('checked')\n        raise {raised}\n"
    plugin("odd", BOX.replace('"what goes"})\n', f'"what goes"}})\n{check}'))
    make_photo("a.png")

    code, out, err = erase_me("a.png", "--masker", "odd")

    assert (code, out) == (4, "")
    assert err.splitlines()[0] == "checked"
    assert err.splitlines()[1].endswith(said)
    assert len(err.splitlines()) == 2


def test_a_report_holds_what_a_masker_says_about_its_weights_whatever_their_type(erase_me, make_photo, plugin):
    plugin(
        "odd",
        "from pathlib import Path\nclass Odd:\n    weights_name = Path('hats.pt')\n"
        "    def __call__(self, image):\n        return []\ndef load_masker(context):\n    return Odd()\n",
    )
    make_photo("a.png")

    code, out, _ = erase_me("a.png", "--masker", "odd", "--json")

    assert code == 0
    assert json.loads(out)["masker"] == {
        "name": "odd",
        "weights": "hats.pt",
        "weights_sha256": None,
        "weights_why": None,
    }


def test_a_masker_that_goes_by_place_is_asked_once_for_each_photo(erase_me, make_photo, plugin):
    plugin("counts", BOX.replace("    def find(image):\n", "    def find(image):\n        print('called')\n"))
    make_photo("a.png")

    assert erase_me("a.png", "--masker", "counts") == (0, "a.erased.png\n", "called\n")


def test_an_inpainter_from_the_plugins_folder_fills(erase_me, make_photo, pixels):
    make_photo("a.png")

    code, _, err = erase_me("a.png", "--inpainter", "box", "--inpainter-option", "grey=77", *EXACT)

    assert (code, err) == (0, "")
    assert pixels("a.erased.png")[40, 55, 0] < 200


def test_a_time_limit_that_is_kept_changes_nothing(erase_me, make_photo, pixels):
    make_photo("a.png")
    erase_me("a.png")

    code, out, err = erase_me("a.png", "--masker-timeout", "60")

    assert (code, out, err) == (0, "a.erased-2.png\n", "")
    assert (pixels("a.erased.png") == pixels("a.erased-2.png")).all()
