from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from eraser.maskers.base import MaskerContext
from eraser.plugins.options import as_pairs, declared_options, list_options, read_options

if TYPE_CHECKING:
    from eraser import MaskerContext as Unknown

CONTEXTS = {"MaskerContext": MaskerContext}


@dataclass(frozen=True)
class Hats:
    colour: str = field(default="red", metadata={"help": "of the hats"})
    min_px: int = 30
    points: tuple[tuple[int, int], ...] = ()
    sizes: tuple[int, ...] | None = None

    def __post_init__(self):
        if self.min_px < 1:
            raise ValueError("min_px must be\nat least 1")


def typed(context: MaskerContext[Hats]):
    pass


class AsClass:
    def __init__(self, context: MaskerContext[Hats]):
        pass


@pytest.mark.parametrize("factory", [typed, AsClass])
def test_a_factory_declares_its_options_by_the_annotation_of_its_context(factory):
    assert declared_options(factory, CONTEXTS) is Hats


def test_an_annotation_that_is_no_text_will_do():
    def factory(context):
        pass

    factory.__annotations__["context"] = MaskerContext[Hats]

    assert declared_options(factory, CONTEXTS) is Hats


def plain(context: MaskerContext):
    pass


def anything(context: MaskerContext[Any]):
    pass


def unannotated(context):
    pass


def unresolvable(context: Unknown):
    pass


@pytest.mark.parametrize("factory", [plain, anything, unannotated, unresolvable, lambda: None, print, object()])
def test_other_factories_have_no_options(factory):
    assert declared_options(factory, CONTEXTS) is None


def test_a_context_imported_for_type_checkers_only_is_understood():
    names = {"Hats": Hats}
    exec(
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from eraser import MaskerContext\ndef factory(context: MaskerContext[Hats]): pass",
        names,
    )

    assert declared_options(names["factory"], CONTEXTS) is Hats


def test_options_that_cannot_be_found_are_an_error():
    class Local:
        pass

    def factory(context: MaskerContext[Local]):
        pass

    with pytest.raises(TypeError, match=r"MaskerContext\[Local\] .* must be defined at the top of its file"):
        declared_options(factory, CONTEXTS)


def test_options_are_listed_with_type_default_and_help():
    colour, min_px, points, sizes = list_options(Hats)

    assert (colour.name, colour.expects, colour.default_text, colour.help) == ("colour", "text", "red", "of the hats")
    assert (min_px.expects, min_px.default_text, min_px.help) == ("a whole number", "30", "")
    assert (points.default_text, sizes.default_text) == ("", "none")


def test_an_option_needs_a_default_and_a_type_that_text_can_hold():
    @dataclass
    class Bare:
        size: int

    @dataclass
    class Odd:
        sizes: list[int] = field(default_factory=list)

    with pytest.raises(TypeError, match="its option size has no default"):
        list_options(Bare)
    with pytest.raises(TypeError, match="its option sizes is of the type list"):
        list_options(Odd)
    with pytest.raises(TypeError, match="must be a dataclass"):
        list_options(int)


def test_texts_become_the_options():
    options = read_options(Hats, [("min-px", "5"), ("colour", "blue=green"), ("sizes", "1"), ("sizes", "2,3")])

    assert options == Hats(colour="blue=green", min_px=5, sizes=(1, 2, 3))
    assert read_options(Hats, []) == Hats()
    assert read_options(None, []) is None


def test_an_option_of_any_number_of_parts_may_come_several_times():
    written = [("points", "1,2"), ("points", "3,4;5,6")]

    assert read_options(Hats, written).points == ((1, 2), (3, 4), (5, 6))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([("color", "red")], "there is no option color: did you mean colour"),
        ([("zzz", "red")], "there are colour, min_px, points, sizes"),
        ([("min_px", "many")], "the option min_px: 'many' is not a whole number"),
        ([("min_px", "1"), ("min_px", "2")], "the option min_px is given twice"),
        ([("min_px", "0")], "min_px must be at least 1"),
    ],
)
def test_what_does_not_fit_is_named(given, said):
    with pytest.raises(ValueError, match=said):
        read_options(Hats, given)


def test_options_for_a_plugin_without_any_are_an_error():
    with pytest.raises(ValueError, match="there is no option size: it has no options"):
        read_options(None, [("size", "1")])


def test_options_from_python_are_written_as_on_the_command_line():
    pairs = as_pairs({"min_px": 5, "points": ((1, 2), (3, 4)), "sizes": None})

    assert read_options(Hats, pairs) == Hats(min_px=5, points=((1, 2), (3, 4)))
    assert as_pairs(pairs) == pairs
