"""An outcome in words, as a table, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eraser.batch import Batch, Outcome, PersonFound


def as_json(outcome: Outcome, batch: Batch) -> str:
    """One line that holds all that is known. ASCII, since file names may be no valid text."""
    is_read = outcome.size_wh is not None
    erases = outcome.status in ("erased", "copied", "unchanged")
    fields: dict[str, Any] = {
        "input": str(outcome.path),
        "status": outcome.status,
        "output": _text(outcome.output),
        "mask": _text(outcome.mask),
        "overview": _text(outcome.overview),
        "size": outcome.size_wh,
        "people": None if outcome.people is None else [_person(person) for person in outcome.people],
        "gone": _gone(outcome) if erases else [],
        "hole_share": round(outcome.hole_share, 6),
        "seconds": {stage: round(seconds, 4) for stage, seconds in outcome.seconds.items()},
        "device": batch.eraser.device if is_read and batch.looks_for_people else None,
        "masker": _masker(batch) if is_read and batch.looks_for_people else None,
        "inpainter": _inpainter(batch) if erases else None,
        "notes": outcome.notes,
        "error": None if outcome.error is None else str(outcome.error),
        "exit_code": 0 if outcome.error is None else outcome.error.exit_code,
    }
    return json.dumps(fields)


def as_table(outcome: Outcome) -> str:
    """Who was found, for --list."""
    people = outcome.people or ()
    if not people:
        return f"{outcome.path}: nobody found"
    where = f", shown in {outcome.overview}" if outcome.overview else ""
    count = "1 person" if len(people) == 1 else f"{len(people)} people"
    lines = [
        f"{outcome.path}: {count}{where}",
        f"  {'number':>6}  {'box x0,y0,x1,y1':<23}  {'score':>5}  {'share':>6}  goes",
    ]
    for person in people:
        box = ",".join(str(edge) for edge in person.box)
        goes = "yes" if person.chosen else "no"
        lines.append(f"  {person.number:>6}  {box:<23}  {person.score:>5.2f}  {person.share:>6.1%}  {goes}")
    return "\n".join(lines)


def as_message(outcome: Outcome) -> str:
    """What was done to a photo that did not fail, or why nothing was."""
    if outcome.status == "skipped":
        there = outcome.output or "its result"
        return f"{outcome.path}: skipped, {there} is there already"
    if outcome.status in ("unchanged", "copied"):
        then = "the photo was copied" if outcome.status == "copied" else "nothing written"
        return f"{outcome.path}: {_why_unchanged(outcome)}, {then}"
    seconds = sum(outcome.seconds.values())
    what = "the mask" if outcome.people is None else f"{len(_gone(outcome))} of {len(outcome.people)} people"
    return f"{outcome.path}: took out {what}, {outcome.hole_share:.1%} of the photo, in {seconds:.1f} s"


def _why_unchanged(outcome: Outcome) -> str:
    if outcome.people is None:
        return "the mask is empty"
    if not outcome.people:
        return "nobody found"
    return f"{len(outcome.people)} found and all of them stay"


def _gone(outcome: Outcome) -> list[int]:
    return [person.number for person in outcome.people or () if person.chosen]


def _person(person: PersonFound) -> dict[str, Any]:
    return {
        "number": person.number,
        "box": list(person.box),
        "score": round(person.score, 4),
        "share": round(person.share, 6),
        "chosen": person.chosen,
    }


def _masker(batch: Batch) -> dict[str, Any]:
    return {"name": batch.eraser.config.masker, **_weights(batch.eraser.masker)}


def _inpainter(batch: Batch) -> dict[str, Any]:
    return {"name": batch.eraser.config.inpainter, **_weights(batch.eraser.inpainter)}


def _weights(user: object) -> dict[str, str | None]:
    """What a masker or an inpainter says about its weights; plugins and those without any say nothing."""
    return {
        "weights": getattr(user, "weights_name", None),
        "weights_sha256": getattr(user, "weights_sha256", None),
    }


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
