"""A package of somebody else's, installed with pip into a clean environment, without a network."""

import os
import site
import subprocess
import sys
import sysconfig
import venv
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import eraser

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "everything-red"
version = "1.0"

[project.entry-points."eraser.maskers"]
reds = "everything_red.finding:load_masker"

[project.entry-points."eraser.inpainters"]
greys = "everything_red.filling:load_inpainter"
"""
FINDING = '''"""Finds what is red."""
from __future__ import annotations

from dataclasses import dataclass, field

from eraser import MaskerContext, Person

LICENCE = "MIT"

@dataclass(frozen=True)
class Options:
    above: int = field(default=200, metadata={"help": "how red, up to 255"})

def load_masker(context: MaskerContext[Options]):
    def find(image):
        red = (image[..., 0] >= context.options.above) & (image[..., 1] < 100)
        return [Person.from_mask(red)] if red.any() else []
    return find
'''
FILLING = '''"""Fills with grey."""
from eraser import Fill, InpainterContext

def load_inpainter(context: InpainterContext):
    def fill(image, hole):
        image[hole] = 128
        return Fill(image)
    return fill
'''
MAIN = "import sys; from {module} import main; main()"


def run(*command, **options):
    done = subprocess.run(
        [os.fspath(part) for part in command], capture_output=True, text=True, timeout=300, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The interpreter of a new environment that holds the package, and sees erase-me through a .pth file."""
    pytest.importorskip("hatchling")
    has_pip = find_spec("pip") is not None
    if not has_pip:
        pytest.importorskip("ensurepip", reason="there is no pip here")
    folder = tmp_path_factory.mktemp("outside")
    package = folder / "source" / "src" / "everything_red"
    package.mkdir(parents=True)
    (folder / "source" / "pyproject.toml").write_text(PYPROJECT)
    for name, code in (("__init__", ""), ("finding", FINDING), ("filling", FILLING)):
        (package / f"{name}.py").write_text(code)

    venv.create(folder / "env", with_pip=not has_pip)
    python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    purelib = sysconfig.get_path("purelib", "venv", {"base": str(folder / "env"), "platbase": str(folder / "env")})
    ours = [*site.getsitepackages(), str(Path(eraser.__file__).parents[1])]
    # by way of site, so that what is installed in our environment as editable is seen there, too
    lines = [f"import site; site.addsitedir({path!r})" for path in ours]
    (Path(purelib) / "erase_me_of_the_tests.pth").write_text("\n".join(lines) + "\n")
    options = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    pip = (sys.executable, "-m", "pip", "--python", python) if has_pip else (python, "-m", "pip")
    run(*pip, "install", *options, folder / "source", cwd=folder)
    return python


@pytest.fixture
def home(tmp_path):
    """A working folder with a photo, and an environment in which nothing of erase-me is set."""
    photo = np.full((60, 80, 3), 90, np.uint8)
    photo[20:40, 30:50] = (230, 20, 20)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    return tmp_path


def variables(**more):
    return {name: value for name, value in os.environ.items() if not name.startswith("ERASER_")} | more


def test_it_is_listed_with_where_it_is_from_and_shown_with_its_options(python, home):
    toolbox = MAIN.format(module="eraser.toolbox")

    listed = run(python, "-P", "-c", toolbox, "maskers", "list", cwd=home, env=variables())
    shown = run(python, "-P", "-c", toolbox, "maskers", "show", "reds", cwd=home, env=variables())

    [row] = [line.split("\t") for line in listed.splitlines() if line.startswith("reds\t")]
    assert row[1:] == [
        "everything_red.finding:load_masker of the package everything-red",
        "-",
        "MIT",
        "Finds what is red.",
        "-",
    ]
    assert "  above: how red, up to 255; a whole number; default 200" in shown.splitlines()


def test_it_erases(python, home):
    words = (
        "photo.png",
        "--masker",
        "reds",
        "--masker-option",
        "above=220",
        "--inpainter",
        "greys",
        "--dilate-px",
        "0",
    )

    out = run(
        python, "-P", "-c", MAIN.format(module="eraser.cli"), *words, "--feather-px", "0", cwd=home,
        env=variables(ERASER_DEVICE="cpu"),
    )  # fmt: skip

    result = np.asarray(Image.open(home / out.strip()))
    assert result[20:40, 30:50, 0].max() < 200
    assert result[20:40, 30:50, 1].min() > 50
    assert (result[:20] == 90).all()
