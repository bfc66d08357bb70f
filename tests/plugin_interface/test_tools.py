"""``eraser maskers`` and ``eraser inpainters`` through the real command line."""

import json
import os
import sys
from pathlib import Path

import pytest

from eraser.maskers.registry import MASKERS
from eraser.plugins.sources import FileSource
from eraser.testing import attempt
from eraser.testing.attempt import Verdict, try_plugin
from eraser.toolbox import main

BROKEN = Path(__file__).parents[1] / "plugins"
HATS = '''"""Finds hats.

More than one line."""
from dataclasses import dataclass, field
from typing import Literal
from eraser import MaskerContext, Person

LICENCE = "MIT"
WEIGHTS = "hats.pt"
print("I was run")

@dataclass(frozen=True)
class Options:
    colour: Literal["red", "blue"] = field(default="red", metadata={"help": "of the hats"})
    sizes: tuple[int, ...] = ()

def load_masker(context: MaskerContext[Options]):
    import numpy as np
    return lambda image: [Person.from_mask(np.ones(image.shape[:2], bool))]
'''


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A working folder; weights and plugins of one's own lie elsewhere."""
    for name, folder in (("ERASER_WEIGHTS", "weights"), ("ERASER_PLUGINS", "plugins")):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("ERASER_DEVICE", "cpu")
    (tmp_path / "plugins" / "hats.py").write_text(HATS)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def run(monkeypatch, capfd):
    """Run ``eraser`` as the console does; returns exit code, stdout and stderr."""

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["eraser", *(os.fspath(arg) for arg in args)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return ended.value.code, captured.out, captured.err

    return run


def rows(out):
    return {fields[0]: fields[1:] for fields in (line.split("\t") for line in out.splitlines())}


def test_the_list_runs_nothing_and_names_every_plugin_in_a_line_of_its_own(run, home):
    code, out, err = run("maskers", "list")

    found = rows(out)
    assert (code, err) == (0, "")
    assert found["hats"] == [str(home / "plugins" / "hats.py"), "missing", "MIT", "Finds hats.", "-"]
    assert found["yolo"][:3] == ["eraser.maskers.yolo:load_masker", "here", "AGPL-3.0-or-later"]
    (home / "weights" / "hats.pt").touch()
    assert rows(run("maskers", "list")[1])["hats"][1] == "here"


def test_a_list_of_broken_files_names_each_of_them_and_ends_well(run):
    code, out, err = run("maskers", "list", "--plugins-dir", BROKEN)

    names = [line.split("\t")[0] for line in out.splitlines()]
    fills = {"fills_wrongly", "copies_from_afar", "no_fill"}
    assert (code, err) == (0, "")
    assert sorted(names) == sorted([*({file.stem for file in BROKEN.glob("*.py")} - fills), "yolo"])
    assert rows(out)["syntax_error"][-1].startswith("broken: SyntaxError: ")
    assert rows(out)["no_factory"][-1] == "broken: it does not define load_masker(context)"
    assert rows(out)["yolo"][-1].startswith("broken: two maskers are called yolo")
    assert fills <= rows(run("inpainters", "list", "--plugins-dir", BROKEN)[1]).keys()


def test_the_json_list_holds_every_field(run):
    code, out, _ = run("maskers", "list", "--json")

    [hats] = [row for row in map(json.loads, out.splitlines()) if row["name"] == "hats"]
    assert code == 0
    assert hats.keys() == {"name", "origin", "weights", "licence", "summary", "problem", "check"}


def test_a_list_on_a_terminal_shows_every_name_and_file(run, home, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    _, out, _ = run("maskers", "list")

    assert f"hats: {home / 'plugins' / 'hats.py'}\n" in out
    assert "Finds hats." in out


def test_a_check_says_which_are_broken_and_why_and_ends_with_their_code(run, monkeypatch):
    verdicts = {"hats": Verdict("ok"), "yolo": Verdict("asks", "fetch it"), "no_factory": Verdict("broken", "no\nway")}
    monkeypatch.setattr(
        attempt, "try_plugin", lambda kind, source, seconds: verdicts.get(source.name, Verdict("broken", "why"))
    )

    code, out, err = run("maskers", "list", "--check")

    assert (code, rows(out)["hats"][-1], rows(out)["yolo"][-1], err) == (0, "ok", "asks: fetch it", "")

    code, out, err = run("maskers", "list", "--check", "--plugins-dir", BROKEN)

    assert (code, rows(out)["no_factory"][-1]) == (4, "broken: no way")
    assert err.startswith("error: broken maskers: broken_import, ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (HATS, "ok", ""),
        ("import sys\nsys.exit('no GPU')", "broken", "SystemExit: no GPU"),
        ("import os\nos._exit(7)", "broken", "it ended the process with 7 while it was loaded"),
        ("import time\ntime.sleep(600)", "broken", "it was not loaded within 4 s"),
        ("from eraser import EraserError\ndef load_masker(c):\n    raise EraserError('fetch it')", "asks", "fetch it"),
    ],
)
def test_a_plugin_is_loaded_where_it_can_do_no_harm(home, code, status, reason):
    file = home / "plugins" / "odd.py"
    file.write_text(code)

    verdict = try_plugin(MASKERS, FileSource(file), 4 if "sleep" in code else 120)

    assert (verdict.status, reason in verdict.reason) == (status, True), verdict


def test_a_plugin_is_shown_with_its_options(run):
    code, out, err = run("maskers", "show", "hats")

    assert (code, err) == (0, "I was run\n")
    assert out.splitlines()[0] == "hats: Finds hats."
    assert "  colour: of the hats; one of red, blue; default red" in out.splitlines()
    assert "  sizes: any number of whole numbers separated by commas; default nothing" in out.splitlines()
    assert "options: none" in run("inpainters", "show", "telea")[1]
    assert run("maskers", "show", "hets")[0] == 4


def test_a_masker_is_tried_on_a_photo(run, home):
    import numpy as np
    from PIL import Image

    Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save("a.png")

    code, out, _ = run("maskers", "try", "hats", "a.png", "--masker-option", "colour=blue", "-o", home / "out")

    assert code == 0
    assert out.splitlines()[0] == f"a.png: 1 person, shown in {home / 'out' / 'a.people.png'}"
    assert "0,0,60,40" in out
    assert "s to start" in out.splitlines()[-1]
    assert (home / "out" / "a.people.png").exists()
    assert run("maskers", "try", "hats", "a.png", "--masker-option", "colour=green")[0] == 4
    assert run("maskers", "try", "hats", "a.png", "--masker-option", "colour")[0] == 2
    assert run("maskers", "try", "hats", "missing.png")[0] == 3
