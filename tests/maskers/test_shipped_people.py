"""The weights that come with erase-me, through the whole product, on photos that are not part of the project."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eraser.config import ModelConfig
from eraser.engine import Engine
from eraser.geometry import Box
from eraser.photo import load

DATA = Path(os.environ.get("ERASER_DATA", "nowhere")) / "val"
NOBODY = (
    "dogs_*",
    "clothing*",
    "sun_*",
    "iceland_*",
    "ikea_*",
    "labelmefacade_*",
)


@pytest.fixture(scope="module")
def engine():
    return Engine(ModelConfig(people_weights="people", device="cpu"), plugins=())


def iou(one, other):
    both = one.intersect(other)
    shared = 0 if both.is_empty() else both.width * both.height
    return shared / (one.width * one.height + other.width * other.height - shared)


@pytest.mark.skipif(not (DATA / "nobody").is_dir(), reason="needs the photos of $ERASER_DATA/val/nobody")
def test_on_a_dozen_photos_without_people_at_most_one_gets_a_hole(engine):
    # The aim is none; the weights before these found somebody on most of them.
    photos = [path for pattern in NOBODY for path in sorted((DATA / "nobody").glob(f"{pattern}.webp"))[:2]]

    found = {path.name: len(engine.find(load(path))) for path in photos}

    assert len(found) == 12
    assert sum(map(bool, found.values())) <= 1, found


def test_on_the_street_photo_of_ultralytics_all_four_people_are_found_and_nothing_on_the_bus(engine):
    import importlib.util

    package = Path(importlib.util.find_spec("ultralytics").origin).parent
    people = engine.find(np.asarray(Image.open(package / "assets" / "bus.jpg").convert("RGB")))

    standing = (Box(50, 400, 245, 903), Box(223, 405, 344, 860), Box(669, 380, 809, 880))
    half_outside = Box(0, 550, 75, 895)
    assert all(any(iou(person.box, box) > 0.7 for person in people) for box in standing)
    assert any(iou(person.box, half_outside) > 0.5 for person in people)
    known = (*standing, half_outside)
    assert all(any(iou(person.box, box) > 0.25 for box in known) for person in people)
