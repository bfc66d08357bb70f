"""How a run over many photos goes, and how a folder is watched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eraser.options import check_choice, check_seconds, option

After = Literal["keep", "move", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    """How a run over many photos goes.

    Raises:
        ValueError: A number is below 1.
    """

    recursive: bool = option(True, "Take the photos of folders below a folder, too.")
    workers: int | None = option(
        None,
        "How many processes share the work.",
        "By default one for each core, as far as the memory goes, and 1 with a graphics card. Each loads its own "
        "networks: about 0.8 GB at 12 megapixels. With `--ray`: the number of actors.",
        metavar="N",
        default_text="what suits the machine",
        at_least=1,
    )
    resume: bool = option(
        False,
        "Leave out what an earlier run has done; do what changed and what failed.",
        "See [Many photos](many-photos.md).",
    )
    ledger: bool = option(
        True, "Keep a list of what was done, for --resume, beside the results.", "Only where there are several photos."
    )
    limit: int | None = option(
        None,
        "Do at most this many photos.",
        "With `--resume` those that are done do not count.",
        metavar="N",
        at_least=1,
    )
    shard: str | None = option(None, "Do one share of the photos: 3/16 on the third of 16 machines.", metavar="I/N")
    ray: str | None = option(
        None,
        "Do the photos on a Ray cluster: auto, its address, or local.",
        "`auto` is the cluster around, `local` is one on this machine. See [Many machines](cluster.md).",
        metavar="auto|ADDRESS|local",
    )
    actor_cpus: float = option(1.0, "With --ray: cores for each actor.", metavar="N", at_least=0.01)
    actor_gpus: float | None = option(
        None, "With --ray: share of a GPU for each actor.", metavar="N", default_text="none", at_least=0
    )
    dry_run: bool = option(
        False, "Say what would be done, and do nothing.", "Names of results are shown. No network is loaded."
    )
    review: Path | None = option(None, "Write a page to look through: before, mask and after.", metavar="FILE.html")

    def __post_init__(self) -> None:
        for name, number in (("workers", self.workers), ("limit", self.limit)):
            if number is not None and number < 1:
                raise ValueError(f"{name} must be at least 1, got {number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchConfig:
    """How a folder is watched.

    Raises:
        ValueError: A time is not above 0, or ``after`` and ``move_to`` do not fit together.
    """

    watch: Path | None = option(
        None,
        "Erase what comes into a folder, until Ctrl-C. Needs -o.",
        "See [Watching a folder](watching.md).",
        metavar="FOLDER",
    )
    once: bool = option(False, "With --watch: do what lies there, then end.")
    poll: float | None = option(
        None,
        "Look into the folder every so many seconds.",
        "Network folders need it, as they send no events.",
        metavar="SECONDS",
        default_text="waits for events",
    )
    settle: float = option(2.0, "Take a file when it has not changed for that long.", metavar="SECONDS")
    after: After = option(
        "keep",
        "With --watch: what happens to originals.",
        "It happens once the result is on disk. `move` needs `--move-to`.",
    )
    move_to: Path | None = option(None, "With --after move: where originals go.", metavar="DIR")

    def __post_init__(self) -> None:
        check_seconds("poll", self.poll)
        check_seconds("settle", self.settle)
        check_choice("after", self.after, After)
        if (self.after == "move") != (self.move_to is not None):
            raise ValueError("after='move' and move_to belong together: one needs the other")


BATCH_DEFAULTS = BatchConfig()
WATCH_DEFAULTS = WatchConfig()
