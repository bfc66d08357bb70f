"""Every setting with its default, unit and documentation, shared by the command line, the Python API and the docs."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Literal

from eraser.options import check_choice, check_seconds, option

Device = Literal["auto", "cpu", "cuda", "mps"]
OnConflict = Literal["suffix", "skip", "overwrite"]
Format = Literal["same", "png", "jpg", "webp"]
After = Literal["keep", "move", "delete"]
Shadows = Literal["auto", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """What is loaded: the masker, the inpainter, their weights, and where they run.

    Raises:
        TypeError: A value is of another type.
        ValueError: A number lies outside its range, or no device has that name.
    """

    masker: str = option(
        "yolo",
        "What finds people; a+b unites, a-b takes away.",
        "A name from `eraser maskers list`, or `package.module:factory`. `yolo+hats` takes what either finds, "
        "`yolo-statues` people without statues.",
        metavar="NAME",
        envvar="ERASER_MASKER",
    )
    masker_options: tuple[tuple[str, str], ...] = option(
        (),
        "An option of the masker (see `eraser maskers show NAME`). Can be repeated.",
        "With several maskers: `name.key=value`.",
        flags=("--masker-option",),
        metavar="KEY=VALUE",
    )
    masker_timeout: float | None = option(
        None,
        "Give up on a masker that hangs.",
        "It may take that long to start, and again for each photo. Then the run ends with 4.",
        metavar="SECONDS",
        default_text="none",
    )
    people_weights: str = option(
        "auto",
        "The masker's weights; auto fetches better ones than ours once.",
        "`auto` is `yolo26s-seg` if it is here or can be fetched, else `people`, which comes with erase-me. Otherwise "
        "a name from `eraser weights list`, which is fetched if missing, or a `.safetensors`, `.onnx` or `.tflite` "
        "file (the last with `pip install 'erase-me[tflite]'`).",
        metavar="NAME|PATH",
        envvar="ERASER_PEOPLE_WEIGHTS",
    )
    inpainter: str = option(
        "guided",
        "What fills the hole.",
        "`guided`, `patches`, `generator`, `telea` or `navier-stokes`; see [Ways to fill](fills.md).",
        metavar="NAME",
        envvar="ERASER_INPAINTER",
    )
    inpainter_options: tuple[tuple[str, str], ...] = option(
        (),
        "An option of the inpainter (see `eraser inpainters show NAME`). Can be repeated.",
        flags=("--inpainter-option",),
        metavar="KEY=VALUE",
    )
    fill_weights: str = option(
        "fill",
        "The inpainter's weights.",
        "Used by `guided` and `generator`; the others have no weights. `lama` and `migan` are fetched once.",
        metavar="NAME|PATH",
        envvar="ERASER_FILL_WEIGHTS",
    )
    device: Device = option(
        "auto", "Where networks run.", "`auto` takes CUDA, then MPS, then the CPU.", envvar="ERASER_DEVICE"
    )
    min_score: float | None = option(
        None,
        "Leave people alone who are found with less confidence.",
        "From 0 to 1.",
        metavar="F",
        default_text="the weights' own, else 0.25",
        at_least=0,
        at_most=1,
    )
    with_belongings: bool = option(
        True,
        "Whether what people carry, wear and ride goes with them.",
        "Bags, umbrellas, boards, bicycles. It takes weights that know such things, as official ones do; what merely "
        "stands near stays.",
        flags=("--with-belongings/--no-belongings",),
    )
    fast: bool = option(
        False,
        "Look once only: quicker, but small and far people and leftovers are missed.",
        "Skips tiled detection above 4 megapixels, and the second look at the result.",
    )
    offline: bool = option(
        False,
        "Never use the network: take weights that are here.",
        "`ERASER_OFFLINE=1` or `HF_HUB_OFFLINE=1` in the environment forbids it, too. See [Network](network.md).",
    )
    trust_pickle: bool = option(
        False, "Allow .pt weights, which can run any code.", "This is about files given by path."
    )

    def __post_init__(self) -> None:
        check_choice("device", self.device, Device)
        if not isinstance(self.min_score, Real | None):
            raise TypeError(f"min_score must be a number or None, got {self.min_score!r}")
        if self.min_score is not None and not 0 <= self.min_score <= 1:  # NaN neither
            raise ValueError(f"min_score must lie in [0, 1], got {self.min_score}")
        for name, options in (("masker_options", self.masker_options), ("inpainter_options", self.inpainter_options)):
            if not all(isinstance(text, str) for pair in options for text in pair) or any(len(p) != 2 for p in options):
                raise TypeError(f"{name} must be (key, value) pairs of str, got {options!r}")
        check_seconds("masker_timeout", self.masker_timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseRequest:
    """What is asked of one photo: who goes, and how.

    Raises:
        TypeError: ``who`` or a number of pixels is of another type.
        ValueError: A number lies outside its range.
    """

    who: str = option(
        "all",
        "Who goes: all, main, others, or numbers such as 2,3 or 2-4 (see --list).",
        "`others` are all but the main person. Commas join terms.",
        metavar="WHO",
    )
    at: tuple[tuple[int, int], ...] = option(
        (), "The person under that pixel goes (with --who others: stays). Can be repeated.", metavar="X,Y"
    )
    add_mask: bool = option(False, "Remove the mask on top of the people found.")
    second_look: bool = option(
        True,
        "Look at the result, and take out who is left over there.",
        "Who can be seen even then is said on stderr and counted in the report. Not with `--fast`.",
    )
    shadows: Shadows = option(
        "auto",
        "Whether shadows at people's feet go, where they are plain to see.",
        "In doubt a shadow stays. `off` leaves all of them.",
    )
    dilate_px: int | None = option(
        None,
        "How far the hole reaches beyond people.",
        "In pixels of the photo. `0` takes the outline found as it is. A `--mask` is never grown.",
        metavar="N",
        default_text="grows with the person",
        at_least=0,
    )
    feather_px: int | None = option(
        None,
        "Width of the soft edge inside the hole.",
        "In pixels of the photo. `0` is a hard edge; the default follows the rim between person and hole.",
        metavar="N",
        default_text="from the rim",
        at_least=0,
    )

    def __post_init__(self) -> None:
        if not isinstance(self.who, str):
            raise TypeError(f"who must be a str such as 'others' or '2,3', got {self.who!r}")
        check_choice("shadows", self.shadows, Shadows)
        for name, width_px in (("dilate_px", self.dilate_px), ("feather_px", self.feather_px)):
            if width_px is None:
                continue
            if not isinstance(width_px, Integral):
                raise TypeError(f"{name} must be a whole number of pixels or None, got {width_px!r}")
            if width_px < 0:
                raise ValueError(f"{name} must not be negative, got {width_px}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputConfig:
    """Where results go, and in which form."""

    output: Path | None = None
    """A file for one photo, a folder for several; None writes beside each photo."""
    save_mask: bool = option(False, "Also write <stem>.mask.png: white is what was replaced.")
    copy_unchanged: bool = option(
        False, "Write a copy of photos without people, too.", "The copy has the photo's own bytes."
    )
    on_conflict: OnConflict = option(
        "suffix",
        "If the output exists: a numbered name, nothing, or replace it.",
        "`suffix` writes `<stem>.erased-2.jpg`, `skip` leaves it and runs no network, `overwrite` replaces it.",
    )
    format: Format = option("same", "File format of results.", "With `-o FILE` the suffix decides.")
    quality: int | None = option(
        None, "Of JPEG and WebP, 1 to 100.", metavar="N", default_text="the photo's, else 90", at_least=1, at_most=100
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    """How a run over many photos goes.

    Raises:
        ValueError: A number is below 1.
    """

    recursive: bool = option(True, "Take the photos of folders below a folder, too.")
    workers: int | None = option(
        None,
        "Processes that share the work.",
        "With `--ray` the actors of the cluster. One a core, as far as the memory goes; 1 with a graphics card. "
        "Each has networks of its own; with 12 megapixels each takes 1.2 GB.",
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
        "Look into the folder that often (network folders).",
        "Network folders send no events.",
        metavar="SECONDS",
        default_text="waits for events",
    )
    settle: float = option(2.0, "Take a file when it has not changed for that long.", metavar="SECONDS")
    after: After = option("keep", "With --watch: what becomes of originals.", "It happens once the result is on disk.")
    move_to: Path | None = option(None, "With --after move: where originals go.", metavar="DIR")

    def __post_init__(self) -> None:
        check_seconds("poll", self.poll)
        check_seconds("settle", self.settle)
        check_choice("after", self.after, After)
        if (self.after == "move") != (self.move_to is not None):
            raise ValueError("after='move' and move_to belong together: one needs the other")


MODEL_DEFAULTS = ModelConfig()
REQUEST_DEFAULTS = EraseRequest()
OUTPUT_DEFAULTS = OutputConfig()
BATCH_DEFAULTS = BatchConfig()
WATCH_DEFAULTS = WatchConfig()
