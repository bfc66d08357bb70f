"""Many photos, one after another, with networks loaded once. Nothing is printed here.

inputs      files and folders -> photos
outputs     a photo -> the names of what is written for it, and what happens when one is taken
outcome     what became of a photo
work        photos -> outcomes
"""

from eraser.batch.inputs import InputPhoto, find_photos, is_folder
from eraser.batch.outcome import Outcome, PersonFound
from eraser.batch.outputs import Outputs
from eraser.batch.work import Batch, GivenMask

__all__ = ["Batch", "GivenMask", "InputPhoto", "Outcome", "Outputs", "PersonFound", "find_photos", "is_folder"]
