import hashlib
import pickle

import pytest
import torch
from safetensors.torch import save_file

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.weights import WeightsEntry, find, read_metadata, read_state, register


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("ERASER_WEIGHTS", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


def add(folder, name, content=b"weights", *, kind="people", suffix=".safetensors", sha256="right", url=None):
    """A file in the person's folder and its manifest entry; returns the file."""
    path = folder / f"{name}{suffix}"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest() if sha256 == "right" else sha256
    register(WeightsEntry(name=name, kind=kind, file=path.name, url=url, sha256=digest, licence="MIT", source="a test"))
    return path


def test_the_default_weights_are_shipped_and_trusted():
    found = find("people", "people")

    assert found.path.name == "people.safetensors"
    assert found.trusted
    assert found.sha256 == found.entry.sha256 == hashlib.sha256(found.path.read_bytes()).hexdigest()


def test_the_default_weights_hold_one_class_and_say_what_they_are():
    path = find("people", "people").path

    facts = read_metadata(path)
    assert (facts["arch"], facts["names"], facts["licence"]) == (
        "efficientnet-lite0-yolo11n-seg-verified",
        '["person"]',
        "AGPL-3.0-or-later",
    )
    assert int(facts["imgsz"]) % 32 == 0
    assert 0 < float(facts["min_score"]) < 1
    state = read_state(path)
    assert {tensor.dtype for tensor in state.values()} == {torch.float16, torch.int64}
    assert all(tensor.isfinite().all() for tensor in state.values())


def test_a_file_changed_after_it_was_fetched_is_refused_at_the_next_load(own):
    path = add(own, "mine")
    assert find("mine", "people").trusted

    path.write_bytes(b"weightz")

    with pytest.raises(WeightsMismatchError, match="damaged or exchanged"):
        find("mine", "people")


def test_weights_that_are_not_here_come_with_the_command_that_gets_them(own):
    add(own, "mine", url="https://example.org/mine.safetensors").unlink()

    with pytest.raises(WeightsNotFoundError, match=r"run `eraser weights fetch mine`$"):
        find("mine", "people")
    add(own, "unpinned", url="https://example.org/unpinned.safetensors", sha256=None).unlink()
    with pytest.raises(WeightsNotFoundError, match=r"run `eraser weights fetch unpinned --sha256 HEX`"):
        find("unpinned", "people")
    with pytest.raises(WeightsNotFoundError, match=r"by hand from https://.*import FILE --name places2`"):
        find("places2", "fill")


def test_an_unknown_name_is_answered_with_near_ones_of_that_kind():
    with pytest.raises(WeightsNotFoundError, match=r"did you mean .*yolo11n-seg"):
        find("yolo11-seg", "people")
    with pytest.raises(WeightsNotFoundError, match="did you mean places2"):
        find("places", "fill")
    with pytest.raises(WeightsNotFoundError, match="there are fill, lama, lama-onnx, migan"):
        find("people2", "fill")


def test_weights_for_something_else_are_refused():
    with pytest.raises(WeightsError, match="people are weights for finding people, not for filling"):
        find("people", "fill")


def test_a_pinned_pickle_is_allowed_by_name_and_an_unpinned_one_only_when_trusted(own):
    add(own, "pinned", suffix=".pt")
    add(own, "loose", suffix=".pt", sha256=None)

    assert find("pinned", "people").trusted
    with pytest.raises(WeightsError, match="nobody has pinned"):
        find("loose", "people")
    assert not find("loose", "people", trust_pickle=True).trusted


@pytest.mark.parametrize("suffix", [".pt", ".PTH"])
@pytest.mark.parametrize("kind", ["people", "fill"])
def test_a_pickle_by_path_is_refused_with_the_reason_unless_trusted(tmp_path, suffix, kind):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"anything")

    with pytest.raises(WeightsError, match=r"can run any code.*--trust-pickle"):
        find(str(path), kind)
    assert find(str(path), kind, trust_pickle=True).path == path


@pytest.mark.parametrize("suffix", [".safetensors", ".onnx", ".tflite"])
def test_a_safe_file_by_path_is_taken_as_it_is_but_not_called_trusted(tmp_path, suffix):
    (tmp_path / f"model{suffix}").write_bytes(b"anything")

    found = find(f"./model{suffix}", "people")

    assert (found.name, found.trusted, found.entry) == (f"model{suffix}", False, None)
    assert found.sha256 == hashlib.sha256(b"anything").hexdigest()


def test_paths_that_are_no_weights_files_are_told_apart(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"x")
    (tmp_path / "dir.onnx").mkdir()
    (tmp_path / "model.onnx").write_bytes(b"x")

    with pytest.raises(WeightsNotFoundError, match="the name of those weights is yolo11n-seg"):
        find("yolo11n-seg.pt", "people")
    with pytest.raises(WeightsNotFoundError, match="there is no weights file gone/model"):
        find("gone/model", "people")
    for path, kind in (("./photo.jpg", "people"), ("dir.onnx", "people"), ("model.onnx", "fill")):
        with pytest.raises(WeightsError, match="no weights file for"):
            find(path, kind)


def test_a_safetensors_file_comes_back_with_dtypes_and_metadata(tmp_path):
    state = {"a": torch.arange(6, dtype=torch.float16).reshape(2, 3), "n": torch.tensor(3)}
    save_file(state, tmp_path / "s.safetensors", metadata={"arch": "x"})
    save_file(state, tmp_path / "bare.safetensors")

    read = read_state(tmp_path / "s.safetensors")

    assert read.keys() == state.keys()
    assert all(torch.equal(read[key], state[key]) and read[key].dtype == state[key].dtype for key in state)
    assert read_metadata(tmp_path / "s.safetensors") == {"arch": "x"}
    assert read_metadata(tmp_path / "bare.safetensors") == {}


@pytest.mark.parametrize("read", [read_state, read_metadata])
def test_nothing_but_whole_safetensors_files_are_read_and_no_pickle_runs(tmp_path, read):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    save_file({"a": torch.zeros(1000)}, tmp_path / "whole")
    cut, pickled, empty = (tmp_path / name for name in ("cut", "pickled", "empty"))
    cut.write_bytes((tmp_path / "whole").read_bytes()[:-100])
    pickled.write_bytes(pickle.dumps(Trap()))
    empty.touch()

    for path in (cut, pickled, empty):
        with pytest.raises(WeightsMismatchError, match=path.name):
            read(path)
    with pytest.raises(WeightsNotFoundError):
        read(tmp_path / "gone")
    assert not (tmp_path / "sprung").exists()
