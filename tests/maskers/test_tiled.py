import numpy as np
import pytest

from eraser.geometry import Box, Person
from eraser.maskers.detection import Detection
from eraser.maskers.tiled import TiledMasker, detect_in_views

PHOTO = np.zeros((2000, 2600, 3), np.uint8)
PHOTO[300:700, 500:700] = 255  # somebody


class WhiteDetector:
    """A detector of a few lines, as a plugin may bring it: whatever is white is a person."""

    def __init__(self, label="person"):
        self.label = label
        self.parts = []

    def detect(self, view, /, *, is_part):
        self.parts.append(is_part)
        white = view[..., 0] > 127
        return [Detection.of(Person.from_mask(white, 0.9), self.label)] if white.any() else []


def test_a_detector_of_a_few_lines_becomes_a_masker_with_tiles():
    detector = WhiteDetector()

    (person,) = TiledMasker(detector)(PHOTO)

    assert person.box == (500, 300, 700, 700)
    assert person.mask.all()
    assert detector.parts == [False, *[True] * 6]


def test_detections_of_tiles_lie_where_they_are_in_the_photo():
    found = detect_in_views(PHOTO, WhiteDetector())

    assert [detection.box for detection in found] == [Box(500, 300, 700, 700)] * 2


def test_what_a_tile_may_have_cut_is_neither_reported_nor_verified():
    photo = PHOTO.copy()
    photo[200:1800, 900:1300] = 255  # joins two rows of tiles
    verified = []

    def verifier(view, detections):
        verified.extend((view.shape, detection.box) for detection in detections)
        return detections

    found = detect_in_views(photo, WhiteDetector(), verifier)

    assert [detection.box for detection in found] == [Box(500, 200, 1300, 1800)]
    assert verified == [(photo.shape, Box(500, 200, 1300, 1800))]


def test_a_verifier_decides_who_remains():
    assert TiledMasker(WhiteDetector(), verifier=lambda view, detections: [])(PHOTO) == []


def test_things_that_nobody_carries_are_no_people():
    assert TiledMasker(WhiteDetector("dog"))(PHOTO) == []


@pytest.mark.parametrize("fast", [False, True])
def test_a_small_photo_is_one_view(fast):
    detector = WhiteDetector()

    TiledMasker(detector, fast=fast)(PHOTO[:1000, :1000])

    assert detector.parts == [False]


def test_the_weights_of_a_detector_are_reported():
    detector = WhiteDetector()
    detector.weights_name, detector.weights_sha256 = "white", "0" * 64

    masker = TiledMasker(detector)

    assert (masker.weights_name, masker.weights_sha256) == ("white", "0" * 64)
    assert TiledMasker(WhiteDetector()).weights_name is None


def test_the_seam_knows_no_torch():
    import subprocess
    import sys

    code = (
        "import sys, numpy as np\nfrom eraser import Person\n"
        "from eraser.maskers.tiled import TiledMasker\nfrom eraser.maskers.detection import Detection\n"
        "class All:\n"
        "    def detect(self, view, /, *, is_part):\n"
        "        return [Detection.of(Person.from_mask(view[..., 0] > 127))]\n"
        "assert len(TiledMasker(All())(np.full((64, 64, 3), 200, np.uint8))) == 1\n"
        "assert not {'torch', 'ultralytics'} & set(sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
