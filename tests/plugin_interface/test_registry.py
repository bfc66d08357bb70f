import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from eraser.errors import (
    DuplicateMaskerError,
    MaskerLoadError,
    UnknownInpainterError,
    UnknownMaskerError,
    WeightsNotFoundError,
)
from eraser.inpaint import registry as inpainters
from eraser.maskers.base import MaskerContext
from eraser.maskers.registry import MASKERS, discover

BROKEN = Path(__file__).parents[1] / "plugins"
CONTEXT = MaskerContext(weights_dir=Path("nowhere"))

GOOD = """
from eraser.geometry import Person

def load_masker(context):
    def left_half(image):
        import numpy as np
        mask = np.zeros(image.shape[:2], bool)
        mask[:, : image.shape[1] // 2] = True
        return [Person.from_mask(mask, context.min_score)]
    return left_half
"""


def write(folder, name, code=GOOD):
    (folder / name).write_text(code, encoding="utf-8")
    return folder


def test_the_built_in_masker_comes_through_the_plugin_door():
    assert discover().names == ["yolo"]
    assert all(entry_point.group == MASKERS.group for entry_point in MASKERS.builtins)


def test_names_are_found_without_running_any_plugin(tmp_path):
    write(tmp_path, "bomb.py", "raise SystemExit('I was run')")
    write(tmp_path, "syntax.py", "def (")

    registry = discover([tmp_path], [EntryPoint(name="far", value="no.such.module:factory", group=MASKERS.group)])

    assert registry.names == ["bomb", "far", "syntax", "yolo"]


def test_hidden_and_private_files_and_folders_are_no_plugins(tmp_path):
    for name in ("_helper.py", ".hidden.py", "notes.txt", "test_hats.py", "conftest.py", "hats.py"):
        write(tmp_path, name)
    (tmp_path / "folder.py").mkdir()

    assert discover([tmp_path]).names == ["hats", "yolo"]


def test_a_dropped_in_file_is_loaded_with_its_context(tmp_path):
    masker = discover([write(tmp_path, "half.py")]).load("half", MaskerContext(weights_dir=tmp_path, min_score=0.75))

    (person,) = masker(np.zeros((4, 6, 3), np.uint8))

    assert (person.box, person.score) == ((0, 0, 3, 4), 0.75)


def test_an_installed_object_can_be_named_by_module_and_factory(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(write(tmp_path, "outside_package.py"))

    masker = discover().load("outside_package:load_masker", CONTEXT)

    assert len(masker(np.zeros((2, 2, 3), np.uint8))) == 1


def test_a_dropped_in_file_does_not_replace_an_installed_module_of_that_name(tmp_path):
    registry = discover([write(tmp_path, "json.py")])

    registry.load("json", CONTEXT)

    assert "load_masker" not in vars(sys.modules["json"])


def test_an_unknown_name_suggests_the_nearest_one(tmp_path):
    registry = discover([write(tmp_path, "backpack.py")])

    with pytest.raises(UnknownMaskerError, match="did you mean backpack"):
        registry.load("Backpak", CONTEXT)
    with pytest.raises(UnknownMaskerError, match="there are backpack, yolo"):
        registry.load("zzz", CONTEXT)


def test_a_taken_name_is_an_error_that_names_both_and_spares_the_others(tmp_path):
    write(tmp_path, "yolo.py")
    registry = discover([write(tmp_path, "half.py")])

    with pytest.raises(DuplicateMaskerError, match=r"eraser\.maskers\.yolo:load_masker and .*yolo\.py"):
        registry.load("yolo", CONTEXT)
    registry.load("half", CONTEXT)


def test_a_duplicate_leaves_the_registry_unchanged(tmp_path):
    registry = discover([write(tmp_path, "half.py")])
    before = registry.sources

    with pytest.raises(DuplicateMaskerError):
        registry.add(before[0])

    assert registry.sources == before


@pytest.mark.parametrize(
    ("name", "cause"),
    [("broken_import", "ModuleNotFoundError"), ("no_factory", "ImportError"), ("exits", "SystemExit")],
)
def test_a_plugin_that_cannot_be_imported_is_named_with_its_cause(name, cause):
    with pytest.raises(MaskerLoadError, match=rf"{name}\.py: {cause}") as caught:
        discover([BROKEN]).load(name, CONTEXT)

    assert type(caught.value.__cause__).__name__ == cause
    assert "\n" not in str(caught.value)
    assert f"eraser_plugins.{name}" not in sys.modules


def test_a_factory_that_fails_or_returns_no_masker_is_named(tmp_path):
    write(tmp_path, "fails.py", "def load_masker(context):\n    raise ValueError('two\\nlines')")
    write(tmp_path, "nothing.py", "def load_masker(context):\n    pass")
    registry = discover([write(tmp_path, "constant.py", "load_masker = 3")])

    with pytest.raises(MaskerLoadError, match=r"fails\.py: ValueError: two lines$"):
        registry.load("fails", CONTEXT)
    with pytest.raises(MaskerLoadError, match=r"nothing\.py must return .* got nothing"):
        registry.load("nothing", CONTEXT)
    with pytest.raises(MaskerLoadError, match=r"constant\.py holds an object of type int, not"):
        registry.load("constant", CONTEXT)


def test_what_a_factory_reports_as_our_own_error_keeps_its_exit_code(tmp_path):
    code = "from eraser.errors import WeightsNotFoundError\ndef load_masker(c):\n    raise WeightsNotFoundError('none')"

    with pytest.raises(WeightsNotFoundError, match="none"):
        discover([write(tmp_path, "weightless.py", code)]).load("weightless", CONTEXT)


def test_a_plugins_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MaskerLoadError, match="cannot read the plugins folder"):
        discover([tmp_path / "missing"])


def test_one_file_may_hold_plugins_of_both_kinds_and_is_listed_where_it_belongs(tmp_path):
    write(tmp_path, "finds.py")
    write(tmp_path, "both.py", GOOD + "\nif True:\n    load_inpainter = print\n")
    write(tmp_path, "fills.py", "def load_inpainter(context):\n    pass")
    write(tmp_path, "star.py", "from somewhere import *")
    write(tmp_path, "neither.py", "")

    assert discover([tmp_path]).names == ["both", "finds", "neither", "star", "yolo"]
    assert {"both", "fills", "star"} == set(inpainters.discover([tmp_path]).names) - set(inpainters.discover().names)


def test_a_plugin_of_the_other_kind_is_named_as_such(tmp_path):
    write(tmp_path, "fills.py", "def load_inpainter(context):\n    pass")
    write(tmp_path, "finds.py")

    with pytest.raises(UnknownMaskerError, match=r"fills\.py does not define load_masker\(context\)"):
        discover([tmp_path]).find("fills")
    with pytest.raises(UnknownInpainterError, match=r"finds\.py does not define load_inpainter\(context\)"):
        inpainters.discover([tmp_path]).find("finds")


def test_folders_add_up_and_a_name_in_two_of_them_is_contested(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, names in ((one, ("a.py", "b.py")), (two, ("b.py", "c.py"))):
        folder.mkdir()
        for name in names:
            write(folder, name)

    registry = discover([one, two])

    assert registry.names == ["a", "b", "c", "yolo"]
    assert [source.name for source in registry.found] == ["a", "b", "b", "c", "yolo"]
    assert list(registry.conflicts) == ["b"]
    with pytest.raises(DuplicateMaskerError, match=r"one.b\.py and .*two.b\.py"):
        registry.find("b")


def test_a_plugin_for_a_later_interface_is_refused_before_its_imports_fail():
    with pytest.raises(MaskerLoadError, match="needs version 1000 of the plugin interface"):
        discover([BROKEN]).load("from_the_future", CONTEXT)


def test_the_file_of_an_installed_plugin_is_found_without_importing_the_packages_around_it(tmp_path, monkeypatch):
    package = tmp_path / "bomb_package" / "inner"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        write(folder, "__init__.py", "raise SystemExit('I was run')")
    write(package, "hats.py")
    monkeypatch.syspath_prepend(tmp_path)

    source = discover((), [EntryPoint(name="hats", value="bomb_package.inner.hats:load", group="eraser.maskers")])

    assert source.find("hats").file == package / "hats.py"
    assert "bomb_package" not in sys.modules
    assert discover().find("no.such.package:factory").file is None
