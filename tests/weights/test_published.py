import os
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.networks.checkpoint import _published_names
from eraser.networks.generator import GeneratorParams, PENNetGenerator
from eraser.system.paths import weights_dir
from eraser.toolbox import app
from eraser.weights import (
    WeightsEntry,
    find,
    hash_file,
    import_published,
    read_manifest,
    read_metadata,
    register,
)


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path / "own"))


@pytest.fixture(scope="module")
def published():
    """The authors' names with tensors of the right shapes, each of one random number: with and without heads."""

    def published(torgb=True):
        with torch.device("meta"):
            shapes = PENNetGenerator(GeneratorParams(torgb=torgb)).state_dict()
        rng = torch.Generator().manual_seed(1)
        numbers = {new: float(torch.rand((), generator=rng)) for new in shapes}
        # One number stands for all of a tensor, in the file too: small files, quick tests.
        return {
            old: torch.tensor(numbers[new]).expand(shapes[new].shape)
            for old, new in _published_names(torgb=torgb).items()
        }

    return published


@pytest.fixture
def saved(tmp_path):
    def saved(content, name="gen_00050.pth", **options):
        torch.save(content, tmp_path / name, **options)
        return tmp_path / name

    return saved


def nothing_was_written():
    return not weights_dir().exists() or list(weights_dir().iterdir()) == []


@pytest.mark.parametrize("torgb", [True, False])
@pytest.mark.parametrize(
    "wrap", [lambda s: {"netG": s}, lambda s: s, lambda s: {f"module.{k}": v for k, v in s.items()}]
)
def test_an_imported_checkpoint_bears_our_names_and_the_authors_numbers(published, saved, torgb, wrap):
    theirs = published(torgb)

    path = import_published(saved(wrap(theirs)), "places2")

    ours = load_file(path)
    renames = _published_names(torgb=torgb)
    assert path == weights_dir() / "places2.safetensors"
    assert ours.keys() == set(renames.values())
    assert all(torch.equal(ours[renames[old]], tensor) for old, tensor in theirs.items())
    assert {tensor.dtype for tensor in ours.values()} == {torch.float32}
    assert read_metadata(path).items() >= {"arch": "pennet", "attention": "published", "size_px": "256"}.items()


def test_imported_weights_are_pinned_and_found_by_their_name(published, saved):
    path = import_published(saved({"netG": published()}), "places2")

    file = find("places2", "fill")
    assert (file.path, file.sha256, file.trusted) == (path, hash_file(path), True)
    assert "PEN-Net" in read_manifest()["places2"].source
    assert read_manifest()["places2"].licence == "MIT"
    assert sorted(path.name for path in weights_dir().iterdir()) == ["manifest.toml", "places2.safetensors"]


def test_any_name_will_do_and_a_second_import_replaces_the_first(published, saved):
    import_published(saved(published(torgb=True)), "my-own.1")
    path = import_published(saved(published(torgb=False)), "my-own.1")

    assert find("my-own.1", "fill").path == path
    assert not any(name.startswith("torgb") for name in load_file(path))


def test_old_files_that_are_no_zip_are_read_too(published, saved):
    assert import_published(saved({"netG": published()}, _use_new_zipfile_serialization=False), "dtd").is_file()


@pytest.mark.parametrize("name", ["../evil", "", "a b", "x.pth", "people", "yolo11n-seg", "nets"])
def test_a_name_that_cannot_be_used_is_refused_before_anything_is_written(published, saved, name):
    register(WeightsEntry(name="nets", kind="people", file="nets.onnx", licence="MIT", source="me"))

    with pytest.raises(WeightsError, match="name"):
        import_published(saved(published()), name)
    assert [path.name for path in weights_dir().iterdir()] == ["manifest.toml"]


def test_every_missing_extra_and_misshapen_key_is_told(published, saved):
    state = published()
    del state["dw_conv01.0.bias"], state["torgb3.0.weight"]
    state["netD.0.weight"] = torch.zeros(1)

    with pytest.raises(WeightsMismatchError) as told:
        import_published(saved(state), "x")
    for name in ("dw_conv01.0.bias", "torgb3.0.weight", "netD.0.weight", "gen_00050.pth"):
        assert name in str(told.value)

    state = published() | {"decoder.2.bias": torch.zeros(4)}
    with pytest.raises(WeightsMismatchError, match=r"decoder.2.bias \(4,\) instead of \(3,\)"):
        import_published(saved(state), "x")
    assert nothing_was_written()


@pytest.mark.parametrize("content", [{"netG": [1, 2]}, [torch.zeros(3)], {"netG": {"a": 3}}, {"netD": {}}, 7, {}])
def test_what_is_no_state_dict_of_a_generator_is_refused(saved, content):
    with pytest.raises(WeightsMismatchError):
        import_published(saved(content), "x")
    assert nothing_was_written()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_checkpoint_is_refused_and_leaves_nothing(saved, published, zipped, share):
    path = saved({"netG": published()}, _use_new_zipfile_serialization=zipped)
    os.truncate(path, int(path.stat().st_size * share))

    with pytest.raises(WeightsMismatchError, match=r"gen_00050.pth"):
        import_published(path, "x")
    assert nothing_was_written()


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("how", ["torch", "old torch", "pickle"])
def test_code_in_a_pickle_is_never_run(tmp_path, saved, published, how):
    content = {"netG": published(), "extra": Bomb(str(tmp_path / "ran"))}
    if how == "pickle":
        path = tmp_path / "gen.pth"
        path.write_bytes(pickle.dumps({"extra": Bomb(str(tmp_path / "ran"))}))
    else:
        path = saved(content, _use_new_zipfile_serialization=how == "torch")

    with pytest.raises(WeightsMismatchError, match="nothing in it was run"):
        import_published(path, "x")
    assert not (tmp_path / "ran").exists()
    assert nothing_was_written()


def test_undefined_numbers_are_refused(saved, published):
    with pytest.raises(WeightsMismatchError, match=r"undefined numbers, in picture.1.bias"):
        import_published(saved(published() | {"decoder.2.bias": torch.tensor([0.0, float("nan"), 0.0])}), "x")


def test_a_file_that_is_not_there_a_folder_and_a_full_disk_are_one_line_each(saved, published, tmp_path, monkeypatch):
    with pytest.raises(WeightsNotFoundError, match="no file"):
        import_published(tmp_path / "none.pth", "x")
    with pytest.raises(WeightsError, match="is no file"):
        import_published(tmp_path, "x")
    path = saved(published())

    def fail(*args):
        save_file({"half": torch.zeros(3)}, args[1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", fail)
    with pytest.raises(WeightsError, match=r"cannot write .*x.safetensors: No space left"):
        import_published(path, "x")
    assert nothing_was_written()


def test_the_command_prints_the_path_of_what_it_made(saved, published):
    done = CliRunner().invoke(app, ["weights", "import", str(saved({"netG": published()})), "--name", "facade"])

    assert (done.exit_code, done.stdout) == (0, f"{weights_dir() / 'facade.safetensors'}\n")
