"""What torch saved as a pickle, read as data: tensors in plain containers, and nothing in it is run."""

from __future__ import annotations

import warnings
from pathlib import Path

from eraser.errors import WeightsError, WeightsMismatchError, WeightsNotFoundError


def read_pickled(path: Path) -> object:
    """What is in a .pt or .pth file, on the CPU, if it is nothing but tensors in plain containers.

    Raises:
        WeightsNotFoundError: There is no such file.
        WeightsMismatchError: It is truncated, or holds more than tensors.
        WeightsError: It cannot be read.
    """
    import pickle

    import torch

    if not path.exists():
        raise WeightsNotFoundError(f"there is no file {path}")
    if not path.is_file():
        raise WeightsError(f"{path} is no file: name a file of weights")
    try:
        file = path.open("rb")
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        with file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's warnings about old formats do not help the reader of the file
            loaded: object = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "weights" not in str(error).lower():
            raise _damaged(path, error) from error
        raise WeightsMismatchError(
            f"{path} holds more than tensors, or is no checkpoint at all; nothing in it was run"
        ) from error
    except Exception as error:  # damaged bytes fail anywhere in a decoder, and with anything
        raise _damaged(path, error) from error
    return loaded


def _damaged(path: Path, error: Exception) -> WeightsMismatchError:
    return WeightsMismatchError(f"{path} is truncated, or no checkpoint at all ({type(error).__name__})")
