import pickle
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from eraser.batch import InputPhoto, Outcome, Outputs, PhotoProcessor, find_photos
from eraser.batch.failures import as_error, portable
from eraser.batch.local import LocalRun
from eraser.config import ModelConfig, OutputConfig
from eraser.engine import Engine
from eraser.errors import DeviceError, EraserError, MaskerError, NobodyThereError, PhotoWriteError, Terminated
from eraser.geometry import Box
from eraser.system.jit import compiled

LOADS_ONCE = """
import pathlib

from eraser import Person

def load_masker(context):
    with (pathlib.Path(context.weights_dir) / "loads").open("a") as log:
        log.write("x")
    import numpy as np
    return lambda image: [Person(box=(2, 2, 6, 6), mask=np.ones((4, 4), bool))]
"""


@pytest.fixture
def photos(tmp_path):
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        Image.new("RGB", (32, 32), "teal").save(path)
    return paths


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path))
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "once.py").write_text(LOADS_ONCE)
    return Engine(ModelConfig(masker="once", inpainter="telea", device="cpu"), (plugins,))


def test_networks_are_loaded_once_for_all_photos(photos, engine, tmp_path):
    outcomes = list(LocalRun(PhotoProcessor(engine, Outputs(inputs=photos))).erase(find_photos(photos)))

    assert [outcome.status for outcome in outcomes] == ["erased"] * 3
    assert [outcome.people[0].box for outcome in outcomes] == [Box(2, 2, 6, 6)] * 3
    assert (tmp_path / "loads").read_text() == "x"


def test_every_step_is_told_before_it_begins(photos, engine):
    steps = []
    processor = PhotoProcessor(
        engine, Outputs(inputs=photos), on_step=lambda path, step: steps.append((path.name, step))
    )

    first = processor.process(find_photos(photos)[0])

    assert [name for name, _ in steps] == ["a.png"] * 4
    assert [step for _, step in steps] == ["reading", "starting", "erasing", "writing"]
    assert {"load", "start", "detect", "fill", "save"} <= first.seconds.keys()


def sweep(values):
    values[:] = 1


@pytest.mark.parametrize(
    ("inpainter", "found_compiled", "expected"),
    [("patches", False, True), ("guided", False, True), ("patches", True, False), ("telea", False, False)],
)
def test_only_a_first_run_of_the_patch_search_says_that_it_compiles(
    photos, engine, tmp_path, monkeypatch, inpainter, found_compiled, expected
):
    loop, steps = compiled(sweep), []
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "eraser.inpaint.kernels", SimpleNamespace(sweep=loop))
    if found_compiled:
        loop(np.zeros(3))
    _ = engine.inpainter  # telea under any name: what it does takes no part in this
    engine.config = replace(engine.config, inpainter=inpainter)
    processor = PhotoProcessor(engine, Outputs(inputs=photos), on_step=lambda path, step: steps.append(step))

    processor.process(find_photos(photos)[0])

    said = "compiling the patch search (first run only, about 10 s)" if expected else "erasing"
    assert steps == ["reading", "starting", said, "writing"]


def test_a_name_that_another_process_takes_meanwhile_is_left_to_it(tmp_path):
    asked = []

    def write(path, overwrite):
        asked.append((path.name, overwrite))
        if len(asked) == 1:
            path.write_text("theirs")
            raise FileExistsError

    naming = Outputs().naming(InputPhoto(tmp_path / "a.jpg"))
    written = Outputs().write(naming.result(".jpg"), write)

    assert asked == [("a.erased.jpg", False), ("a.erased-2.jpg", False)]
    assert written == (tmp_path / "a.erased-2.jpg", 2)
    assert (tmp_path / "a.erased.jpg").read_text() == "theirs"


def test_result_and_mask_get_one_number(tmp_path):
    (tmp_path / "a.mask.png").touch()
    naming = Outputs().naming(InputPhoto(tmp_path / "a.jpg"))

    written = Outputs().write(naming.result(".jpg"), lambda path, overwrite: path.touch(), with_name=naming.mask)

    assert written == (tmp_path / "a.erased-2.jpg", 2)


def test_a_dangling_link_counts_as_taken(tmp_path):
    (tmp_path / "a.erased.jpg").symlink_to(tmp_path / "nowhere.jpg")
    naming = Outputs().naming(InputPhoto(tmp_path / "a.jpg"))

    written = Outputs().write(naming.result(".jpg"), lambda path, overwrite: path.touch())

    assert written == (tmp_path / "a.erased-2.jpg", 2)


def test_a_place_that_cannot_be_written_to_is_found_before_the_network_runs(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(PhotoWriteError, match="no folder"):
        Outputs(OutputConfig(output=tmp_path / "file" / "deep")).naming(InputPhoto(tmp_path / "a.jpg"))
    with pytest.raises(PhotoWriteError, match="no folder"):
        Outputs(OutputConfig(output=tmp_path / "file" / "b.jpg"), is_file=True).naming(InputPhoto(tmp_path / "a.jpg"))


def test_links_to_folders_are_not_followed_and_linked_photos_are_taken_once(tmp_path, photos):
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "d.png").symlink_to(photos[0])

    found = find_photos([tmp_path])

    assert [photo.path.name for photo in found] == ["a.png", "b.png", "c.png"]


def test_graphics_memory_that_does_not_suffice_is_told_from_other_errors(monkeypatch):
    class OutOfMemoryError(RuntimeError):
        pass

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(OutOfMemoryError=OutOfMemoryError))

    found, other = as_error(OutOfMemoryError("CUDA out of memory.\nTried")), as_error(RuntimeError("a\nb"))

    assert isinstance(found, DeviceError)
    assert "--device cpu" in str(found)
    assert type(other) is EraserError
    assert "RuntimeError: a b" in str(other)
    assert as_error(found) is found


def test_only_a_person_who_is_not_there_is_an_expected_value_error():
    nobody, other = as_error(NobodyThereError("there is no person 3")), as_error(ValueError("odd shape"))

    assert str(nobody) == "there is no person 3"
    assert str(other).startswith("unexpected ValueError: odd shape")
    assert (nobody.exit_code, other.exit_code) == (1, 1)


def test_a_signal_while_a_run_that_ended_early_is_wound_up_is_heard_not_printed(engine, monkeypatch, photos):
    def prefetched(items, *stages):
        try:
            yield Outcome(path=photos[0], status="failed", error=EraserError("late"), ends_run=True)
        finally:
            raise Terminated(143)

    monkeypatch.setattr("eraser.batch.local.prefetched", prefetched)

    with pytest.raises(Terminated):
        list(LocalRun(PhotoProcessor(engine, Outputs(OutputConfig(), photos))).erase([]))


def test_an_error_that_only_a_plugin_knows_reaches_another_process():
    class CameraError(MaskerError):
        def __init__(self, camera, reason):
            super().__init__(f"{camera}: {reason}")

    there = pickle.loads(pickle.dumps(portable(CameraError("left", "dirty"))))
    own = DeviceError("no memory")

    assert (type(there), str(there)) == (MaskerError, "left: dirty")
    assert portable(own) is own
