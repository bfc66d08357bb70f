"""All that a process must know to do its part of a run. It is sent to worker processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eraser.batch.inputs import InputPhoto
from eraser.batch.local import LocalRun
from eraser.batch.outcome import Outcome
from eraser.batch.outputs import Outputs
from eraser.batch.process import OnStep, PhotoProcessor, say_nothing
from eraser.batch.run_ledger import RunLedger
from eraser.batch.settings import MaskFile, Settings, settings_of
from eraser.config import MODEL_DEFAULTS, REQUEST_DEFAULTS, EraseRequest, ModelConfig
from eraser.engine import Engine
from eraser.errors import EraserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run, without its photos."""

    config: ModelConfig = MODEL_DEFAULTS
    request: EraseRequest = REQUEST_DEFAULTS
    plugins: tuple[Path, ...] = ()
    """Folders of drop-in plugins."""
    outputs: Outputs
    mask: MaskFile | None = None
    list_people: bool = False
    settings: Settings | None = None
    """The settings for the ledger; None keeps no ledger."""
    resume: bool = False
    """Leave out the photos that are done according to the ledger."""
    with_thumbnails: bool = False
    """Outcomes get small pictures for a review."""

    def find_settings(self) -> Settings:
        """What results depend on; the weights are hashed for it.

        Raises:
            WeightsError: The mask cannot be read.
        """
        config = self.outputs.config
        return settings_of(self.config, self.request, config, plugins=self.plugins, mask=self.mask)

    def ledger(self) -> RunLedger | None:
        """The ledgers of this run, for one process; None if it keeps none."""
        if self.settings is None:
            return None
        return RunLedger(self.settings, self.outputs.config.output, self.resume)

    def failed(self, photo: InputPhoto, error: EraserError) -> Outcome:
        """The outcome of a photo whose worker died, recorded in the ledger."""
        outcome = Outcome(path=photo.path, status="failed", error=error)
        ledger = self.ledger()
        if ledger is None:
            return outcome
        try:
            return ledger.record(photo, outcome)
        finally:
            ledger.close()

    def worker_run(self, on_step: OnStep = say_nothing) -> LocalRun:
        """What does photos in this process. Networks are loaded with the first photo."""
        engine = Engine(self.config, self.plugins)
        processor = PhotoProcessor(engine, self.outputs, self.request, self.mask, on_step, self.with_thumbnails)
        return LocalRun(processor, self.ledger())
