"""LaMa and MI-GAN, played by tiny networks that are called in the same way."""

import warnings

import numpy as np
import pytest
import torch

from eraser.config import ModelConfig
from eraser.engine import load_inpainter
from eraser.errors import WeightsError, WeightsNotFoundError
from eraser.inpaint import exported, patches
from eraser.inpaint.prior import ExportedPrior
from eraser.testing import check_inpainter
from eraser.weights import WeightsEntry, hash_file, register

RAMP = np.broadcast_to(np.linspace(20, 220, 60)[None, :, None], (50, 60, 3)).astype(np.uint8)
HOLE = np.zeros((50, 60), bool)
HOLE[20:34, 22:40] = True


class LikeLama(torch.nn.Module):
    """Takes [0, 1] and 1 = hole, sides in multiples of 8; fills with a quarter, as composited as LaMa's answers."""

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        if image.shape[2] % 8 != 0 or image.shape[3] % 8 != 0 or image.max() > 1 or mask.max() > 1:
            raise ValueError("not as LaMa wants it")
        return image * (1 - mask) + 0.25 * mask


@pytest.fixture
def lama(tmp_path, monkeypatch):
    """The weights ``lama`` are here, and pinned."""
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path))
    path = tmp_path / "big-lama.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        torch.jit.script(LikeLama()).save(path)
    about = {"kind": "fill", "licence": "MIT", "source": "a test", "url": "https://weights.invalid/big-lama.pt"}
    register(WeightsEntry(name="lama", file=path.name, sha256=hash_file(path), **about))
    return path


def test_lama_alone_fills_the_hole(lama):
    inpainter = load_inpainter(ModelConfig(inpainter="lama", device="cpu"))

    fill = inpainter(RAMP, HOLE)

    assert len(check_inpainter(inpainter)) == 4
    assert (fill.image[HOLE] == 64).all()
    np.testing.assert_array_equal(fill.image[~HOLE], RAMP[~HOLE])
    assert (inpainter.weights_name, inpainter.weights_sha256) == ("lama", hash_file(lama))


def test_lama_leads_the_patch_search_down_to_the_finest_level(lama, monkeypatch):
    seen = {}
    monkeypatch.setattr(patches, "transfer", lambda image, hole, **options: seen.update(options))

    load_inpainter(ModelConfig(inpainter="guided", fill_weights="lama", device="cpu"))(RAMP, HOLE)

    assert (seen["prior"][HOLE] == 64).all()
    np.testing.assert_array_equal(seen["prior"][~HOLE], RAMP[~HOLE])
    assert (seen["confidence"] == 1).all()
    assert seen["params"].pull_until == ExportedPrior.pull_until < 0.2


def test_guided_by_lama_copies_known_pixels(lama):
    fill = load_inpainter(ModelConfig(inpainter="guided", fill_weights="lama", device="cpu"))(RAMP, HOLE)

    assert fill.offsets is not None
    np.testing.assert_array_equal(fill.image[~HOLE], RAMP[~HOLE])


def test_a_network_that_blends_the_rim_is_given_a_larger_hole():
    seen = []

    def run(picture, mask):
        seen.append((picture, mask))
        return picture

    model = exported.Model(run, is_bytes=(True, True))
    exported.ExportedInpainter(model, exported.CONVENTIONS["migan"], "migan", "")(RAMP, HOLE)

    [(picture, mask)] = seen
    assert (picture.dtype, mask.dtype) == (np.uint8, np.uint8)
    hole = mask[0, 0] == 0  # MI-GAN: 255 is known
    assert set(np.unique(mask)) == {0, 255}
    assert hole[20 - 4, 30]
    assert not hole[20 - 5, 30]
    assert (picture[0].transpose(1, 2, 0)[hole] == 0).all()


@pytest.mark.parametrize("config", [{"inpainter": "lama"}, {"inpainter": "guided", "fill_weights": "migan"}])
def test_without_a_network_and_without_the_weights_the_error_says_how_to_get_them(config, tmp_path, monkeypatch):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path))

    with pytest.raises(WeightsNotFoundError, match="run `eraser weights fetch"):
        load_inpainter(ModelConfig(device="cpu", **config))


def test_weights_that_an_inpainter_cannot_run_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("ERASER_WEIGHTS", str(tmp_path))

    with pytest.raises(WeightsError, match="lama cannot run places2"):
        load_inpainter(ModelConfig(inpainter="lama", fill_weights="places2", device="cpu"))
    with pytest.raises(WeightsError, match="lama is no PEN-Net generator: take --inpainter lama"):
        load_inpainter(ModelConfig(inpainter="generator", fill_weights="lama", device="cpu"))
