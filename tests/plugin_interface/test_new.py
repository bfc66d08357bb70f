"""``eraser maskers new``: what it writes works, and its test passes."""

import runpy

import pytest
import typer

from eraser.errors import DuplicateInpainterError, DuplicateMaskerError, EraserError
from eraser.inpaint.registry import INPAINTERS
from eraser.maskers.registry import MASKERS
from eraser.system import paths
from eraser.testing import check_inpainter, check_masker
from eraser.toolbox.new_plugin import write_plugin


@pytest.mark.parametrize(("kind", "check"), [(MASKERS, check_masker), (INPAINTERS, check_inpainter)])
def test_what_is_written_keeps_the_contract_and_bears_its_name(tmp_path, kind, check):
    plugin, test = write_plugin(kind, "red_hats", tmp_path / "mine")

    check(plugin)
    assert (plugin.name, test.name) == ("red_hats.py", "test_red_hats.py")
    for path in (plugin, test):
        text = path.read_text(encoding="utf-8")
        compile(text, path, "exec")
        assert "example" not in text.lower()
    assert "class RedHatsOptions:" in plugin.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [MASKERS, INPAINTERS])
def test_its_test_passes_and_can_fail(tmp_path, kind):
    plugin, test = write_plugin(kind, "mine", tmp_path)
    tests = [run for name, run in runpy.run_path(str(test)).items() if name.startswith("test_")]

    for run in tests:
        run()
    plugin.write_text(plugin.read_text().replace("return Mine(", "return print("))

    assert len(tests) >= 2
    for run in tests:
        with pytest.raises(EraserError):
            run()


def test_without_a_folder_it_goes_into_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_user_data_dir", lambda: tmp_path / "data")

    plugin, _ = write_plugin(MASKERS, "mine", None)

    assert plugin == tmp_path / "data" / "plugins" / "mine.py"


@pytest.mark.parametrize("there", ["mine.py", "test_mine.py"])
def test_nothing_is_replaced_and_nothing_is_written_by_halves(tmp_path, there):
    (tmp_path / there).write_text("precious")

    with pytest.raises(DuplicateMaskerError, match="is there already, and nothing was written"):
        write_plugin(MASKERS, "mine", tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "precious"


def test_a_taken_name_is_refused(tmp_path):
    with pytest.raises(DuplicateMaskerError, match="a masker is called yolo already"):
        write_plugin(MASKERS, "yolo", tmp_path)
    with pytest.raises(DuplicateInpainterError, match="an inpainter is called telea already"):
        write_plugin(INPAINTERS, "telea", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "a-b", "1st", "class", "_x", "test_x", "../x", "hüte", "a.b", "conftest"])
def test_a_name_that_no_plugin_can_have_is_refused(tmp_path, name):
    with pytest.raises(typer.BadParameter):
        write_plugin(MASKERS, name, tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(EraserError, match="cannot write the plugin"):
        write_plugin(MASKERS, "mine", tmp_path / "file" / "plugins")
