"""Real Ray: a cluster of one node with four places."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from eraser.archive import run_archive
from eraser.archive.record import Record
from eraser.cluster import RayExecutor
from eraser.errors import ClusterError

pytestmark = pytest.mark.slow


def _record(tmp_path, name):
    return Record.decode((tmp_path / "out" / f"{name}.png.erase-me.json").read_bytes())


def test_each_photo_is_done_once_by_actors_that_load_their_engine_once(ray, make_photos, make_plan, results, plugins):
    photos = make_photos(30)

    outcomes = list(run_archive(make_plan(), iter(photos), RayExecutor("auto", actors=4)))

    assert sorted(outcome.photo_name for outcome in outcomes) == [photo.address for photo in photos]
    assert {outcome.status for outcome in outcomes} == {"erased"}
    assert len(results()) == 30
    assert len((plugins / "log").read_text().split()) == 30
    assert len({outcome.actor for outcome in outcomes}) == 4
    assert all(outcome.node for outcome in outcomes)


def test_an_error_is_the_outcome_of_its_photo_and_of_no_other(ray, make_photos, make_plan, results, tmp_path):
    photos = make_photos(8, odd=67)
    (tmp_path / "in" / "bad.png").write_bytes(b"no photo")
    photos.append(type(photos[0])(str(tmp_path / "in" / "bad.png")))

    outcomes = list(run_archive(make_plan(), photos, RayExecutor("auto", actors=2)))

    failed = {Path(outcome.photo_name).stem: str(outcome.error) for outcome in outcomes if outcome.status == "failed"}
    assert sorted(failed) == ["bad", "odd"]
    assert "this one is odd" in failed["odd"]
    assert len(results()) == 8


def test_a_photo_that_kills_its_actors_fails_alone(ray, make_photos, make_plan, results, tmp_path):
    photos = make_photos(12, poison=66)

    outcomes = list(run_archive(make_plan(), photos, RayExecutor("auto", actors=2)))

    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert [Path(outcome.photo_name).stem for outcome in failed] == ["poison"]
    assert "3 actors died with it" in str(failed[0].error)
    assert len(outcomes) == 13
    assert len(results()) == 12
    assert _record(tmp_path, "poison").status == "failed"


def test_actors_that_are_killed_cost_no_photo_and_none_is_done_half(ray, make_photos, make_plan, results, plugins):
    *photos, later = make_photos(61)
    outcomes, killed = [], 0
    for outcome in run_archive(make_plan(), photos, RayExecutor("auto", actors=4)):
        outcomes.append(outcome)
        if len(outcomes) in (10, 25):
            os.kill(int((plugins / "log").read_text().split()[-1]), signal.SIGKILL)
            killed += 1

    assert killed == 2
    assert sorted(outcome.photo_name for outcome in outcomes) == [photo.address for photo in photos]
    assert {outcome.status for outcome in outcomes} == {"erased"}
    assert len(results(may_leave_hidden=True)) == 60  # by actors that were writing; the next to write removes the files

    list(run_archive(make_plan(resume=True), [*photos, later], RayExecutor("auto", actors=1)))

    assert len(results()) == 61


def test_photos_are_listed_only_as_actors_take_them(ray, make_photos, make_plan):
    photos, listed, most = make_photos(60), 0, 0

    def listing():
        nonlocal listed
        for photo in photos:
            listed += 1
            yield photo

    for done, _ in enumerate(run_archive(make_plan(), listing(), RayExecutor("auto", actors=2))):
        most = max(most, listed - done)

    assert listed == 60
    assert most <= 2 * 4 + 2


def test_a_second_run_leaves_out_what_is_done(ray, make_photos, make_plan, plugins):
    photos = make_photos(10)
    list(run_archive(make_plan(), photos[:6], RayExecutor("auto", actors=2)))

    outcomes = list(run_archive(make_plan(resume=True), photos, RayExecutor("auto", actors=2)))

    assert [outcome.status for outcome in outcomes].count("skipped") == 6
    assert len((plugins / "log").read_text().split()) == 10


def test_a_run_that_is_left_gives_back_its_photos(ray, make_photos, make_plan, tmp_path):
    photos = make_photos(30)
    outcomes = run_archive(make_plan(), photos, RayExecutor("auto", actors=2))
    for _ in range(3):
        next(outcomes)
    outcomes.close()

    left = [Record.decode(path.read_bytes()).status for path in (tmp_path / "out").glob("*.json")]

    assert "claimed" not in left
    assert left.count("erased") < 20


def test_actors_that_cannot_begin_are_an_error_of_the_cluster(ray, make_photos, make_plan, monkeypatch):
    class Broken:
        def __init__(self, *_, **__):
            raise RuntimeError("no luck")

        def ready(self):
            return ""

    monkeypatch.setattr("eraser.cluster.executor.PhotoActor", Broken)

    with pytest.raises(ClusterError, match="no luck"):
        list(run_archive(make_plan(), make_photos(3), RayExecutor("auto", actors=1)))


def test_a_network_that_cannot_be_loaded_ends_the_run(ray, make_photos, make_plan, plugins):
    (plugins / "seconds").write_text("not a number")

    outcomes = list(run_archive(make_plan(), make_photos(20), RayExecutor("auto", actors=2)))

    assert outcomes[-1].ends_run
    assert len(outcomes) <= 3


def test_ray_is_asked_for_no_statistics(ray):
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    from ray._common.usage.usage_lib import usage_stats_enabled

    assert not usage_stats_enabled()


def test_the_variable_stands_before_ray_is_imported():
    code = (
        "import sys, os\nclass Seen:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'ray':\n            print(os.environ.get('RAY_USAGE_STATS_ENABLED'))\n"
        "sys.meta_path.insert(0, Seen())\n"
        "from eraser.cluster.start import import_ray\nassert 'ray' not in sys.modules\n"
        "import_ray()\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)

    assert done.stdout.splitlines()[0] == "0"


def _erase_me(*args, plugins, **options):
    environment = {**os.environ, "ERASER_PLUGINS": str(plugins), "ERASER_MASKER": "slow", "ERASER_INPAINTER": "telea"}
    environment = {name: value for name, value in environment.items() if not name.startswith("RAY_AUTH")}
    environment["HOME"] = str(plugins.parent / "home")
    command = [sys.executable, "-c", "from eraser.cli import main; main()", *map(str, args)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment, **pipes, **options)


def test_the_command_runs_on_a_cluster_of_this_machine_and_leaves_no_process(make_photos, plugins, tmp_path):
    make_photos(6)
    process = _erase_me(
        tmp_path / "in", "-o", tmp_path / "out", "--ray", "local", "--workers", "2", "--json", plugins=plugins
    )
    out, err = process.communicate(timeout=120)

    lines = [json.loads(line) for line in out.splitlines()]
    assert (process.returncode, err) == (0, "")
    assert len(lines) == 6
    assert all(line["node"] and line["actor"].startswith("erase-me-") for line in lines)
    assert (tmp_path / "out" / "erase-me-manifest.parquet").is_file()
    assert not (tmp_path / "home" / ".ray").exists()  # a token there would change how Ray starts clusters from now on
    assert not [each for each in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(each.info["cmdline"])]


def test_paths_alone_go_to_stdout_also_when_actors_die(make_photos, plugins, tmp_path):
    make_photos(4, poison=66)
    process = _erase_me(tmp_path / "in", "-o", tmp_path / "out", "--ray", "local", "--workers", "2", plugins=plugins)
    out, err = process.communicate(timeout=120)

    assert process.returncode == 1
    assert sorted(out.splitlines()) == [f"{tmp_path}/out/000{number}.erased.png" for number in range(4)]
    assert err.count("an actor died, another one takes its place") == 3
    assert err.splitlines()[-1] == f"error: 1 of 5 failed: {tmp_path}/in/poison.png"


def test_ctrl_c_ends_a_run_with_130_and_leaves_nothing_half(make_photos, plugins, tmp_path, results):
    make_photos(60)
    (plugins / "seconds").write_text("0.2")
    process = _erase_me(tmp_path / "in", "-o", tmp_path / "out", "--ray", "local", "--workers", "2", plugins=plugins)
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    left = [Record.decode(path.read_bytes()).status for path in (tmp_path / "out").glob("*.json")]
    assert process.returncode == 130
    assert 0 < len(results()) < 60
    assert "claimed" not in left
    assert not (tmp_path / "out" / "erase-me-manifest.parquet").exists()


def test_a_head_that_is_killed_loses_the_photos_in_hand_only(make_photos, plugins, tmp_path, results):
    make_photos(30)
    (plugins / "seconds").write_text("0.1")
    args = (tmp_path / "in", "-o", tmp_path / "out", "--ray", "local", "--workers", "2")
    process = _erase_me(*args, plugins=plugins, start_new_session=True)
    assert process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    for each in [psutil.Process(process.pid), *family]:  # the driver, the head, every actor
        each.kill()
    psutil.wait_procs(family, timeout=20)
    process.communicate()
    before = len(list((tmp_path / "out").glob("*.erased.png")))  # a hidden, unfinished file may be left, too
    for path in (tmp_path / "out").glob("*.json"):  # the claims of the dead are 10 minutes old now
        record = json.loads(path.read_text())
        path.write_text(json.dumps({**record, "time": time.time() - 601 if record["status"] == "claimed" else 0}))

    again = _erase_me(*args, "--resume", plugins=plugins)
    out, err = again.communicate(timeout=120)

    assert (again.returncode, err) == (0, "")
    assert before < 30
    assert len(results()) == 30
    assert len(list((tmp_path / "out").glob("*.erased*.png"))) == 30
    assert len(out.splitlines()) >= 30 - before


def test_a_cluster_that_is_not_there_is_one_clear_line(make_photos, plugins, tmp_path):
    make_photos(1)
    process = _erase_me(tmp_path / "in", "-o", tmp_path / "out", "--ray", "127.0.0.1:1", plugins=plugins)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (11, "")
    assert err.splitlines()[-1].startswith("error: there is no Ray cluster at 127.0.0.1:1")
