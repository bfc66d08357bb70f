"""Counts since the start, in the text format that Prometheus reads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

_HELP = {
    "eraser_requests_total": ("counter", "Requests by route and status."),
    "eraser_photos_total": ("counter", "Photos by what became of them."),
    "eraser_people_total": ("counter", "People found and taken out."),
    "eraser_seconds_total": ("counter", "Time spent in each stage."),
    "eraser_queue_admitted": ("gauge", "Requests that send their photo, wait or run."),
    "eraser_queue_running": ("gauge", "Requests that compute."),
    "eraser_upload_bytes": ("gauge", "Memory for uploads in hand."),
    "eraser_kept_photos": ("gauge", "Photos kept between two requests."),
    "eraser_kept_bytes": ("gauge", "Memory for them."),
    "eraser_jobs": ("gauge", "Jobs in memory."),
    "process_resident_memory_bytes": ("gauge", "Memory of the server process."),
}


class Metrics:
    """Counts; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count something."""
        with self._lock:
            self._counts[name, tuple(labels.items())] += amount  # type: ignore[assignment]  # a Counter takes floats

    def text(self, gauges: Mapping[str, float]) -> str:
        """All counts, and what is measured now."""
        with self._lock:
            counts = dict(self._counts)
        lines = []
        for name, (kind, said) in _HELP.items():
            lines += [f"# HELP {name} {said}", f"# TYPE {name} {kind}"]
            if name in gauges:
                lines.append(f"{name} {gauges[name]:g}")
            lines += sorted(
                f"{name}{_labels(labels)} {value:.17g}" for (each, labels), value in counts.items() if each == name
            )
        return "\n".join(lines) + "\n"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    escaped = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    pairs = [f'{name}="{"".join(escaped.get(c, c) for c in value)}"' for name, value in labels]
    return "{" + ",".join(pairs) + "}" if pairs else ""
