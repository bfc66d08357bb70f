"""What is loaded: networks, and where they run."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Literal

from eraser.options import check_choice, check_seconds, option

Device = Literal["auto", "cpu", "cuda", "mps"]


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
        "The limit holds for the start, and for each photo. Beyond it the run ends with exit code 4.",
        metavar="SECONDS",
        default_text="none",
    )
    people_weights: str = option(
        "auto",
        "The masker's weights; with auto the first run fetches better ones than ours.",
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
        "Bags, umbrellas, boards, bicycles. This needs weights that know such things: official ones do, ours do not. "
        "Things that only stand near stay.",
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
        False, "Allow .pt weights, which can run any code.", "Only for files that you give by path."
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


MODEL_DEFAULTS = ModelConfig()
