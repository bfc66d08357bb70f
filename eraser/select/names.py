"""Who goes by name: ``--who me``, ``--keep anna``, ``--who strangers``. Only then are faces looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from eraser.config import EraseRequest
from eraser.errors import NobodyThereError, UnknownNameError
from eraser.geometry import ImageArray, Person
from eraser.select.base import Selection
from eraser.select.terms import STRANGERS, WORDS, TermSelector, is_name, parse_who
from eraser.system.words import did_you_mean

if TYPE_CHECKING:
    from eraser.faces.match import Recognition
    from eraser.faces.store import FaceStore


class Recognizes(Protocol):
    """Says who people are, as ``eraser.faces.known.KnownFaces`` does."""

    def __call__(
        self, image: ImageArray, people: Sequence[Person], asked: Collection[str], /
    ) -> tuple[Recognition, ...]:
        """Who each person of an RGB uint8 (H, W, 3) photo is; ``asked`` are the names that matter."""


def names_somebody(request: EraseRequest) -> bool:
    """Whether faces are needed to know who goes. What has been named need not be known."""
    return bool(request.keep) or any(is_name(term) for term in _terms(request.who))


@dataclass(frozen=True, slots=True)
class Choice:
    """Who goes, in names that are known."""

    terms: str
    """What ``TermSelector`` takes; empty if there are names only."""
    going: tuple[str, ...]
    """People who go."""
    keep: tuple[str, ...]
    """People who stay; with any, everybody else goes."""
    strangers: bool
    """Everybody goes whom nobody knows."""


def choose(request: EraseRequest, store: FaceStore) -> Choice:
    """What a request asks for.

    Raises:
        UnknownNameError: Nobody is known by one of the names, or nobody is known at all.
        ValueError: The names do not go with the rest of the request.
    """
    if request.at:
        raise ValueError("at goes alone (those people go) or with who='others' (they stay), not with names")
    terms = _terms(request.who)
    names = [term for term in terms if is_name(term) and term != STRANGERS]
    for written in names:
        if store.find(written) is None:
            raise UnknownNameError(_neither(written, store))
    rest = ",".join(term for term in terms if not is_name(term))
    if rest:
        parse_who(rest)
    choice = Choice(rest, store.resolve(tuple(names)), store.resolve(request.keep), STRANGERS in terms)
    if not store.people:
        raise UnknownNameError("no face is known yet: `eraser faces add me PHOTO` learns one")
    return choice


def check_choice(request: EraseRequest) -> None:
    """Whether ``who``, ``at`` and ``keep`` make sense; the known faces are read only if somebody is named.

    Raises:
        FacesError: They cannot be read.
        ValueError: It makes no sense, or nobody is known by a name (``UnknownNameError``).
    """
    if not names_somebody(request):
        TermSelector(request.who, request.at)
        return
    from eraser.faces.store import read_store

    choose(request, read_store())


@dataclass(frozen=True, slots=True)
class NameSelector:
    """The selector of names. In doubt somebody stays, unless ``unsure`` is ``go``."""

    choice: Choice
    known: Recognizes
    everybody: tuple[str, ...] = ()
    """All names that are known; those that matter for strangers."""
    unsure_go: bool = False

    @property
    def asked(self) -> frozenset[str]:
        """The names that matter."""
        if self.choice.keep:
            return frozenset(self.choice.keep)
        return frozenset(self.everybody if self.choice.strangers else self.choice.going)

    def recognize(self, image: ImageArray, people: Sequence[Person], /) -> Selection:
        """Divide the people. Never raises for want of somebody to keep: then nobody goes."""
        recognized = self.known(image, people, self.asked)
        doubtful = {i for i, who in enumerate(recognized) if who.could_be(self.asked)}
        going, all_go = self._going(image, people, recognized, doubtful)
        selection = Selection.of(going, len(people), all_go=all_go)
        return replace(selection, recognized=recognized, doubtful=tuple(sorted(doubtful)))

    def __call__(self, image: ImageArray, people: Sequence[Person], /) -> Selection:
        """Divide the people.

        Raises:
            NobodyThereError: Nobody of those to keep is recognised, or a number is not in the photo.
        """
        selection = self.recognize(image, people)
        if self._misses_kept(selection.recognized):
            raise NobodyThereError(
                "nobody of those to keep is recognised, so nobody goes: look with --list, or take --unsure go"
            )
        return selection

    def _misses_kept(self, recognized: Sequence[Recognition]) -> bool:
        keep = self.choice.keep
        return bool(keep and recognized) and not self.unsure_go and not any(who.is_one_of(keep) for who in recognized)

    def _going(
        self, image: ImageArray, people: Sequence[Person], recognized: Sequence[Recognition], doubtful: set[int]
    ) -> tuple[set[int], bool]:
        """Indices of those who go, and whether really everybody does."""
        everybody = set(range(len(people)))
        if self.choice.keep:
            if self._misses_kept(recognized):
                return set(), False
            kept = {i for i, who in enumerate(recognized) if who.is_one_of(self.choice.keep)}
            return everybody - kept - (set() if self.unsure_go else doubtful), False
        going = {i for i, who in enumerate(recognized) if who.is_one_of(self.choice.going)}
        if self.choice.strangers:
            going |= {i for i, who in enumerate(recognized) if who.zone == "stranger"}
        if self.unsure_go:
            going |= doubtful
        if not self.choice.terms:
            return going, False
        by_place = TermSelector(self.choice.terms)(image, people)
        return going | set(by_place.going), by_place.all_go


def _terms(who: str) -> list[str]:
    return [term.strip() for term in who.split(",")]


def _neither(written: str, store: FaceStore) -> str:
    """Says that a term is nothing that ``who`` knows."""
    if not store.people:
        near = did_you_mean(written, known=(*WORDS, STRANGERS))
        hint = f": {near}" if near.startswith("did") else f"; `eraser faces add {written} PHOTO` learns one"
        return f"{written!r} is neither all, main, others, a number nor a range such as 2-4, and no face is known{hint}"
    near = did_you_mean(written, known=(*store.people, *store.groups, *WORDS, STRANGERS))
    hint = near if near.startswith("did") else f"known are {', '.join((*store.people, *store.groups))}"
    return f"{written!r} is neither all, main, others, a number nor a range such as 2-4, nor somebody known: {hint}"
