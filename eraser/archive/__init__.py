"""A run over a store: a bucket, or a folder that the machines of a cluster share. No ledger, no file of this machine.

photos      objects that are photos
names       a photo -> the addresses of its result, its mask and its record
record      a small JSON object beside a result: what became of the photo, or which process works on it
claims      which run does a photo, by records: ours, another run's, or done before
run         photos -> outcomes in one process; three photos at once are fetched, filled and sent
plan        a run without its photos; it is sent to other processes and machines
driver      a run from its first photo to its last, and then the photos that other runs had claimed
manifest    all outcomes of a finished run as a Parquet file
"""

from eraser.archive.driver import ArchiveExecutor, LocalArchive, run_archive
from eraser.archive.manifest import Manifest
from eraser.archive.photos import StoredPhoto, below_folder, from_inputs, stored_photos
from eraser.archive.plan import ArchivePlan

__all__ = [
    "ArchiveExecutor",
    "ArchivePlan",
    "LocalArchive",
    "Manifest",
    "StoredPhoto",
    "below_folder",
    "from_inputs",
    "run_archive",
    "stored_photos",
]
