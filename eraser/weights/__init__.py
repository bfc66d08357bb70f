"""Weights by name: what there is, where it lies, how it is fetched, and whether it is the file it should be.

    manifest    names, licences, sources and sha256; the shipped list and the person's own
    files       a name or a path -> a file whose sha256 was checked just now
    fetch       an address in the manifest -> a verified file in the person's folder
    obtain      a name -> its file, fetched if missing; ``auto`` -> the best that can be had
    state       a safetensors file -> tensors, never a pickle
    pickled     a .pt or .pth file -> tensors, nothing in it is run
    published   the authors' checkpoints -> safetensors under our layer names
    generator   a weights file -> a generator

Nothing happens at import, and torch and httpx are imported only where they are used.
"""

from eraser.system.paths import weights_dir
from eraser.weights.exports import export_path, find_export
from eraser.weights.fetch import fetch, fetch_file, report_fetches
from eraser.weights.files import PURPOSE, WeightsFile, find, hash_file, locate
from eraser.weights.generator import load_generator, read_size_px
from eraser.weights.manifest import AUTO, OWN, PREFERRED, Kind, WeightsEntry, read_manifest, register
from eraser.weights.obtain import obtain, why_not_fetched
from eraser.weights.offline import go_offline, is_offline
from eraser.weights.pickled import read_pickled
from eraser.weights.published import import_published
from eraser.weights.state import read_metadata, read_state

__all__ = [
    "AUTO",
    "OWN",
    "PREFERRED",
    "PURPOSE",
    "Kind",
    "WeightsEntry",
    "WeightsFile",
    "export_path",
    "fetch",
    "fetch_file",
    "find",
    "find_export",
    "go_offline",
    "hash_file",
    "import_published",
    "is_offline",
    "load_generator",
    "locate",
    "obtain",
    "read_manifest",
    "read_metadata",
    "read_pickled",
    "read_size_px",
    "read_state",
    "register",
    "report_fetches",
    "weights_dir",
    "why_not_fetched",
]
