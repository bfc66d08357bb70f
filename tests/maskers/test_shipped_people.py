"""The weights that come with erase-me, through the whole product, on photos that are not part of the project."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eraser.config import ModelConfig
from eraser.engine import Engine
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


@pytest.mark.skipif(not (DATA / "nobody").is_dir(), reason="needs the photos of $ERASER_DATA/val/nobody")
def test_on_photos_without_people_there_is_no_hole(engine):
    photos = [path for pattern in NOBODY for path in sorted((DATA / "nobody").glob(f"{pattern}.webp"))[:2]]

    found = {path.name: len(engine.find(load(path))) for path in photos}

    assert len(found) == 12
    assert {name: count for name, count in found.items() if count} == {}


def test_on_the_street_photo_of_ultralytics_four_people_are_found_and_nothing_on_the_bus(engine):
    import importlib.util

    package = Path(importlib.util.find_spec("ultralytics").origin).parent
    people = engine.find(np.asarray(Image.open(package / "assets" / "bus.jpg").convert("RGB")))

    middles = [((p.box.x0 + p.box.x1) / 2, p.box.y1) for p in people]
    assert len(people) == 4
    assert all(bottom > 700 for _, bottom in middles)  # they stand in front of the bus; it ends above
