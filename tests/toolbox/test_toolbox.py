import hashlib
import json
import subprocess
import sys

import pytest

from eraser import __version__
from eraser.system.paths import weights_dir
from eraser.toolbox import main
from eraser.weights import WeightsEntry, read_manifest, register


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path))


@pytest.fixture
def run(monkeypatch, capsys):
    """Run ``eraser`` as the console does; returns exit code, stdout and stderr."""

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["eraser", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code, captured.out, captured.err

    return run


def add_own(name, content=b"weights", sha256="right"):
    digest = hashlib.sha256(content).hexdigest() if sha256 == "right" else sha256
    (weights_dir() / f"{name}.onnx").write_bytes(content)
    register(
        WeightsEntry(
            name=name, kind="people", file=f"{name}.onnx", sha256=digest, licence="MIT", source="made up", note="a note"
        )
    )


def test_a_piped_list_is_one_unwrapped_line_a_name(run):
    add_own("mine")

    code, out, err = run("weights", "list")

    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in out.splitlines()}
    assert (code, err) == (0, "")
    assert rows.keys() == read_manifest().keys()
    assert {name: row[1] for name, row in rows.items()} == {
        name: {"people": "shipped", "fill": "shipped", "mine": "here"}.get(
            name, "import" if name in ("celebahq", "dtd", "facade", "places2") else "fetch"
        )
        for name in rows
    }
    assert rows["mine"][2] == hashlib.sha256(b"weights").hexdigest()
    assert rows["celebahq"][2] == "-"


def test_the_json_list_holds_every_field_and_the_path(run):
    code, out, _ = run("weights", "list", "--json", "--kind", "fill")

    entries = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {entry["kind"] for entry in entries} == {"fill"}
    assert entries[0].keys() == {*WeightsEntry.__dataclass_fields__, "state", "path"}


def test_a_list_on_a_terminal_shows_every_name_and_whole_addresses(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    _, out, _ = run("weights", "list")

    manifest = read_manifest()
    assert all(name in out for name in manifest)
    assert all(entry.source in out for entry in manifest.values())
    assert all(len(line) <= 80 for line in out.split("\n\n")[0].splitlines())


def test_the_path_of_weights_is_all_that_stdout_carries(run):
    add_own("mine")

    assert run("weights", "path", "mine") == (0, f"{weights_dir() / 'mine.onnx'}\n", "")


def test_fetch_prints_the_path_and_no_bar_in_a_pipe(run):
    add_own("mine")
    register(
        WeightsEntry(
            name="there",
            kind="people",
            file="mine.onnx",
            url="https://weights.invalid/mine.onnx",
            sha256=read_manifest()["mine"].sha256,
            licence="MIT",
            source="made up",
        )
    )

    assert run("weights", "fetch", "there") == (0, f"{weights_dir() / 'mine.onnx'}\n", "")


def test_verify_names_the_wrong_file_and_ends_with_the_code_of_weights_errors(run):
    add_own("mine")
    add_own("loose", sha256=None)
    assert run("weights", "verify")[0] == 0

    (weights_dir() / "mine.onnx").write_bytes(b"weightz")
    code, out, err = run("weights", "verify")

    assert code == 5
    assert "mine\tWRONG" in out
    assert "people\tok" in out
    assert "loose\tnot pinned" in out
    assert str(weights_dir() / "mine.onnx") in err


def test_an_error_is_one_line_on_stderr_with_its_exit_code(run):
    code, out, err = run("weights", "fetch", "yolo11n-seq")

    assert (code, out) == (5, "")
    assert err.startswith("error: ")
    assert "did you mean yolo11n-seg" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("args", [("-v", "weights", "path", "nobody"), ("weights", "path", "nobody", "-v")])
def test_verbose_shows_where_an_error_came_from(args):
    done = subprocess.run(
        [sys.executable, "-c", "from eraser.toolbox import main; main()", *args], capture_output=True, text=True
    )

    assert done.returncode == 5
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: no weights are called 'nobody'")


def test_an_unknown_command_is_a_usage_error(run):
    assert run("wheights")[0] == 2


def test_help_and_version_load_no_network_library():
    code = (
        "import sys\nfrom eraser.toolbox import main\n"
        "try:\n    main()\nfinally:\n    print(sorted({'torch', 'httpx', 'ultralytics', 'cv2'} & sys.modules.keys()))"
    )
    for option, text in (("--help", "weights"), ("--version", __version__)):
        done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
        assert text in done.stdout
        assert done.stdout.splitlines()[-1] == "[]"
