"""Many photos, with networks loaded once. Nothing is printed here.

inputs      files, folders, patterns, lists -> photos
outputs     a photo -> the names of what is written for it, and what happens when one is taken
outcome     what became of a photo; ``views`` are small pictures of it, ``table`` shows who was found
results     the files that are written for it
work        a photo -> its outcome, in three stages; ``overlap`` runs them at once for three photos
settings    what a result depends on besides its photo
ledger      what was done, in a file beside the results; ``book`` is a run's use of ledgers
plan        a run without its photos; ``workers`` are processes that share it; ``runs`` is the way through it all
review      outcomes -> a page to look through
"""

from eraser.batch.book import DONE_BEFORE, Book
from eraser.batch.inputs import LIST, InputPhoto, find_photos, is_folder, names_several, read_list
from eraser.batch.ledger import Ledger
from eraser.batch.outcome import Outcome, PersonFound, Tool
from eraser.batch.outputs import Outputs
from eraser.batch.plan import Plan
from eraser.batch.review import Review
from eraser.batch.runs import foresee, run_plan
from eraser.batch.settings import Settings, settings_of
from eraser.batch.work import Batch, GivenMask
from eraser.batch.workers import suitable_workers

__all__ = [
    "DONE_BEFORE",
    "LIST",
    "Batch",
    "Book",
    "GivenMask",
    "InputPhoto",
    "Ledger",
    "Outcome",
    "Outputs",
    "PersonFound",
    "Plan",
    "Review",
    "Settings",
    "Tool",
    "find_photos",
    "foresee",
    "is_folder",
    "names_several",
    "read_list",
    "run_plan",
    "settings_of",
    "suitable_workers",
]
