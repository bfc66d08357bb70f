"""Tensors and metadata out of a safetensors file: data only, nothing in it can run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError

if TYPE_CHECKING:
    import torch


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """All tensors of a safetensors file, on the CPU, in the dtype in which they were stored.

    Raises:
        WeightsNotFoundError: There is no such file.
        WeightsMismatchError: It is truncated, or no safetensors file.
        WeightsError: It cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state: dict[str, torch.Tensor] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise _readable_error(path, error) from error
    return state


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata in the head of a safetensors file, empty when it has none. Loads neither tensors nor torch.

    Raises:
        WeightsNotFoundError: There is no such file.
        WeightsMismatchError: It is truncated, or no safetensors file.
        WeightsError: It cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise _readable_error(path, error) from error


def _readable_error(path: Path, error: Exception) -> WeightsError:
    if isinstance(error, FileNotFoundError):
        return WeightsNotFoundError(f"there is no weights file {path}")
    if isinstance(error, OSError):
        return WeightsError(f"cannot read {path}: {error.strerror or error}")
    return WeightsMismatchError(f"{path} is truncated, or no safetensors file at all ({error})")
