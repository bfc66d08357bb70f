import cv2
import numpy as np
import pytest
import torch

from eraser.errors import PhotoReadError
from eraser.training.validate import (
    CONTEXTS,
    ValidationCrops,
    baselines,
    crop_to_square,
    load_validation,
    measure,
)


@pytest.fixture
def crops():
    """Two horizontal ramps with a hole in the middle."""
    ramp = torch.linspace(-0.8, 0.8, 64).view(1, 1, 1, 64).expand(2, 3, 64, 64).contiguous()
    holes = torch.zeros(2, 1, 64, 64)
    holes[..., 24:40, 24:40] = 1
    return ValidationCrops(ramp, holes)


def test_the_truth_has_no_error_and_the_known_part_does_not_count(crops):
    truth = measure(lambda pictures, holes: pictures, crops)
    spoilt_outside = measure(lambda pictures, holes: torch.where(holes > 0, pictures, -1.0), crops)

    assert (truth.l1, truth.low_mse) == (0, 0)
    assert spoilt_outside == truth


def test_a_constant_error_is_stated_in_units_of_pictures_from_0_to_1(crops):
    figures = measure(lambda pictures, holes: pictures + 0.2, crops)

    assert figures.l1 == pytest.approx(0.1, rel=1e-4)
    assert figures.psnr == pytest.approx(20, abs=0.01)
    assert figures.low_mse == pytest.approx(0.01, rel=1e-3)
    assert figures.low_psnr == pytest.approx(20, abs=0.01)


def test_fine_detail_does_not_count_as_low_frequency_error(crops):
    checks = torch.tensor([[0.2, -0.2], [-0.2, 0.2]]).repeat(32, 32)

    figures = measure(lambda pictures, holes: pictures + checks, crops)

    assert figures.l1 == pytest.approx(0.1, rel=1e-3)
    assert figures.low_mse == pytest.approx(0, abs=1e-6)


def test_a_membrane_continues_a_ramp(crops):
    filled = baselines()["smooth"](crops.pictures.where(crops.holes == 0, 0.9), crops.holes)

    assert (filled - crops.pictures).abs().max() < 0.02


def test_every_baseline_fills_a_flat_picture_and_sees_nothing_of_the_hole(crops):
    secret = torch.where(crops.holes > 0, 1.0, torch.full_like(crops.pictures, -0.2))

    for name, complete in baselines().items():
        filled = complete(secret, crops.holes)
        assert (filled + 0.2).abs().max() < 0.03, name


def test_a_square_pixel_is_hole_as_soon_as_any_of_the_hole_falls_into_it():
    truth = np.zeros((200, 300, 3), np.uint8)
    hole = np.zeros((200, 300), bool)
    hole[60:130, 100:131] = True
    truth[hole] = 255

    picture, square_hole = crop_to_square(truth, hole, 1.0, 64)

    assert picture.shape == (3, 64, 64)
    assert float(picture[:, square_hole[0] == 0].max()) < -0.9


def test_crops_are_loaded_with_every_width_of_context(tmp_path):
    for folder in ("truth", "mask"):
        (tmp_path / folder).mkdir()
    mask = np.zeros((90, 120), np.uint8)
    mask[40:60, 50:60] = 255
    cv2.imwrite(str(tmp_path / "truth" / "a.png"), np.full((90, 120, 3), 70, np.uint8))
    cv2.imwrite(str(tmp_path / "mask" / "a.png"), mask)

    crops = load_validation(tmp_path, 64)

    areas = crops.holes.mean(dim=(1, 2, 3)).tolist()
    assert len(crops) == len(CONTEXTS)
    assert areas == sorted(areas, reverse=True)


def test_a_photo_without_its_mask_is_an_error(tmp_path):
    (tmp_path / "truth").mkdir()
    cv2.imwrite(str(tmp_path / "truth" / "a.png"), np.zeros((9, 9, 3), np.uint8))

    with pytest.raises(PhotoReadError, match="no mask"):
        load_validation(tmp_path, 64)
    with pytest.raises(PhotoReadError, match="no photos"):
        load_validation(tmp_path / "truth", 64)
