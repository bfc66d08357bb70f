"""The engine: from a ModelConfig to loaded networks that photos and threads share."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eraser import pipeline
from eraser.config import MODEL_DEFAULTS, REQUEST_DEFAULTS, EraseRequest, ModelConfig
from eraser.errors import MaskerTimeoutError
from eraser.geometry import MaskArray, Person
from eraser.inpaint import registry as inpainters
from eraser.inpaint.base import Inpainter, InpainterContext
from eraser.maskers import combine
from eraser.maskers import registry as maskers
from eraser.maskers.base import DEFAULT_MIN_SCORE, Masker, MaskerContext
from eraser.photo import Picture, as_photo
from eraser.pipeline import OnStage, tell_nobody
from eraser.plugins.calls import TimeLimit, WithTimeout
from eraser.result import EraseResult
from eraser.select import NameSelector, Selector, TermSelector, names_somebody
from eraser.system.device import resolve_device
from eraser.system.paths import plugins_dirs, weights_dir

if TYPE_CHECKING:
    from eraser.faces.known import KnownFaces
    from eraser.faces.match import Recognition
    from eraser.faces.store import FaceStore


@dataclass(slots=True)
class Engine:
    """Loads each network once, when it is first needed, and keeps it. Several threads may use one engine."""

    config: ModelConfig = MODEL_DEFAULTS
    plugins: tuple[Path, ...] = field(default_factory=plugins_dirs)
    """Folders of drop-in plugins."""
    _locks: _Locks = field(default_factory=lambda: _Locks(), init=False, repr=False)
    """Held while a network is loaded: of two threads that ask at once, one waits and takes what the other loaded."""
    _device: str | None = field(default=None, init=False)
    _masker: Masker | None = field(default=None, init=False)
    _inpainter: Inpainter | None = field(default=None, init=False)
    _known: KnownFaces | None = field(default=None, init=False)

    @property
    def device(self) -> str:
        """Where networks run.

        Raises:
            DeviceError: The device asked for is not there.
        """
        with self._locks.device:
            if self._device is None:
                self._device = resolve_device(self.config.device)
            return self._device

    @property
    def device_used(self) -> str:
        """Where networks ran; the CPU where none has asked for a device."""
        return self._device or "cpu"

    @property
    def masker(self) -> Masker:
        """The masker of the config.

        Raises:
            MaskerError: It is unknown or cannot be built.
            WeightsError: Its weights are not usable.
        """
        with self._locks.masker:
            if self._masker is None:
                self._masker = load_masker(self.config, lambda: self.device, self.plugins)
            return self._masker

    @property
    def inpainter(self) -> Inpainter:
        """The inpainter of the config.

        Raises:
            InpainterError: It is unknown or cannot be built.
            WeightsError: Its weights are not usable.
            DeviceError: It needs the device asked for, which is not there.
        """
        with self._locks.inpainter:
            if self._inpainter is None:
                self._inpainter = load_inpainter(self.config, self.plugins, lambda: self.device)
            return self._inpainter

    def selector(self, request: EraseRequest) -> Selector:
        """Says who goes. The known faces and their recogniser are loaded only if somebody is named.

        Faces that were learnt or forgotten meanwhile count from the next photo on.

        Raises:
            FacesError: The known faces cannot be used, or nobody is known by a name.
            WeightsError: The weights of the recogniser cannot be used.
            ValueError: The request makes no sense.
        """
        if not names_somebody(request):
            return TermSelector(request.who, request.at)
        from eraser.faces.store import read_store
        from eraser.select.names import choose

        store = read_store()
        choice = choose(request, store)
        return NameSelector(choice, self._known_faces(store), tuple(store.people), unsure_go=request.unsure == "go")

    def recognize(self, image: Picture, people: Sequence[Person]) -> tuple[Recognition, ...]:
        """Who the people of a photo are, in their order; empty if no face is known.

        Args:
            image: Whatever ``as_photo`` takes.
            people: What ``find`` returned.

        Raises:
            FacesError: The known faces cannot be used.
            WeightsError: The weights of the recogniser cannot be used.
        """
        from eraser.faces.store import read_store

        store = read_store()
        return self._known_faces(store)(as_photo(image).image, people, tuple(store.people)) if store.people else ()

    def _known_faces(self, store: FaceStore) -> KnownFaces:
        """The recogniser with what a store holds; loaded anew when the store has changed."""
        from eraser.faces.known import KnownFaces

        with self._locks.faces:
            if self._known is None or self._known.store != store:
                self._known = KnownFaces.load(store, offline=self.config.offline)
            return self._known

    def find(self, image: Picture) -> tuple[Person, ...]:
        """Everybody in a photo, numbered from the most prominent on.

        Args:
            image: Whatever ``as_photo`` takes.

        Raises:
            PhotoReadError: It cannot be read.
            MaskerError: The masker failed.
        """
        return pipeline.find_people(as_photo(image).image, self.masker, self.config.masker)

    def erase(
        self,
        image: Picture,
        request: EraseRequest = REQUEST_DEFAULTS,
        *,
        people: Sequence[Person] | None = None,
        mask: MaskArray | None = None,
        keep: MaskArray | None = None,
        on_stage: OnStage = tell_nobody,
    ) -> EraseResult:
        """Take people out of a photo.

        Args:
            image: Whatever ``as_photo`` takes.
            request: Who goes and how.
            people: What ``find`` returned, used instead of a second detection.
            mask: (H, W) bool, removed exactly as it is: instead of the people, or with ``add_mask`` on top of them.
            keep: (H, W) bool, stays as it is, whoever or whatever else reaches in there.
            on_stage: Told which stage begins; what it raises ends the work.

        Raises:
            EraserError: The photo, the masker, the inpainter or the weights cannot be used.
            ValueError: The request or a shape makes no sense.
        """
        photo = as_photo(image)
        # A masker that is not needed is not loaded: for a mask alone, or for people given without a second look.
        second_look = request.second_look and not self.config.fast
        wants_people = (mask is None or request.add_mask) if people is None else second_look
        tools = pipeline.Tools(
            masker=self.masker if wants_people else None,
            inpainter=self.inpainter,
            masker_name=self.config.masker,
            inpainter_name=self.config.inpainter,
        )
        request = replace(request, second_look=second_look)
        select = self.selector(request) if wants_people or people is not None else None
        result = pipeline.erase(
            photo.image, tools, request, select=select, people=people, mask=mask, keep=keep, on_stage=on_stage
        )
        return replace(result, photo=photo, trained=inpainters.requirements(self.config.inpainter).has_weights)


@dataclass(frozen=True, slots=True)
class _Locks:
    """One for each thing that is loaded, so that two can load at once."""

    device: threading.Lock = field(default_factory=threading.Lock)
    masker: threading.Lock = field(default_factory=threading.Lock)
    inpainter: threading.Lock = field(default_factory=threading.Lock)
    faces: threading.Lock = field(default_factory=threading.Lock)


def will_compile(inpainter: str) -> bool:
    """Whether a loaded inpainter compiles its loops at its first call, which takes long enough to be explained.

    The search itself is asked for: not every run uses every loop.
    """
    kernels = sys.modules.get("eraser.inpaint.kernels")
    if not inpainters.requirements(inpainter).compiles or kernels is None:
        return False
    from eraser.system.jit import is_cached

    return not is_cached(kernels.sweep)


def warm_up(inpainter: Inpainter) -> None:
    """Fill a tiny hole, so that an inpainter compiles and loads what it will need."""
    hole = np.zeros((64, 64), np.bool_)
    hole[24:40, 24:40] = True
    inpainter(np.full((64, 64, 3), 127, np.uint8), hole)


@lru_cache(maxsize=4)
def shared_engine(config: ModelConfig) -> Engine:
    """The engine that all callers with this config share."""
    return Engine(config)


def load_masker(config: ModelConfig, device: str | Callable[[], str], plugins: Sequence[Path] = ()) -> Masker:
    """The masker that a config names, or several as one.

    Args:
        config: What it says about the masker.
        device: Where networks run; a function is asked by the first masker that reads it.
        plugins: Folders of drop-in plugins.

    Raises:
        MaskerError: It is unknown, cannot be built, or is given options that it does not have.
        WeightsError: Its weights are not usable.
    """
    registry = maskers.discover(plugins, entry_points(group=maskers.GROUP))
    terms = combine.parse(config.masker, registry.is_name)
    for term in terms:  # all names before any plugin is run
        registry.find(term.name, meant=config.masker)
    options = combine.share_options(config.masker_options, [term.name for term in terms])

    def build(name: str) -> Masker:
        seconds = config.masker_timeout
        limit = None if seconds is None else TimeLimit(seconds, MaskerTimeoutError, f"the masker {name}")
        loaded = registry.run(name, limit)
        context = MaskerContext(
            device=device,
            weights_dir=weights_dir(),
            min_score=DEFAULT_MIN_SCORE if config.min_score is None else config.min_score,
            weights_may_choose_score=config.min_score is None,
            with_belongings=config.with_belongings,
            fast=config.fast,
            weights=config.people_weights,
            trust_pickle=config.trust_pickle,
            offline=config.offline,
            options=loaded.read_options(options[name], limit),
        )
        masker = loaded.build(context, limit)
        return masker if limit is None else WithTimeout(masker, limit)

    if len(terms) == 1:
        return build(terms[0].name)
    return combine.Combined(tuple((term, build(term.name)) for term in terms))


def load_inpainter(
    config: ModelConfig, plugins: Sequence[Path] = (), device: Callable[[], str] | None = None
) -> Inpainter:
    """The inpainter that a config names.

    Args:
        config: What it says about the inpainter.
        plugins: Folders of drop-in plugins.
        device: Asked for the device by the first inpainter that reads it; None resolves that of the config.

    Raises:
        InpainterError: It is unknown, cannot be built, or is given options that it does not have.
        WeightsError: Its weights are not usable.
        DeviceError: It needs the device asked for, which is not there.
    """
    registry = inpainters.discover(plugins, entry_points(group=inpainters.GROUP))
    loaded = registry.run(config.inpainter)
    return loaded.build(
        InpainterContext(
            device=device or (lambda: resolve_device(config.device)),
            weights_dir=weights_dir(),
            weights=config.fill_weights,
            trust_pickle=config.trust_pickle,
            offline=config.offline,
            options=loaded.read_options(config.inpainter_options),
        )
    )
