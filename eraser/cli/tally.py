"""What a run came to: counts, the first names of what failed, an exit code. Its size does not grow with the photos."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection

from eraser.batch import DONE_BEFORE, Outcome
from eraser.system.words import one_line

_NAMES = 10
_ORDER = ("erased", "copied", "unchanged", "listed", "planned", "skipped", "failed")
_MEANING = {
    "erased": "people taken out",
    "copied": "nobody to take out, copied",
    "unchanged": "nobody to take out",
    "listed": "looked at",
    "planned": "would be done",
    "skipped": "left alone",
    "failed": "failed",
}


class Tally:
    """Counts outcomes."""

    def __init__(self, found: int, limit: int | None = None) -> None:
        """Begin at nothing.

        Args:
            found: Photos.
            limit: So many are done at most, besides those that an earlier run has done.
        """
        self._limit, self._done_before = limit, 0
        self.found = found
        """Photos; set it again where they are counted on the way."""
        self.counts: Counter[str] = Counter()
        self._people = 0
        self._failed: list[str] = []
        self._codes: set[int] = set()
        self.is_stopped = False
        """Whether a failure ended the run."""
        self._begin = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.counts[outcome.status] += 1
        self._done_before += outcome.why == DONE_BEFORE
        if outcome.status == "erased":
            self._people += sum(person.chosen for person in outcome.people or ())
        if outcome.error is not None:
            self._codes.add(outcome.error.exit_code)
            if len(self._failed) < _NAMES:
                self._failed.append(one_line(outcome.photo_name))
        self.is_stopped |= outcome.ends_run

    @property
    def total(self) -> int:
        """Photos that the run is about; with a limit it grows by those that turn out to be done already."""
        return self.found if self._limit is None else min(self.found, self._done_before + self._limit)

    @property
    def exit_code(self) -> int:
        """0; else the exit code of what went wrong, and 1 if different photos failed in different ways."""
        return exit_code(self._codes)

    def failures(self) -> str | None:
        """Which photos failed, in one line; None if none did."""
        failed = self.counts["failed"]
        if not failed:
            return None
        more = f" and {failed - len(self._failed)} more" if failed > len(self._failed) else ""
        untried = self.total - self.counts.total()
        stopped = f"; {untried} were not tried, since this would meet them all" if self.is_stopped and untried else ""
        return f"error: {failed} of {self.total} failed: {', '.join(self._failed)}{more}{stopped}"

    def table(self) -> str:
        """How many photos came to what, and how long it took."""
        seconds = time.monotonic() - self._begin
        width = max(len(str(count)) for count in self.counts.values()) if self.counts else 1
        lines = [f"  {self.counts[status]:>{width}}  {_MEANING[status]}" for status in _ORDER if self.counts[status]]
        worked = self.counts.total() - self.counts["skipped"] - self.counts["planned"]
        if self._people:
            lines.append(f"  {self._people} people are gone")
        if worked:
            lines.append(f"  {_duration(seconds)}, {60 * worked / max(seconds, 1e-3):.1f} photos a minute")
        return "\n".join(lines)


def exit_code(codes: Collection[int]) -> int:
    """0 without failures; else the exit code of what went wrong, and 1 if it went wrong in different ways."""
    return next(iter(codes)) if len(codes) == 1 else min(len(codes), 1)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
