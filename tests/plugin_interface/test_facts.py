import pytest

from eraser.plugins.facts import StaticInfo, read_facts


def facts(tmp_path, code):
    file = tmp_path / "plugin.py"
    file.write_text(code, encoding="utf-8")
    return read_facts(file)


def test_what_a_file_says_about_itself_is_read_without_running_it(tmp_path):
    read = facts(
        tmp_path,
        '"""Finds ``hats``.\n\nAnd more."""\nraise SystemExit\nLICENCE: str = "MIT"\nWEIGHTS = "hats.pt", "caps.pt"\n'
        "NEEDS_INTERFACE = 2\ndef load_masker(context): ...\n",
    )

    assert read == StaticInfo(
        summary="Finds hats.",
        licence="MIT",
        weights=("hats.pt", "caps.pt"),
        needs_interface=2,
        defines=frozenset({"LICENCE", "WEIGHTS", "NEEDS_INTERFACE", "load_masker"}),
    )


def test_a_file_that_says_nothing_says_nothing(tmp_path):
    assert facts(tmp_path, "") == StaticInfo()


def test_constants_that_are_computed_are_left_alone(tmp_path):
    read = facts(tmp_path, "import os\nLICENCE = os.environ['X']\nWEIGHTS = 'a' + 'b'\nNEEDS_INTERFACE = 'two'")

    assert (read.licence, read.weights, read.needs_interface) == ("", (), 1)


@pytest.mark.parametrize(
    "code",
    [
        "def load_masker(c): ...",
        "class load_masker: ...",
        "load_masker = print",
        "from hats import build as load_masker",
        "from hats import *",
        "try:\n    import torch\nexcept ImportError:\n    load_masker = None\nelse:\n    def load_masker(c): ...",
        "with open('x') as file:\n    load_masker = file",
        "syntax error",
    ],
)
def test_a_factory_may_be_defined_in_many_ways(tmp_path, code):
    assert facts(tmp_path, code).may_define("load_masker")


@pytest.mark.parametrize("code", ["", "def f():\n    load_masker = 1", "load_maskers = 1", "x = 'load_masker'"])
def test_a_file_without_a_factory_is_known_as_such(tmp_path, code):
    assert not facts(tmp_path, code).may_define("load_masker")


@pytest.mark.parametrize("code", ["def (", "\0", "# coding: nonsense"])
def test_a_file_that_cannot_be_read_says_why_in_one_line(tmp_path, code):
    problem = facts(tmp_path, code).problem

    assert "Error" in problem
    assert "\n" not in problem


def test_a_file_that_is_not_there_is_a_problem_not_an_error(tmp_path):
    assert "FileNotFoundError" in read_facts(tmp_path / "missing.py").problem


def test_what_the_parser_would_warn_of_is_not_told_in_every_run(tmp_path):
    assert facts(tmp_path, "x = '\\d'\ndef load_masker(c): ...").problem == ""  # a warning is an error in tests
