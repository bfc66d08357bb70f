"""From a weights file to a generator that is ready to complete pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eraser.errors import WeightsMismatchError
from eraser.weights.files import PICKLE_SUFFIXES
from eraser.weights.published import PUBLISHED_SIZE_PX, read_published
from eraser.weights.state import read_metadata, read_state

if TYPE_CHECKING:
    from eraser.networks.generator import PENNetGenerator

_MAX_SIZE_PX = 1024


def load_generator(path: Path) -> PENNetGenerator:
    """The generator in a weights file, on the CPU, in float32, ready for inference.

    Which network it is follows from the tensors: the attention's variant, the torgb heads and the widths. Whether the
    file is the one it should be is ``find``'s to say.

    Args:
        path: A .safetensors file, or a .pth of the authors', in which nothing is run.

    Raises:
        WeightsNotFoundError: There is no such file.
        WeightsMismatchError: It is damaged, or the weights of another network.
        WeightsError: It cannot be read.
    """
    import torch

    from eraser.networks.checkpoint import params_from_state
    from eraser.networks.generator import PENNetGenerator

    is_pickle = path.suffix.lower() in PICKLE_SUFFIXES
    state = read_published(path) if is_pickle else {name: t.float() for name, t in read_state(path).items()}
    said = None if is_pickle else read_metadata(path).get("attention")
    try:
        params = params_from_state(state)
        with torch.device("meta"):  # no time for numbers that are replaced at once
            network = PENNetGenerator(params)
        network.load_state_dict(state, strict=True, assign=True)
    except (KeyError, IndexError, RuntimeError, ValueError, TypeError, ZeroDivisionError) as error:
        reason = " ".join(str(error.args[0] if error.args else error).split())
        raise WeightsMismatchError(f"{path}: {reason}") from error
    if said not in (None, params.attention):
        raise WeightsMismatchError(f"{path} says that its attention is {said!r}, its tensors that it is otherwise")
    if not all(tensor.isfinite().all() for tensor in state.values()):
        raise WeightsMismatchError(f"{path} holds infinite or undefined numbers")
    return network.eval().requires_grad_(False)


def read_size_px(path: Path) -> int:
    """Side of the square pictures that a generator was trained with; 256, the authors', if its file does not say.

    Raises:
        WeightsMismatchError: The file is damaged, or says something else than a multiple of 64.
        WeightsError: It cannot be read.
    """
    if path.suffix.lower() in PICKLE_SUFFIXES:
        return PUBLISHED_SIZE_PX
    said = read_metadata(path).get("size_px", str(PUBLISHED_SIZE_PX))
    size_px = int(said) if said.isascii() and said.isdigit() else 0
    if not 64 <= size_px <= _MAX_SIZE_PX or size_px % 64:
        raise WeightsMismatchError(f"{path} says that it was trained with pictures of {said!r} pixels a side")
    return size_px
