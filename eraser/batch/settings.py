"""What a result depends on besides its photo, as a text: if two texts are equal, the results are, too."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from eraser.config import (
    MODEL_DEFAULTS,
    OUTPUT_DEFAULTS,
    REQUEST_DEFAULTS,
    EraseRequest,
    ModelConfig,
    OutputConfig,
)
from eraser.errors import EraserError
from eraser.inpaint import registry as inpainters
from eraser.maskers import combine
from eraser.maskers import registry as maskers
from eraser.plugins.sources import FileSource
from eraser.select import names_somebody
from eraser.weights import Kind, find, hash_file, obtain

_NOT_IN_RESULT = frozenset({"device", "trust_pickle", "masker_timeout", "people_weights", "fill_weights", "offline"})
"""Options of ModelConfig that change no pixel by themselves: of weights it is the content that counts."""
_BY_FACES = frozenset({"who", "keep"})
"""Options of EraseRequest that name people: they count by a hash, as names are nothing for a ledger."""
_IN_RESULT = ("format", "quality", "save_mask", "copy_unchanged", "strip_metadata", "keep_metadata", "ai_label")
"""Options of OutputConfig that do; where results go and what was there before do not."""


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A mask that the user brings, for every photo of the run."""

    path: Path
    invert: bool = False
    """Black is taken out, white stays."""


@dataclass(frozen=True)
class Settings:
    """How a photo is erased and written, and with which weights."""

    text: str
    """JSON, keys sorted."""

    @cached_property
    def sha256(self) -> str:
        """Of the text, 64 hex digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def settings_of(
    config: ModelConfig,
    request: EraseRequest,
    results: OutputConfig,
    *,
    plugins: Sequence[Path] = (),
    mask: MaskFile | None = None,
) -> Settings:
    """The settings of a run. Weights, drop-in plugins and a given mask count by their sha256, not by their name.

    What cannot be found counts by its name; loading it fails later. Options at their defaults are left out: a new
    option or a new default in a later version must not make 100,000 results stale.

    Args:
        config: What is loaded.
        request: How photos are erased.
        results: How results are written.
        plugins: Folders of drop-in plugins.
        mask: A mask for every photo.

    Raises:
        WeightsError: The mask cannot be read.
    """
    settings: dict[str, Any] = {
        key: value
        for part, defaults in ((config, MODEL_DEFAULTS), (request, REQUEST_DEFAULTS))
        for key, value in asdict(part).items()
        if key not in _NOT_IN_RESULT and value != getattr(defaults, key)
    }
    settings |= {key: value for key in _IN_RESULT if (value := getattr(results, key)) != getattr(OUTPUT_DEFAULTS, key)}
    if mask is None or request.add_mask:
        settings["masker_files"] = _masker_files(config.masker, plugins)
        names = re.split(r"[+-]", config.masker)
        if names_somebody(request):
            settings = {key: value for key, value in settings.items() if key not in _BY_FACES}
            settings["faces"] = _faces(request)
        settings["people_weights"] = _weights(config.people_weights, "people", config, fetches="yolo" in names)
    settings["inpainter_files"] = _inpainter_files(config.inpainter, plugins)
    if inpainters.requirements(config.inpainter).has_weights:
        settings["fill_weights"] = _weights(config.fill_weights, "fill", config, fetches=True)
    if mask is not None:
        settings |= {"mask": hash_file(mask.path), "invert_mask": mask.invert}
    return Settings(json.dumps(settings, sort_keys=True, default=str))


def _weights(name: str, kind: Kind, config: ModelConfig, *, fetches: bool) -> str:
    """The sha256 of weights. Weights that the run needs are fetched here, before its first photo."""
    try:
        if not fetches:
            return find(name, kind, trust_pickle=config.trust_pickle).sha256
        return obtain(name, kind, trust_pickle=config.trust_pickle, offline=config.offline).sha256
    except EraserError:
        return name


def _faces(request: EraseRequest) -> str:
    """A hash of who is named and of all known faces: learning or forgetting one makes results stale."""
    from eraser.faces.store import read_store

    try:
        known = read_store().sha256
    except EraserError:
        known = ""
    return hashlib.sha256(json.dumps([request.who, request.keep, known]).encode()).hexdigest()


def _masker_files(expression: str, plugins: Sequence[Path]) -> list[str]:
    try:
        registry = maskers.discover(plugins, entry_points(group=maskers.GROUP))
        return _hashes([registry.find(term.name) for term in combine.parse(expression, registry.is_name)])
    except EraserError:
        return []


def _inpainter_files(name: str, plugins: Sequence[Path]) -> list[str]:
    try:
        return _hashes([inpainters.discover(plugins, entry_points(group=inpainters.GROUP)).find(name)])
    except EraserError:
        return []


def _hashes(sources: Sequence[object]) -> list[str]:
    """The sha256 of drop-in files only: a new version of a package must not make 100,000 results stale."""
    return [hash_file(source.path) for source in sources if isinstance(source, FileSource)]
