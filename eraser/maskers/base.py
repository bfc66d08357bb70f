"""Masker and MaskerContext: with ``Person``, all that a plugin needs.

A masker is any callable that takes a photo and returns people; a plain function will do. A factory
``load_masker(context)`` builds it once, then it is called for each photo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, runtime_checkable

from typing_extensions import TypeVar

from eraser.errors import MaskerError, MaskerOutputError, PersonError
from eraser.geometry import ImageArray, Person
from eraser.plugins.calls import call
from eraser.system.device import DeviceField

DEFAULT_MIN_SCORE = 0.25
"""Confidence below which people are left alone where neither the person nor the weights say another."""

Options = TypeVar("Options", default=None)
"""The dataclass of options that a factory declares; None for a plain ``MaskerContext``."""


# Without slots: a generic frozen dataclass that has them cannot be made as MaskerContext[X](...).
@dataclass(frozen=True, kw_only=True)
class MaskerContext(Generic[Options]):
    """What a masker is told when it is built."""

    device: DeviceField = DeviceField()  # noqa: RUF009 - a descriptor, and reads as a str
    """Where networks run: ``cpu``, ``cuda`` or ``mps``. Found out when it is first read."""
    weights_dir: Path
    """The person's weights folder, for weights of the masker's own."""
    min_score: float = DEFAULT_MIN_SCORE
    """People below this confidence, in [0, 1], are not wanted."""
    weights: str = "people"
    """Name in the manifest, or path, of the weights asked for."""
    offline: bool = False
    """Whether the network must not be used."""
    trust_pickle: bool = False
    """Whether the person allowed weights that can run code when they are loaded."""
    weights_may_choose_score: bool = False
    """Whether the weights' own ``min_score`` may be used: the user gave none."""
    with_belongings: bool = True
    """Whether what people carry, wear and ride is wanted as a part of them."""
    fast: bool = False
    """Whether time matters more than small and far people."""
    options: Options = None  # type: ignore[assignment]  # right for a plain MaskerContext, the only one it serves
    """What was given as ``--masker-option key=value``, as the dataclass that the factory declares."""


@runtime_checkable
class Masker(Protocol):
    """Says who is in the picture."""

    def __call__(self, image: ImageArray, /) -> Sequence[Person]:
        """Find people in an RGB uint8 (H, W, 3) photo; boxes and masks are in its pixels."""


def works_on_parts(masker: Masker) -> bool:
    """Whether a masker may also be run on parts of a photo or of a result, to see whether anybody is left.

    It says so itself, by an attribute ``works_on_parts = True``. One that goes by coordinates, such as a click, must
    not: they are those of the whole photo. Without the attribute a masker is called once for each photo.
    """
    return bool(getattr(masker, "works_on_parts", False))


MaskerFactory: TypeAlias = Callable[[MaskerContext[Any]], Masker]


def run_masker(masker: Masker, image: ImageArray, name: str) -> list[Person]:
    """What the masker ``name`` finds in a photo, checked. It sees a photo that it cannot write to.

    Raises:
        MaskerOutputError: It returned no people, or people off the photo.
        MaskerError: It failed; the cause is chained.
        EraserError: What the masker itself reports, such as memory that does not suffice.
    """
    shown = image.view()
    shown.flags.writeable = False

    def find() -> object:
        found = masker(shown)
        # Looked at here, where what it does is its own fault: a sequence may compute its items only now.
        return list(found) if isinstance(found, Sequence) and not isinstance(found, str) else found

    try:
        people = call(find, MaskerError, f"the masker {name} failed")
    except PersonError as error:
        raise MaskerOutputError(f"the masker {name} failed: {error}") from error
    return check_people(people, image.shape, name)


def check_people(people: object, shape: tuple[int, ...], name: str) -> list[Person]:
    """What the masker ``name`` returned, as a list, once it is known to be people on a photo of ``shape``.

    Raises:
        MaskerOutputError: It is no sequence of people, or somebody lies off the photo.
    """
    if not isinstance(people, Sequence) or isinstance(people, str):
        raise MaskerOutputError(f"the masker {name} must return a list of eraser.Person, got {type(people).__name__}")
    for person in people:
        if not isinstance(person, Person):
            raise MaskerOutputError(
                f"the masker {name} must return a list of eraser.Person, got a list with {type(person).__name__} in it"
            )
        box, size = person.box, f"{shape[1]} x {shape[0]} pixels"
        if person.photo_hw not in (None, shape[:2]):
            height, width = person.photo_hw or (0, 0)
            raise MaskerOutputError(
                f"the masker {name} returned a mask of {width} x {height} pixels for a photo of {size}"
            )
        if box.x0 < 0 or box.y0 < 0 or box.x1 > shape[1] or box.y1 > shape[0]:
            raise MaskerOutputError(f"the masker {name} returned the box {tuple(box)} off a photo of {size}")
    return [person for person in people if person.mask.any()]
