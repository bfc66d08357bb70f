"""What a run leaves behind: a checkpoint to go on from, and weights to use."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from eraser.errors import DivergedError, WeightsMismatchError, WeightsNotFoundError
from eraser.system.files import clear_stale, whole_file

CHECKPOINT = "checkpoint.pt"
AVERAGED = "ema.safetensors"
BEST = "best.safetensors"
LICENCE = "AGPL-3.0-or-later"


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write tensors and plain values; the file of before stays whole until the new one is."""
    clear_stale(path.parent)  # a run that is killed while it saves would leave hundreds of megabytes each time
    with whole_file(path) as temporary:
        torch.save(dict(state), temporary)


def load_checkpoint(path: Path, device: torch.device, holds: str = "generator") -> dict[str, Any]:
    """Read what ``save_checkpoint`` wrote; no code in the file is run.

    Args:
        path: The file.
        device: Where its tensors go.
        holds: A key that it must have: what kind of run it is of.

    Raises:
        WeightsMismatchError: It is damaged or no checkpoint.
    """
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise WeightsMismatchError(f"{path} is no whole checkpoint: delete it to begin anew ({error})") from error
    if not isinstance(state, dict) or holds not in state:
        raise WeightsMismatchError(f"{path} is no checkpoint of a training run")
    return state


def is_finite(state: object) -> bool:
    """Whether all floating-point tensors in a state hold numbers, however deep they lie."""
    if isinstance(state, Mapping):
        return all(is_finite(part) for part in state.values())
    return not isinstance(state, Tensor) or not state.is_floating_point() or bool(state.isfinite().all())


def export_weights(path: Path, network: nn.Module, metadata: Mapping[str, str]) -> None:
    """Write the weights of a network as float16 safetensors, counters as they are; metadata says what they are.

    Raises:
        DivergedError: Some are no numbers, or too large for float16; the file stays as it was.
    """
    halves = {
        name: tensor.detach().to("cpu", torch.float16 if tensor.is_floating_point() else tensor.dtype).contiguous()
        for name, tensor in network.state_dict().items()
    }
    if not is_finite(halves):
        raise DivergedError(f"the run diverged: {path} stays as it was; begin again with a lower learning rate")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        save_file(halves, temporary, metadata=dict(metadata))
        temporary.chmod(0o644)  # safetensors makes it readable for its owner only


def start_from(path: Path, network: nn.Module, leave_out: str | None = None) -> None:
    """Load exported weights into a network, to train on from them.

    Args:
        path: The weights.
        network: What they are loaded into.
        leave_out: Module whose tensors are not loaded, if the file has any.

    Raises:
        WeightsNotFoundError: There is no such file.
        WeightsMismatchError: It is damaged, or of another network.
    """
    if not path.is_file():
        raise WeightsNotFoundError(f"{path} does not exist: name a .safetensors file of the network")
    try:
        state = {name: tensor.float() for name, tensor in load_file(path).items()}
        network.load_state_dict({name: t for name, t in state.items() if name.partition(".")[0] != leave_out})
    except (SafetensorError, RuntimeError) as error:
        # The first line says only which class it was; the next one names what differs, all of it.
        reason = " ".join(" ".join(str(error).splitlines()[:2]).split())[:300]
        raise WeightsMismatchError(
            f"{path} does not fit the network that is trained: give the settings that it was made with ({reason})"
        ) from error
