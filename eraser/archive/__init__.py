"""A run over a store: a bucket, or a folder that the machines of a cluster share. No ledger, no file of this machine.

photos      objects that are photos
names       a photo -> the addresses of its result, its mask and its record
record      a photo -> what became of it, and who is at it, in a small JSON object beside its result
claims      who takes a photo on, by records; done before, busy or ours
run         photos -> outcomes in one process: fetched, filled and sent at once for three photos
plan        a run without its photos; it is sent to other processes and machines
driver      a run from its beginning to its end, with the photos that others were at
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
