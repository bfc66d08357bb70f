"""What an installed copy consists of, asked of the build backend without building anything."""

from pathlib import Path

import pytest

from eraser.system import paths

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def files():
    """Paths in the wheel."""
    wheel = pytest.importorskip("hatchling.builders.wheel")
    builder = wheel.WheelBuilder(str(ROOT))
    with builder.config.set_build_data({"artifacts": [], "force_include": {}, "build_hooks": ()}):
        return {Path(file.distribution_path) for file in builder.recurse_included_files()}


@pytest.mark.parametrize(
    ("folder", "found_by"), [("plugins", paths.shipped_plugins_dir), ("weights", paths.shipped_weights_dir)]
)
def test_plugins_and_weights_come_along_where_an_installed_copy_looks_for_them(files, folder, found_by, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_dir", lambda path: True)  # as if installed
        place = found_by().relative_to(Path(paths.__file__).parents[2])

    assert place.parts[0] == "eraser"
    ours = {file.name for file in (ROOT / folder).iterdir() if file.is_file()}
    assert {file.name for file in files if file.parent == place} == ours
    assert ours


def test_templates_come_along_and_tests_and_caches_do_not(files):
    assert Path("eraser/toolbox/templates/test_masker.py") in files
    assert all(file.parts[0] == "eraser" and "__pycache__" not in file.parts for file in files)
