"""An outcome in words, as a table, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eraser.batch import Outcome, PersonFound
from eraser.photo import ReadBack
from eraser.system.words import one_line


def as_json(outcome: Outcome) -> str:
    """One line that holds all that is known. ASCII, since file names may be no valid text."""
    erases = outcome.status in ("erased", "copied", "unchanged")
    fields: dict[str, Any] = {
        "input": outcome.photo_name,
        "status": outcome.status,
        "output": outcome.output_name,
        "mask": outcome.mask_name,
        "overview": _text(outcome.overview),
        "size": outcome.size_wh,
        "people": None if outcome.people is None else [_person(person) for person in outcome.people],
        "gone": _gone(outcome) if erases else [],
        "leftover_people": outcome.leftover_people,
        "unsure_people": outcome.unsure_people,
        "no_face_people": outcome.no_face_people,
        "hole_share": round(outcome.hole_share, 6),
        "seconds": {stage: round(seconds, 4) for stage, seconds in outcome.seconds.items()},
        "device": outcome.device,
        "masker": None if outcome.masker is None else asdict(outcome.masker),
        "inpainter": None if outcome.inpainter is None else asdict(outcome.inpainter),
        "label": outcome.label,
        "read_back": None if outcome.read_back is None else _read_back(outcome.read_back),
        "notes": outcome.notes,
        "why": outcome.why or None,
        "error": None if outcome.error is None else str(outcome.error),
        "exit_code": 0 if outcome.error is None else outcome.error.exit_code,
    }
    if outcome.node is not None or outcome.actor is not None:
        fields |= {"node": outcome.node, "actor": outcome.actor}
    return json.dumps(fields)


def _read_back(found: ReadBack) -> dict[str, Any]:
    fields = asdict(found)
    return {"size": fields.pop("size_wh"), **fields}


def as_message(outcome: Outcome) -> str:
    """What was done to a photo that did not fail, or why nothing was."""
    if outcome.status == "skipped":
        there = f"{one_line(outcome.output_name or 'its result')} is there already"
        return f"{one_line(outcome.photo_name)}: skipped, {outcome.why or there}"
    if outcome.status == "planned":
        return f"{one_line(outcome.photo_name)} -> {one_line(outcome.output_name or '')}"
    if outcome.status in ("unchanged", "copied"):
        then = "the photo was copied" if outcome.status == "copied" else "nothing written"
        return f"{one_line(outcome.photo_name)}: {_why_unchanged(outcome)}, {then}"
    seconds = sum(outcome.seconds.values())
    what = "the mask" if outcome.people is None else f"{len(_gone(outcome))} of {len(outcome.people)} people"
    return f"{one_line(outcome.photo_name)}: took out {what}, {outcome.hole_share:.1%} of the photo, in {seconds:.1f} s"


def leftover_warning(outcome: Outcome) -> str:
    """Who can still be seen in the result, and what helps."""
    who = "1 person" if outcome.leftover_people == 1 else f"{outcome.leftover_people} people"
    return (
        f"{one_line(outcome.photo_name)}: {who} may still be seen where people were taken out: look, and add a --mask"
    )


def doubt(outcome: Outcome) -> str | None:
    """How many people may be those who were named; None if that is plain. Names are left out: this may be logged."""
    unsure, faceless = outcome.unsure_people, outcome.no_face_people
    parts = [_people(unsure, "could be whom you named")] if unsure else []
    parts += [f"{_people(faceless, 'shows' if faceless == 1 else 'show')} no face"] if faceless else []
    if not parts:
        return None
    stay = not any(person.is_doubtful and person.chosen for person in outcome.people or ())
    then = "they stay: look with --list, or take --unsure go" if stay else "--unsure go takes them"
    return f"{one_line(outcome.path)}: {' and '.join(parts)}; {then}"


def _people(count: int, what: str) -> str:
    return f"{count} {'person' if count == 1 else 'people'} {what}"


def _why_unchanged(outcome: Outcome) -> str:
    if outcome.people is None:
        return "the mask is empty"
    if not outcome.people:
        return "nobody found"
    return f"{len(outcome.people)} found and all of them stay"


def _gone(outcome: Outcome) -> list[int]:
    return [person.number for person in outcome.people or () if person.chosen]


def _person(person: PersonFound) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "number": person.number,
        "box": list(person.box),
        "score": round(person.score, 4),
        "share": round(person.share, 6),
        "chosen": person.chosen,
    }
    if (found := person.recognition) is not None:
        fields |= {
            "name": found.name,
            "candidate": found.candidate,
            "zone": found.zone,
            "similarity": None if found.similarity is None else round(found.similarity, 4),
        }
    return fields


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
