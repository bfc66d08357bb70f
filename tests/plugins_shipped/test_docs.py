"""The page for authors of plugins: its code runs, its commands work, its tables are complete."""

import logging
import re
import runpy
import shlex
import signal
import sys
import tomllib
from dataclasses import fields
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

import eraser
from eraser import cli, toolbox
from eraser.inpaint.registry import INPAINTERS
from eraser.maskers.base import MaskerContext
from eraser.maskers.combine import parse, share_options
from eraser.maskers.registry import MASKERS
from eraser.plugins.registry import discover, is_object_name
from eraser.plugins.values import is_supported
from eraser.testing import check_inpainter

PLUGINS = Path(__file__).parents[2] / "plugins"
PAGE = (PLUGINS / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^ *```(\w+)\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)
CODE = {code.splitlines()[0].removeprefix("# "): code for language, code in BLOCKS if language == "python"}
COMMANDS = [line for language, code in BLOCKS if language == "sh" for line in code.splitlines()]


def table(heading):
    """First column of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [
        re.sub(r"[`\\]", "", row.split(" | ")[0].strip("| ")) for row in section.splitlines() if row.startswith("| ")
    ][1:]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files of the page in a plugins folder, and a working folder with a photo that bears a date."""
    plugins, work = tmp_path / "plugins", tmp_path / "work"
    for place in (plugins, work):
        place.mkdir()
    for name, code in CODE.items():
        (plugins / name).write_text(code, encoding="utf-8")
    for name, value in {"PLUGINS": str(plugins), "INPAINTER": "telea", "DEVICE": "cpu"}.items():
        monkeypatch.setenv(f"ERASER_{name}", value)
    photo = np.full((160, 200, 3), 90, np.uint8)
    photo[145:153, 150:190] = photo[145:153, 10:50] = (255, 120, 10)
    Image.fromarray(photo).save(work / "photo.jpg", quality=95)
    monkeypatch.chdir(work)
    logger, on_term = logging.getLogger("eraser"), signal.getsignal(signal.SIGTERM)
    before = logger.level, list(logger.handlers)
    yield plugins
    logger.setLevel(before[0])
    logger.handlers[:] = before[1]
    signal.signal(signal.SIGTERM, on_term)


def test_the_example_passes_the_test_beside_it(folder):
    tests = runpy.run_path(str(folder / "test_date_stamp.py"))

    ran = [test() for name, test in tests.items() if name.startswith("test_")]

    assert len(ran) == 2


def test_the_inpainter_keeps_the_contract(folder):
    for fill in check_inpainter(folder / "bar.py", options={"grey": 7}):
        assert (fill.image == 7).any()


@pytest.mark.parametrize("command", [line for line in COMMANDS if "yolo" not in line])
def test_the_commands_of_the_page_run(command, folder, monkeypatch, capsys):
    program, *arguments = shlex.split(command, comments=True)
    monkeypatch.setattr(sys, "argv", [program, *arguments])

    with pytest.raises(SystemExit) as end:
        (cli.main if program == "erase-me" else toolbox.main)()

    out = capsys.readouterr().out
    assert end.value.code in (0, None)
    assert "date_stamp" in out or "bar" in out or "photo" in out
    if program == "erase-me":
        before, after = (np.asarray(Image.open(name)).astype(int) for name in ("photo.jpg", out.strip()))
        left, right = (np.abs(after - before)[140:, side].max() > 50 for side in (slice(100), slice(100, 200)))
        assert (left, right) == (("corner=left" in command), ("corner=left" not in command))


@pytest.mark.parametrize("command", [line for line in COMMANDS if "yolo" in line])
def test_the_combined_maskers_of_the_page_are_understood(command, folder):
    words = shlex.split(command, comments=True)
    registry = discover(MASKERS, (folder,))

    names = [term.name for term in parse(words[words.index("--masker") + 1], registry.is_name)]
    given = [tuple(word.split("=", 1)) for before, word in pairwise(words) if before == "--masker-option"]

    assert set(names) <= set(registry.names)
    for name, pairs in share_options(given, names).items():
        registry.run(name).read_options(pairs)


def test_the_package_of_the_page_declares_what_is_looked_for():
    (project,) = (tomllib.loads(code)["project"] for language, code in BLOCKS if language == "toml")

    assert project["entry-points"].keys() == {MASKERS.group, INPAINTERS.group}
    assert all(is_object_name(value) for group in project["entry-points"].values() for value in group.values())


def test_the_tables_are_complete():
    assert set(table("What a masker is given, and gives back")) == {field.name for field in fields(MaskerContext)}
    assert {re.sub(r"\[(\w+)\].*", r"\1", name) for name in table("In this folder")} == {
        f.stem for f in PLUGINS.glob("*.py")
    }
    for types in table("Options"):
        for form in re.findall(r"\w+\[.*\]|X \| None|\w+", types):
            assert is_supported(eval(form, {"Literal": Literal, "Path": Path, "X": int})), form


def test_what_the_page_names_is_there():
    assert f"now {eraser.INTERFACE_VERSION}." in PAGE
    for name in ("MaskerContext", "InpainterContext", "Person", "Box", "Fill", "EraserError"):
        assert hasattr(eraser, name)
    for module, names in {
        "eraser.maskers.toolkit": ("person_from_grid", "load_class_masker", "import_ultralytics"),
        "eraser.weights": ("read_state", "read_pickled", "hash_file", "fetch_file"),
        "eraser.testing": ("check_masker", "check_inpainter"),
        "eraser.errors": ("WeightsNotFoundError",),
    }.items():
        assert all(f"`{name}`" in PAGE or f".{name}`" in PAGE for name in names)
        assert all(hasattr(import_module(module), name) for name in names)
