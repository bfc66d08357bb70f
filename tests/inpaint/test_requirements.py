import subprocess
import sys

import numpy as np
import pytest

from eraser.geometry import Box
from eraser.hole.crops import CropLimits
from eraser.inpaint.base import Fill
from eraser.inpaint.requirements import DEFAULT_REQUIREMENTS, Requirements, requirements_of
from eraser.inpaint.sizes import fill_crop
from eraser.pipeline import Tools, erase


class Near:
    """An inpainter that wants little context."""

    requirements = Requirements(crop=CropLimits(context=0.0, context_min_px=4))

    def __call__(self, image, hole):
        self.seen = image.shape
        return Fill(image)


def test_a_plain_function_wants_the_defaults():
    assert requirements_of(lambda image, hole: Fill(image)) is DEFAULT_REQUIREMENTS


def test_crops_are_cut_as_the_inpainter_wants_them():
    photo, mask, inpainter = np.zeros((200, 200, 3), np.uint8), np.zeros((200, 200), np.bool_), Near()
    mask[Box(80, 60, 120, 100).slices] = True

    erase(photo, Tools(None, inpainter), mask=mask)

    assert inpainter.seen == (48, 48, 3)


class Sized:
    """An inpainter that fills with 77 and writes down the sizes that it is given."""

    def __init__(self, **wants):
        self.requirements = Requirements(**wants)

    def __call__(self, image, hole):
        self.seen, self.hole = image.shape, hole
        filled = image.copy()
        filled[hole] = 77
        return Fill(filled)


@pytest.mark.parametrize(
    ("wants", "seen"),
    [({"fixed_side": 64}, (64, 64, 3)), ({"side_multiple": 8}, (56, 96, 3)), ({}, (50, 90, 3))],
)
def test_a_crop_comes_at_the_size_that_is_wanted_and_goes_back_at_its_own(wants, seen):
    image, hole = np.full((50, 90, 3), 200, np.uint8), np.zeros((50, 90), np.bool_)
    hole[10:40, 20:70] = True
    image[hole] = 0
    inpainter = Sized(**wants)

    fill = fill_crop(inpainter, image, hole, "sized")

    assert inpainter.seen == seen
    assert fill.image.shape == (50, 90, 3)
    assert (fill.image[15:35, 25:65] == 77).all()
    assert (fill.image[:5] == 200).all()


def test_no_rim_of_the_hole_passes_for_known_in_a_smaller_square():
    image, hole = np.full((300, 300, 3), 200, np.uint8), np.zeros((300, 300), np.bool_)
    hole[101:199, 101:199] = True
    image[hole] = 0
    inpainter = Sized(fixed_side=64)

    fill_crop(inpainter, image, hole, "sized")

    rows = np.flatnonzero(inpainter.hole.any(axis=1))
    assert rows[0] * 300 / 64 <= 101
    assert (rows[-1] + 1) * 300 / 64 >= 199


def test_a_plugin_of_numpy_alone_imports_no_torch(tmp_path):
    (tmp_path / "grey.py").write_text(
        "import numpy as np\nfrom eraser import Fill, Person\n"
        "def load_inpainter(context):\n"
        "    return lambda image, hole: Fill(np.where(hole[..., None], np.uint8(7), image))\n"
    )
    (tmp_path / "box.py").write_text(
        "import numpy as np\nfrom eraser import Person\n"
        "def load_masker(context):\n"
        "    return lambda image: [Person((5, 5, 15, 15), np.ones((10, 10), np.bool_))]\n"
    )
    code = (
        "import sys, numpy as np\nfrom pathlib import Path\nfrom eraser import Engine, ModelConfig\n"
        f"engine = Engine(ModelConfig(masker='box', inpainter='grey'), plugins=(Path({str(tmp_path)!r}),))\n"
        "result = engine.erase(np.full((40, 40, 3), 90, np.uint8))\n"
        "assert result.changed and engine.device_used == 'cpu'\n"
        "assert not {'torch', 'ultralytics'} & set(sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
