"""A little data set of drawn people: a red body that stands before something grey."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from eraser.training.people.compose import Composer, Sources
from eraser.training.people.cutouts import load_cutouts
from eraser.training.people.photos import load_backgrounds, load_people
from eraser.training.people.settings import PeopleSettings

SETTINGS = PeopleSettings(
    arch="yolo11n-seg", size_px=(64,), cache_px=96, batch=2, steps=4, warmup_steps=1, validate_px=(64,)
)
BODY = (0.3, 0.1, 0.6, 0.1, 0.6, 0.95, 0.3, 0.95)
"""Outline of the person in every photo, x and y by turns, in parts of the photo."""


@pytest.fixture(autouse=True)
def one_thread():
    """So small pictures are only slowed down by more."""
    before, before_cv = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    yield
    torch.set_num_threads(before)
    cv2.setNumThreads(before_cv)


def write_photo(path, *, body=None, size=(80, 100), grey=90):
    picture = np.full((size[1], size[0], 3), grey, np.uint8)
    picture += np.random.default_rng(grey).integers(0, 20, picture.shape, dtype=np.uint8)
    if body is not None:
        points = np.array(body).reshape(-1, 2) * size
        cv2.fillPoly(picture, [points.astype(np.int32)], (220, 40, 40))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def write_label(path, *bodies):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"0 {' '.join(map(str, body))}\n" for body in bodies))


@pytest.fixture
def data(tmp_path):
    """A data set with two photos of one person and one of nobody, cut-outs, and two backgrounds."""
    folder = tmp_path / "people"
    for name, grey in (("town_1", 90), ("hall_1", 140)):
        write_photo(folder / "images" / f"{name}.png", body=BODY, grey=grey)
        write_label(folder / "labels" / f"{name}.txt", BODY)
    write_photo(folder / "images" / "hall_2.png", grey=30)
    write_label(folder / "labels" / "hall_2.txt")
    rgba = np.zeros((60, 20, 4), np.uint8)
    rgba[5:, 4:16] = (40, 200, 40, 255)
    (folder / "cutouts").mkdir()
    Image.fromarray(rgba).save(folder / "cutouts" / "green.png")
    for name in ("one", "two"):
        write_photo(tmp_path / "backgrounds" / "sea" / f"{name}.png", size=(120, 90))
    return tmp_path


@pytest.fixture
def sources(data, tmp_path):
    photos = load_people([data / "people"], None, tmp_path / "cache", 96)
    backgrounds = load_backgrounds([data / "backgrounds"], tmp_path / "cache", 96)
    return Sources(photos, backgrounds, load_cutouts([data / "people"], photos, tmp_path / "cache", 96))


@pytest.fixture
def composer(sources):
    return Composer(sources, SETTINGS)
