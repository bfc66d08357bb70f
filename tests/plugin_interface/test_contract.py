"""check_masker and check_inpainter: what is built in and shipped passes, what breaks a promise does not."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from eraser.errors import MaskerLoadError, MaskerOutputError
from eraser.geometry import Person
from eraser.inpaint.base import Fill
from eraser.inpaint.registry import INPAINTERS
from eraser.maskers.base import MaskerContext
from eraser.testing import check_inpainter, check_masker

ROOT = Path(__file__).parents[2]
PHOTO = np.full((20, 30, 3), 50, np.uint8)


def whole(image, score=1.0):
    return Person.from_mask(np.ones(image.shape[:2], np.bool_), score)


FETCHED = ("lama", "migan")
"""Their contract is tested in test_exported, by tiny networks."""


@pytest.mark.parametrize(
    "name", [entry_point.name for entry_point in INPAINTERS.builtins if entry_point.name not in FETCHED]
)
def test_every_built_in_inpainter_keeps_the_contract(name):
    assert len(check_inpainter(name)) == 4


@pytest.mark.parametrize("file", sorted((ROOT / "plugins").glob("*.py")), ids=lambda file: file.stem)
def test_a_test_runs_every_shipped_plugin_through_the_contract(file):
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "plugins_shipped").glob("test_*.py")]

    assert any(file.stem in text and ("check_masker(" in text or "check_inpainter(" in text) for text in tests)


def test_what_is_found_is_returned_for_tests_of_ones_own():
    [people] = check_masker(lambda image: [whole(image)], photos=[PHOTO])

    assert [tuple(person.box) for person in people] == [(0, 0, 30, 20)]


def test_a_factory_is_built_with_its_options_and_its_context():
    @dataclass(frozen=True)
    class Options:
        score: float = field(default=0.5, metadata={"help": "of everybody"})

    def factory(context):
        return lambda image: [whole(image, max(context.options.score, context.min_score))]

    factory.__annotations__["context"] = MaskerContext[Options]
    context = MaskerContext(weights_dir=Path("nowhere"), min_score=0.6)

    assert check_masker(factory, photos=[PHOTO])[0][0].score == 0.5
    assert check_masker(factory, photos=[PHOTO], options={"score": 0.75})[0][0].score == 0.75
    assert check_masker(factory, photos=[PHOTO], context=context)[0][0].score == 0.6


@pytest.mark.parametrize(
    ("form", "default", "metadata", "said"),
    [
        (int, 5, {}, "needs a help text"),
        (int, "five", {"help": "x"}, "the default of the option size is 'five', not a whole number"),
        (tuple[int, ...], [1], {"help": "x"}, r"the default of the option size is \[1\]"),
    ],
)
def test_options_need_a_help_text_and_a_default_of_their_type(form, default, metadata, said):
    def make():
        return default

    options = dataclass(
        type("Options", (), {"__annotations__": {"size": form}, "size": field(default_factory=make, metadata=metadata)})
    )

    def factory(context):
        return lambda image: []

    factory.__annotations__["context"] = MaskerContext[options]

    with pytest.raises(AssertionError, match=said):
        check_masker(factory)


def test_a_masker_by_chance_or_that_reuses_its_masks_is_found_out():
    rng = np.random.default_rng(0)
    reused = np.zeros((20, 30), np.bool_)

    def by_chance(image):
        return [whole(image, float(rng.random()))]

    def reuses(image):
        reused[:] = ~reused
        return [Person((0, 0, 30, 20), reused)]

    for masker in (by_chance, reuses):
        with pytest.raises(AssertionError, match="does not find the same on the same photo"):
            check_masker(masker, photos=[PHOTO], context=MaskerContext(weights_dir=Path(), min_score=0.0))


def test_people_below_the_score_asked_for_are_found_out():
    with pytest.raises(AssertionError, match=r"a score of 0\.1 below min_score, 0\.25"):
        check_masker(lambda image: [whole(image, 0.1)])


def test_what_the_door_itself_refuses_is_refused_here_too():
    with pytest.raises(MaskerOutputError, match="must return a list"):
        check_masker(lambda image: None)
    with pytest.raises(MaskerLoadError, match=r"raises\w*|no graphics card"):
        check_masker(ROOT / "tests" / "plugins" / "factory_raises.py")
    with pytest.raises(TypeError, match="options are for a factory"):
        check_masker(lambda image: [], options={"size": 1})


def test_an_inpainter_that_looks_under_the_hole_or_draws_by_chance_is_found_out():
    rng = np.random.default_rng(0)

    def peeks(image, hole):
        return Fill(image)

    def by_chance(image, hole):
        return Fill(rng.integers(0, 255, image.shape, np.uint8))

    for inpainter in (peeks, by_chance):
        with pytest.raises(AssertionError, match="in another way when other colours lie under it"):
            check_inpainter(inpainter)


def test_an_inpainter_that_writes_to_what_it_returned_is_found_out():
    kept = np.zeros((20, 30, 3), np.uint8)

    def reuses(image, hole):
        kept[~hole] += 1
        return Fill(kept)

    hole = np.zeros((20, 30), np.bool_)
    hole[5:9, 5:9] = True

    with pytest.raises(AssertionError, match="wrote to a picture that it had returned before"):
        check_inpainter(reuses, crops=[(PHOTO, hole)])
