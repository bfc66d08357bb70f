"""A page that shows each photo before and after, and its hole. It is one file and needs no network.

It is written photo by photo, so memory does not grow. It has a temporary name until it is complete.
"""

from __future__ import annotations

import base64
import contextlib
import html
import os
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO
from urllib.parse import quote

from eraser.batch.outcome import Outcome
from eraser.batch.review_page import FOOT, head
from eraser.batch.run_ledger import DONE_BEFORE
from eraser.batch.thumbnails import Thumbnails, read_thumbnails
from eraser.errors import PhotoWriteError
from eraser.system.files import clear_stale, whole_file


class Review:
    """A page that is being written. It gets its name when the run ends; if the run is broken off, it is removed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = contextlib.ExitStack()
        self._file: TextIO | None = None
        self._count = 0

    def __enter__(self) -> Self:
        """Begin the page.

        Raises:
            PhotoWriteError: It cannot be written there.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            clear_stale(self._path.parent)
            temporary = self._open.enter_context(whole_file(self._path))
            self._file = self._open.enter_context(temporary.open("x", encoding="utf-8"))
            self._file.write(head())
        except OSError as error:
            self._open.__exit__(type(error), error, error.__traceback__)
            raise PhotoWriteError(f"{self._path}: cannot be written ({error.strerror or error})") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the page, or remove it.

        Raises:
            PhotoWriteError: It cannot be finished.
        """
        try:
            if kind is None and self._file is not None:
                self._file.write(FOOT)
            self._open.__exit__(kind, error, trace)
        except OSError as problem:
            self._open.__exit__(type(problem), problem, problem.__traceback__)
            if kind is None:
                raise PhotoWriteError(
                    f"{self._path}: could not be written ({problem.strerror or problem})"
                ) from problem

    def add(self, outcome: Outcome) -> None:
        """Show a photo.

        Raises:
            PhotoWriteError: The disk is full.
        """
        self._count += 1
        thumbnails = outcome.thumbnails
        if thumbnails is None and outcome.status != "failed":
            thumbnails = read_thumbnails(outcome.path, outcome.output)
        self._write(_card(outcome, thumbnails, self._path.parent, self._count))

    def _write(self, text: str) -> None:
        if self._file is None:
            raise ValueError("the page has not begun")
        try:
            self._file.write(text)
        except OSError as error:
            raise PhotoWriteError(f"{self._path}: could not be written ({error.strerror or error})") from error


def _card(outcome: Outcome, thumbnails: Thumbnails | None, folder: Path, number: int) -> str:
    """One photo."""
    marks = _marks(outcome)
    badges = "".join(f'<span class="{kind}">{_text(words)}</span>' for kind, words in marks)
    link = outcome.output or outcome.path
    name = f'<a href="{html.escape(_href(link, folder))}">{_text(str(outcome.path))}</a>'
    about = _text(str(outcome.error)) if outcome.error is not None else _text(_about(outcome))
    kinds = " ".join(kind for kind, _ in marks)
    return (
        f'<article id="p{number}" data-marks="{kinds}">\n<h2>{name} {badges}</h2>\n<p>{about}</p>\n'
        f"{'' if thumbnails is None else _pictures(thumbnails, str(outcome.path))}</article>\n"
    )


def _pictures(thumbnails: Thumbnails, name: str) -> str:
    size = f'width="{thumbnails.size_wh[0]}" height="{thumbnails.size_wh[1]}" loading="lazy" decoding="async"'
    before = f'<img {size} alt="before" src="{_data(thumbnails.before, "jpeg")}">'
    if thumbnails.after is None:
        return f'<div class="pair">{before}</div>\n'
    after = f'<img class="after" {size} alt="after" src="{_data(thumbnails.after, "jpeg")}">'
    mask = "" if thumbnails.mask is None else f'<img class="mask" {size} alt="" src="{_data(thumbnails.mask, "png")}">'
    label = f"before and after of {_text(name)}"
    # Without autocomplete="off" a page that is loaded again has its sliders elsewhere than what they show.
    slider = f'<input type="range" autocomplete="off" min="0" max="100" value="50" aria-label="{label}">'
    return f'<div class="pair">{before}{after}{mask}{slider}</div>\n'


def _marks(outcome: Outcome) -> list[tuple[str, str]]:
    """What the buttons of the page select by: (kind, words)."""
    words = outcome.status if outcome.status != "skipped" else outcome.why or "its result was there"
    marks: list[tuple[str, str]] = [(outcome.status, words)]
    if outcome.why == DONE_BEFORE and outcome.output is None:
        marks.append(("unchanged", "nothing was taken out"))
    if outcome.leftover_people:
        marks.append(("leftover", f"{outcome.leftover_people} may still be seen"))
    if outcome.unsure_people or outcome.no_face_people:
        marks.append(("unsure", f"{outcome.unsure_people + outcome.no_face_people} not sure"))
    return marks


def _about(outcome: Outcome) -> str:
    people = outcome.people
    parts = [] if people is None else [f"{sum(each.chosen for each in people)} of {len(people)} people taken out"]
    if outcome.hole_share:
        parts.append(f"{outcome.hole_share:.1%} of the photo")
    if outcome.label is not None:
        parts.append(f"labelled as {outcome.label.rpartition('/')[2]}")
    who = [f"{person.number}: {person.who}" for person in people or () if person.who]
    return ", ".join([*parts, *who, *outcome.notes])


def _href(path: Path, folder: Path) -> str:
    """A relative link, so that page and photos may be moved together. A name with a colon is no scheme in it."""
    try:
        return "./" + quote(os.fsencode(Path(os.path.relpath(path, folder)).as_posix()))
    except ValueError:  # another drive
        return path.absolute().as_uri()


def _data(picture: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def _text(text: str) -> str:
    """Text for a page. Bytes of a file name that are no UTF-8 become question marks."""
    return html.escape(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
