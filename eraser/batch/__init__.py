"""Many photos, with networks loaded once. Nothing is printed here.

inputs      files, folders, patterns, lists -> photos
shard       the share of the photos that one of several machines does
outputs     a photo -> the names of what is written for it, and what happens when one is taken
outcome     what became of a photo; ``thumbnails`` are small pictures of it, ``table`` shows who was found
results     the files that are written for it
process     a photo -> its outcome, in three stages; ``prefetch`` runs them at once for three photos
settings    what a result depends on besides its photo
ledger      what was done, in a file beside the results; ``run_ledger`` is a run's use of ledgers
plan        a run without its photos; ``local`` does it in this process, ``workers`` in several
run         what is done already, then the rest, by an ``Executor``
review      outcomes -> a page to look through

Words are explained in docs/glossary.md.
"""

from eraser.batch.inputs import LIST, InputPhoto, find_photos, is_folder, names_several, read_list
from eraser.batch.ledger import Ledger
from eraser.batch.outcome import Outcome, PersonFound, Tool
from eraser.batch.outputs import Outputs
from eraser.batch.plan import Plan
from eraser.batch.process import MaskFile, PhotoProcessor
from eraser.batch.review import Review
from eraser.batch.run import Executor, LocalExecutor, dry_run, run_plan
from eraser.batch.run_ledger import DONE_BEFORE, RunLedger
from eraser.batch.settings import Settings, settings_of
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
