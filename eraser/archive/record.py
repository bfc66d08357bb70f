"""A record: a small JSON object beside a photo's result. While a process works on the photo, it is the claim."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from eraser import __version__
from eraser.batch.outcome import Outcome

CLAIMED, RELEASED = "claimed", "released"
_DONE = frozenset({"erased", "unchanged", "copied"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a photo."""

    input: str
    status: str
    """Of the outcome; ``claimed`` while a process works on the photo, ``released`` after a claim without outcome."""
    run: str
    """The run that wrote this."""
    time: float
    """When, in seconds since 1970."""
    input_version: str = ""
    input_sha256: str | None = None
    settings_sha256: str = ""
    settings: dict[str, Any] | None = None
    output: str | None = None
    """The result. In a claim: the result that lies there already, or that is about to be written."""
    output_sha256: str | None = None
    mask: str | None = None
    mask_sha256: str | None = None
    people: int | None = None
    gone: int = 0
    leftover_people: int = 0
    seconds: float = 0.0
    masker: dict[str, Any] | None = None
    inpainter: dict[str, Any] | None = None
    error: str | None = None
    exit_code: int = 0
    node: str | None = None
    actor: str | None = None
    token: str = ""
    """Of a claim: a text that no other claim has."""
    version: str = __version__
    """Of erase-me."""

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do, as long as photo and settings stay the same."""
        return self.status in _DONE

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), sort_keys=True, indent=1).encode()

    @classmethod
    def decode(cls, data: bytes) -> Record | None:
        """From JSON; None if it is no record that this version can read, which counts as no record."""
        try:
            values = json.loads(data)
            known = {field.name for field in fields(cls)}
            return cls(**{name: value for name, value in values.items() if name in known})
        except (ValueError, TypeError, AttributeError):
            return None


def outcome_fields(outcome: Outcome) -> dict[str, Any]:
    """What a record keeps of an outcome."""
    error = outcome.error
    return {
        "status": outcome.status,
        "people": None if outcome.people is None else len(outcome.people),
        "gone": sum(person.chosen for person in outcome.people or ()),
        "leftover_people": outcome.leftover_people,
        "seconds": round(sum(outcome.seconds.values()), 4),
        "masker": None if outcome.masker is None else asdict(outcome.masker),
        "inpainter": None if outcome.inpainter is None else asdict(outcome.inpainter),
        "error": None if error is None else str(error),
        "exit_code": 0 if error is None else error.exit_code,
    }
