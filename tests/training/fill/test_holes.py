import cv2
import numpy as np
import pytest
import torch

from eraser.errors import PhotoReadError
from eraser.training import holes
from eraser.training.shapes import FIELD_PX, load_shapes, signed_distance, threshold


@pytest.fixture(scope="module")
def bank():
    return load_shapes([])


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_holes_cover_5_to_45_percent_and_leave_context(bank):
    aspects = torch.linspace(0.5, 2.0, 200)

    drawn = holes.draw_holes(aspects, 64, bank, rng())

    area = drawn.mean(dim=(1, 2, 3))
    border = torch.cat([drawn[..., 0, :], drawn[..., -1, :], drawn[..., :, 0], drawn[..., :, -1]], dim=-1)
    assert drawn.shape == (200, 1, 64, 64)
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert area.min() >= 0.05
    assert area.max() <= 0.45
    assert border.mean(dim=(1, 2)).max() <= 0.5


def test_holes_are_of_many_sizes_and_none_is_like_another(bank):
    drawn = holes.draw_holes(torch.ones(64), 64, bank, rng())

    area = drawn.mean(dim=(1, 2, 3))
    assert area.max() > 2.5 * area.min()
    assert len(drawn.flatten(1).unique(dim=0)) == 64


def test_the_same_numbers_give_the_same_holes(bank):
    first, again, other = (holes.draw_holes(torch.ones(8), 64, bank, rng(seed)) for seed in (3, 3, 4))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_person_is_squeezed_as_the_crop_is(bank):
    def mean_height_by_width(aspect):
        ratios = []
        for hole in holes._draw_people(torch.full((100,), aspect), 128, rng(), bank=bank):
            rows, columns = hole[0].any(dim=1).sum(), hole[0].any(dim=0).sum()
            ratios.append(float(rows / columns))
        return float(np.median(ratios))

    assert mean_height_by_width(2.0) > 1.8 * mean_height_by_width(0.5)


def test_a_hole_without_context_is_no_good_one():
    whole, none = torch.ones(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    middle = torch.zeros(1, 1, 64, 64)
    middle[..., 20:44, 20:44] = 1

    assert holes.is_good_hole(torch.cat([whole, none, middle])).tolist() == [False, False, True]


def test_a_lower_threshold_draws_the_shape_grown_by_that_much():
    mask = np.zeros((200, 200), bool)
    mask[50:150, 80:120] = True

    field, (width, height) = signed_distance(mask)
    there = field >= 128
    grown = field >= float(threshold(torch.tensor(6 / FIELD_PX)))

    assert (height, width) == (64 / FIELD_PX, pytest.approx(26 / FIELD_PX))
    assert there.any(axis=1).sum() == 64
    assert grown.any(axis=1).sum() == pytest.approx(64 + 12, abs=1)
    assert grown.any(axis=0).sum() == pytest.approx(26 + 12, abs=1)


def test_a_shape_keeps_its_area(tmp_path):
    mask = np.zeros((60, 40), np.uint8)
    cv2.circle(mask, (20, 30), 15, 255, -1)
    cv2.imwrite(str(tmp_path / "disc.png"), mask)

    bank = load_shapes([tmp_path])

    share_of_its_box = np.count_nonzero(mask) / 31**2
    assert float(bank.areas[0]) == pytest.approx(share_of_its_box * (64 / FIELD_PX) ** 2, rel=0.03)


def test_empty_masks_are_skipped_and_a_folder_without_any_is_an_error(tmp_path):
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((9, 9), np.uint8))

    with pytest.raises(PhotoReadError, match="holds no mask"):
        load_shapes([tmp_path])


def test_shapes_come_from_the_cache_the_second_time_as_long_as_the_files_are_the_same(tmp_path, monkeypatch):
    folder, cache = tmp_path / "shapes", tmp_path / "cache"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.full((9, 5), 255, np.uint8))

    first = load_shapes([folder], cache)
    with monkeypatch.context() as patched:
        patched.setattr("eraser.training.shapes.signed_distance", None)
        second = load_shapes([folder], cache)
    cv2.imwrite(str(folder / "b.png"), np.full((5, 9), 255, np.uint8))
    third, none = load_shapes([folder], cache), load_shapes([], cache)

    assert torch.equal(first.fields, second.fields)
    assert len(third.fields) == 2
    assert len(none.fields) > 2
