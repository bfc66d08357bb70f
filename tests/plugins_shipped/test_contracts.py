"""All plugins that come along: the contract, their command lines, their names."""

import ast
import shlex
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from eraser.inpaint.registry import INPAINTERS
from eraser.maskers.combine import parse, share_options
from eraser.maskers.registry import MASKERS
from eraser.plugins.facts import read_facts
from eraser.plugins.options import list_options
from eraser.plugins.registry import discover
from eraser.testing import check_masker

PLUGINS = Path(__file__).parents[2] / "plugins"
FILES = sorted(PLUGINS.glob("*.py"))
README = (PLUGINS.parent / "docs" / "plugins.md").read_text(encoding="utf-8")
KINDS = {"masker": MASKERS, "inpainter": INPAINTERS}


def kind_of(file):
    return KINDS["inpainter" if "load_inpainter" in read_facts(file).defines else "masker"]


def commands(text):
    lines = text.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.strip().startswith("erase-me ")]


def values(command, option):
    return [value for key, value in pairwise(command) if key == option]


def understood(command, kind):
    """Names of the plugins in a command, each of which takes the options that it is given there."""
    registry = discover(kind, (PLUGINS,))
    (expression,) = values(command, f"--{kind.noun}")
    names = [term.name for term in parse(expression, registry.is_name)]
    given = [tuple(text.split("=", 1)) for text in values(command, f"--{kind.noun}-option")]
    for name, pairs in share_options(given, names).items():
        registry.run(name).read_options(pairs)
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_plugin_says_what_it_does_under_which_licence_and_helps_with_each_option(file):
    facts = read_facts(file)
    loaded = discover(kind_of(file), (PLUGINS,)).run(file.stem)

    assert facts.summary.endswith(".")
    assert facts.licence
    assert all(option.help for option in list_options(loaded.options_class))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_command_lines_in_a_plugins_head_are_accepted(file):
    found = commands(ast.get_docstring(ast.parse(file.read_text())))

    assert found
    for command in found:
        assert file.stem in understood(command, kind_of(file))


@pytest.mark.parametrize("command", commands(README), ids=" ".join)
def test_the_command_lines_of_the_readme_are_accepted(command):
    for noun, kind in KINDS.items():
        if f"--{noun}" in command:
            assert understood(command, kind)


def test_maskers_without_weights_keep_the_contract():
    small = np.random.default_rng(0).integers(0, 255, (23, 31, 3), np.uint8)

    check_masker(PLUGINS / "colour_key.py", options={"colour": "red"})
    check_masker(PLUGINS / "colour_key.py", options={"colour": "#be3c32", "min_area": 0.0}, photos=[small])
    check_masker(PLUGINS / "grabcut_box.py", options={"box": (10, 8, 20, 15)}, photos=[small])
    check_masker(PLUGINS / "grabcut_box.py", options={"point": (15, 11)}, photos=[small])
