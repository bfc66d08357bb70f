"""Many photos, with networks loaded once. Nothing is printed here.

inputs      files, folders, patterns, lists -> photos
shard       the share of the photos that belongs to one of several machines
outputs     a photo -> the names of its files, and what happens if there is a file of that name
outcome     what became of a photo; ``thumbnails`` are small pictures of it, ``table`` shows its people as text
results     the files that are written for it
process     a photo -> its outcome, in three stages; ``prefetch`` overlaps the stages of three photos
settings    what a result depends on besides its photo
ledger      what was done, in a file beside the results; ``run_ledger`` keeps the ledgers of a run
plan        a run without its photos; ``local`` does it in this process, ``workers`` in several
run         leaves out what is done already, and gives the rest to an ``Executor``
review      outcomes -> a page with all photos before and after

Words are explained in docs/glossary.md.
"""

from eraser.batch.inputs import LIST, InputPhoto, find_photos, is_folder, names_several, read_list
from eraser.batch.ledger import Ledger
from eraser.batch.outcome import Outcome, PersonFound, Tool
from eraser.batch.outputs import Outputs
from eraser.batch.plan import Plan
from eraser.batch.process import PhotoProcessor
from eraser.batch.review import Review
from eraser.batch.run import Executor, LocalExecutor, dry_run, run_plan
from eraser.batch.run_ledger import DONE_BEFORE, RunLedger
from eraser.batch.settings import MaskFile, Settings, settings_of
from eraser.batch.shard import Shard
from eraser.batch.workers import suitable_workers

__all__ = [
    "DONE_BEFORE",
    "LIST",
    "Executor",
    "InputPhoto",
    "Ledger",
    "LocalExecutor",
    "MaskFile",
    "Outcome",
    "Outputs",
    "PersonFound",
    "PhotoProcessor",
    "Plan",
    "Review",
    "RunLedger",
    "Settings",
    "Shard",
    "Tool",
    "dry_run",
    "find_photos",
    "is_folder",
    "names_several",
    "read_list",
    "run_plan",
    "settings_of",
    "suitable_workers",
]
