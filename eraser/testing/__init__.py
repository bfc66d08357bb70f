"""For authors of plugins: what is promised to the rest of erase-me, as a test.

    from pathlib import Path
    from eraser.testing import check_masker

    def test_the_masker_keeps_its_promises():
        check_masker(Path("hats.py"))

It needs no pytest.
"""

from eraser.testing.inpainter import check_inpainter
from eraser.testing.masker import check_masker

__all__ = ["check_inpainter", "check_masker"]
