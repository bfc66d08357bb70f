"""All that a process on some machine needs to know to do its part of a run over a store."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from eraser.archive.claims import Claims
from eraser.archive.names import Names
from eraser.archive.photos import StoredPhoto
from eraser.archive.record import Record, outcome_fields
from eraser.archive.results import Results
from eraser.archive.run import ArchiveRun
from eraser.batch.outcome import Outcome, Stored
from eraser.batch.outputs import Outputs
from eraser.batch.process import OnStep, PhotoProcessor, say_nothing
from eraser.batch.settings import MaskFile, Settings
from eraser.config import MODEL_DEFAULTS, REQUEST_DEFAULTS, EraseRequest, ModelConfig, OutputConfig
from eraser.engine import Engine
from eraser.errors import EraserError
from eraser.storage import open_store
from eraser.system.paths import plugins_dirs

CLAIM_S = 600.0
"""How long a claim of another run holds; no photo takes that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePlan:
    """A run over a store, without its photos."""

    output: str
    """The folder of results."""
    run: str
    """A text that differs for each run and is the same in all processes of a run."""
    settings: Settings
    config: ModelConfig = MODEL_DEFAULTS
    request: EraseRequest = REQUEST_DEFAULTS
    results: OutputConfig
    plugins: tuple[Path, ...] | None = None
    """Folders of drop-in plugins; None means those of the machine on which the plan is carried out."""
    mask: MaskFile | None = None
    resume: bool = False
    claim_s: float = CLAIM_S
    node: str | None = None
    actor: str | None = None

    def claims(self) -> Claims:
        """The claims of this run, for one process."""
        store = open_store(self.output)
        return Claims(store, self.run, self.settings, self.resume, self.claim_s, self.node, self.actor)

    def worker_run(self, on_step: OnStep = say_nothing) -> ArchiveRun:
        """What does photos in this process. Networks are loaded with the first photo."""
        engine = Engine(self.config, plugins_dirs() if self.plugins is None else self.plugins)
        processor = PhotoProcessor(engine, Outputs(self.results), self.request, self.mask, on_step)
        claims = self.claims()
        results = Results(open_store(self.output), self.results, self.settings, claims)
        return ArchiveRun(processor, results, claims, self.output)

    def failed(self, photo: StoredPhoto, error: EraserError) -> Outcome:
        """The outcome of a photo whose process died, recorded."""
        stored = Stored(photo=photo.address)
        outcome = Outcome(path=Path(photo.name), status="failed", error=error, stored=stored)
        record = Record(
            input=photo.address,
            run=self.run,
            time=time.time(),
            input_version=photo.version,
            settings_sha256=self.settings.sha256,
            settings=json.loads(self.settings.text),
            **outcome_fields(outcome),
        )
        try:
            self.claims().end(Names.of(photo, self.output), record)
        except (OSError, EraserError) as problem:
            outcome = Outcome(
                path=outcome.path, status="failed", error=error, stored=stored, notes=(f"not recorded: {problem}",)
            )
        return outcome
