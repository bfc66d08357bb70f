"""Weights by name: what there is, where it lies, how it is fetched, and whether it is the file it should be.

    manifest    names, licences, sources and sha256; the shipped list and the person's own
    files       a name or a path -> a file whose sha256 was checked just now
    fetch       an address in the manifest -> a verified file in the person's folder
    state       a safetensors file -> tensors, never a pickle
    pickled     a .pt or .pth file -> tensors, nothing in it is run
    published   the authors' checkpoints -> safetensors under our layer names
    generator   a weights file -> a generator

Nothing happens at import, and torch and httpx are imported only where they are used.
"""

from eraser.weights.fetch import fetch, fetch_file
from eraser.weights.files import WeightsFile, find, hash_file, locate
from eraser.weights.generator import load_generator, read_size_px
from eraser.weights.manifest import Kind, WeightsEntry, read_manifest, register
from eraser.weights.pickled import read_pickled
from eraser.weights.published import import_published
from eraser.weights.state import read_metadata, read_state

__all__ = [
    "Kind",
    "WeightsEntry",
    "WeightsFile",
    "fetch",
    "fetch_file",
    "find",
    "hash_file",
    "import_published",
    "load_generator",
    "locate",
    "read_manifest",
    "read_metadata",
    "read_pickled",
    "read_size_px",
    "read_state",
    "register",
]
