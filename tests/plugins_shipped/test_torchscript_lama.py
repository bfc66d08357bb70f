import warnings

import numpy as np
import pytest
import torch

from eraser.errors import InpainterError, InpainterOptionError, WeightsError, WeightsMismatchError, WeightsNotFoundError
from eraser.testing import check_inpainter

IMAGE = np.random.default_rng(0).integers(0, 256, (21, 30, 3), np.uint8)
HOLE = np.zeros((21, 30), bool)
HOLE[6:14, 8:19] = True


class FillWithMean(torch.nn.Module):
    """Takes [0, 1] and 1 = hole, as LaMa does, and wants multiples of 8; fills with 0.25."""

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        if image.shape[2] % 8 != 0 or image.shape[3] % 8 != 0 or image.min() < 0 or image.max() > 1:
            raise ValueError("not as LaMa wants it")
        return image * (1 - mask) + 0.25 * mask


class Shout(torch.nn.Module):
    """Takes [-1, 1] and 1 = known, fills with 1; gives a tuple of which the first counts."""

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if image.min() >= 0 or image.max() > 1:
            raise ValueError("not in -1 to 1")
        return image * mask + (1 - mask), mask


class Half(torch.nn.Module):
    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return image[:, :, ::2, ::2]


class Lost(torch.nn.Module):
    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return image / mask.max() * float("nan")


@pytest.fixture
def saved(tmp_path):
    def save(module):
        path = tmp_path / f"{type(module).__name__}.pt"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            torch.jit.script(module).save(path)
        return path

    return save


def test_a_model_like_lama_fills_the_hole_at_any_size(saved, load):
    inpainter = load("torchscript_lama", model=saved(FillWithMean()))

    check_inpainter(inpainter)
    [fill] = check_inpainter(inpainter, crops=[(IMAGE, HOLE)])

    assert (fill.image[HOLE] == 64).all()
    assert np.array_equal(fill.image[~HOLE], IMAGE[~HOLE])
    assert len(inpainter.weights_sha256) == 64


def test_value_ranges_and_the_meaning_of_the_mask_are_options(saved, load):
    options = {"input": "-1..1", "output": "-1..1", "mask_is": "known"}

    fill = load("torchscript_lama", model=saved(Shout()), **options)(IMAGE, HOLE)

    assert (fill.image[HOLE] == 255).all()
    assert np.abs(fill.image[~HOLE].astype(int) - IMAGE[~HOLE]).max() <= 1


def test_what_was_under_the_hole_never_reaches_the_model(saved, load):
    inpainter = load("torchscript_lama", model=saved(FillWithMean()))
    other = IMAGE.copy()
    other[HOLE] = 255 - other[HOLE]

    assert np.array_equal(inpainter(IMAGE, HOLE).image, inpainter(other, HOLE).image)


def test_small_crops_are_padded_to_the_least_side(load, monkeypatch, saved):
    inpainter = load("torchscript_lama", model=saved(FillWithMean()), min_px=64)
    seen = []
    real = inpainter._model.run
    object.__setattr__(inpainter._model, "run", lambda picture, mask: seen.append(mask) or real(picture, mask))

    fill = inpainter(IMAGE, HOLE)

    assert seen[0].shape == (1, 1, 64, 64)
    assert np.array_equal(seen[0][0, 0, :21, :30] > 0, HOLE)
    assert fill.image.shape == IMAGE.shape


def test_a_model_of_one_size_is_given_that_size(saved, load):
    flat = np.full_like(IMAGE, 200)

    fill = load("torchscript_lama", model=saved(FillWithMean()), size_px=64)(flat, HOLE)

    assert fill.image.shape == IMAGE.shape
    assert (fill.image[9:11, 11:16] == 64).all()
    assert np.abs(fill.image[:3].astype(int) - 200).max() <= 1


@pytest.mark.parametrize(("module", "message"), [(Half(), r"gave back \(1, 3, 12, 16\)"), (Lost(), "NaN")])
def test_a_model_that_gives_back_something_else_is_named(module, message, saved, load):
    with pytest.raises(InpainterError, match=message):
        load("torchscript_lama", model=saved(module))(IMAGE, HOLE)


def test_an_onnx_model_says_itself_what_it_wants(tmp_path, load, onnx_model):
    pytest.importorskip("onnxruntime")
    # As MI-GAN's pipeline: bytes, any size, the known part set. min(image, mask) is black in the hole.
    path = tmp_path / "pipeline.onnx"
    path.write_bytes(onnx_model("Min", np.uint8, mask_first=True))

    fill = load("torchscript_lama", model=path, mask_is="known", multiple=1)(IMAGE, HOLE)

    assert (fill.image[HOLE] == 0).all()
    assert np.array_equal(fill.image[~HOLE], IMAGE[~HOLE])


def test_an_onnx_model_of_a_fixed_size_is_given_that_size(tmp_path, load, onnx_model):
    pytest.importorskip("onnxruntime")
    path = tmp_path / "fixed.onnx"
    path.write_bytes(onnx_model("Add", np.float32, side=32))

    fill = load("torchscript_lama", model=path)(np.full_like(IMAGE, 80), HOLE)

    assert fill.image.shape == IMAGE.shape
    assert (fill.image[9:11, 11:16] == 255).all()


def test_a_damaged_onnx_file_is_refused_by_name(tmp_path, load):
    pytest.importorskip("onnxruntime")
    (tmp_path / "damaged.onnx").write_bytes(b"nonsense")

    with pytest.raises(WeightsMismatchError, match=r"damaged.onnx"):
        load("torchscript_lama", model=tmp_path / "damaged.onnx")


def test_files_that_are_no_models_are_refused_by_name(tmp_path, load):
    torch.save({"weight": torch.zeros(3)}, tmp_path / "pickle.pt")
    (tmp_path / "model.h5").touch()

    with pytest.raises(WeightsMismatchError, match=r"pickle.pt is no TorchScript"):
        load("torchscript_lama", model=tmp_path / "pickle.pt")
    with pytest.raises(WeightsError, match=r"\.pt \(TorchScript\) or \.onnx"):
        load("torchscript_lama", model=tmp_path / "model.h5")
    with pytest.raises(WeightsNotFoundError, match=r"torchscript_lama: there is no model .*nowhere\.pt"):
        load("torchscript_lama", model=tmp_path / "nowhere.pt")
    with pytest.raises(InpainterError, match="--inpainter-option model=FILE"):
        load("torchscript_lama")


def test_options_that_make_no_sense_are_refused(load):
    with pytest.raises(InpainterOptionError, match="multiple"):
        load("torchscript_lama", model="x.pt", multiple=0)
    with pytest.raises(InpainterOptionError, match="hole, known"):
        load("torchscript_lama", model="x.pt", mask_is="maybe")
