"""Composition root: from a config to a masker and an inpainter that are ready to use."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path

from eraser import pipeline
from eraser.arrays import ImageArray, MaskArray
from eraser.config import DEFAULTS, Device, EraseConfig
from eraser.errors import DeviceError, InpainterError
from eraser.inpaint.base import Inpainter, InpainterContext
from eraser.maskers.base import Masker, MaskerContext
from eraser.openmp import wait_patiently
from eraser.paths import plugins_dir, weights_dir
from eraser.people import Person
from eraser.pipeline import EraseResult

INPAINTER_GROUP = "eraser.inpainters"
INPAINTERS = {
    name: EntryPoint(name=name, value=value, group=INPAINTER_GROUP)
    for name, value in {
        "patches": "eraser.inpaint.patches:load_inpainter",
        "guided": "eraser.inpaint.guided:load_inpainter",
        "generator": "eraser.inpaint.generator:load_inpainter",
        "telea": "eraser.inpaint.classic:load_telea",
        "navier-stokes": "eraser.inpaint.classic:load_navier_stokes",
    }.items()
}
NETWORK_INPAINTERS = frozenset({"guided", "generator"})
"""Those that run on a device: the others work where torch finds none, and without importing it."""
SEARCHING_INPAINTERS = frozenset({"patches", "guided"})
"""Those that run the patch search, which is compiled on a machine's first run."""


@dataclass(slots=True)
class Eraser:
    """Takes people out of one photo after another; networks are loaded once, when they are first needed."""

    config: EraseConfig = DEFAULTS
    plugins: Path | None = field(default_factory=plugins_dir)
    _device: str | None = field(default=None, init=False)
    _masker: Masker | None = field(default=None, init=False)
    _inpainter: Inpainter | None = field(default=None, init=False)

    @property
    def device(self) -> str:
        """Where networks run.

        Raises:
            DeviceError: The device asked for is not there.
        """
        if self._device is None:
            self._device = resolve_device(self.config.device)
        return self._device

    @property
    def masker(self) -> Masker:
        """The masker of the config.

        Raises:
            MaskerError: It is unknown or cannot be built.
            WeightsError: Its weights are not usable.
        """
        if self._masker is None:
            self._masker = load_masker(self.config, self.device, self.plugins)
        return self._masker

    @property
    def inpainter(self) -> Inpainter:
        """The inpainter of the config.

        Raises:
            InpainterError: It is unknown.
            WeightsError: Its weights are not usable.
            DeviceError: It needs the device asked for, which is not there.
        """
        if self._inpainter is None:
            self._inpainter = load_inpainter(self.config)
        return self._inpainter

    def find(self, image: ImageArray) -> tuple[Person, ...]:
        """Everybody in an RGB uint8 (H, W, 3) photo, numbered from the most prominent on."""
        return pipeline.find_people(image, self.masker, self.config)

    def __call__(self, image: ImageArray, mask: MaskArray | None = None) -> EraseResult:
        """Erase people, or the (H, W) bool mask, from an RGB uint8 (H, W, 3) photo."""
        needs_people = mask is None or self.config.add_mask
        masker = self.masker if needs_people else None
        return pipeline.erase(image, masker, self.inpainter, self.config, mask=mask)


def resolve_device(wanted: Device) -> str:
    """``auto`` as the best device there is; any other if it is there.

    Raises:
        DeviceError: It is not.
    """
    if wanted == "cpu":
        return "cpu"
    wait_patiently()
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, here in available.items() if here)
    if not available[wanted]:
        raise DeviceError(f"there is no {wanted} device that torch can use here: try --device auto or --device cpu")
    return wanted


def load_masker(config: EraseConfig, device: str, plugins: Path | None) -> Masker:
    """The masker that a config names.

    Raises:
        MaskerError: It is unknown or cannot be built.
        WeightsError: Its weights are not usable.
    """
    from importlib.metadata import entry_points

    from eraser.maskers.registry import GROUP, discover

    registry = discover(plugins, entry_points(group=GROUP))
    context = MaskerContext(
        device=device,
        weights_dir=weights_dir(),
        min_score=config.min_score,
        weights=config.people_weights,
        trust_pickle=config.trust_pickle,
    )
    return registry.load(config.masker, context)


def load_inpainter(config: EraseConfig) -> Inpainter:
    """The inpainter that a config names.

    Raises:
        InpainterError: No inpainter goes by that name.
        WeightsError: Its weights are not usable.
        DeviceError: It needs the device asked for, which is not there.
    """
    entry = INPAINTERS.get(config.inpainter)
    if entry is None:
        raise InpainterError(f"no inpainter is called {config.inpainter!r}: there are {', '.join(sorted(INPAINTERS))}")
    context = InpainterContext(
        device=resolve_device(config.device) if config.inpainter in NETWORK_INPAINTERS else "cpu",
        weights_dir=weights_dir(),
        weights=config.fill_weights,
        trust_pickle=config.trust_pickle,
    )
    loaded: Inpainter = entry.load()(context)
    return loaded
