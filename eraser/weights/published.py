"""The authors' checkpoints: a pickle becomes a safetensors file under our layer names, and nothing in it is run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from eraser.errors import WeightsError, WeightsMismatchError
from eraser.system.files import whole_file
from eraser.system.paths import weights_dir
from eraser.weights.files import hash_file
from eraser.weights.manifest import WeightsEntry, check_name_is_free, read_manifest, register
from eraser.weights.pickled import read_pickled

if TYPE_CHECKING:
    import torch

PUBLISHED_SIZE_PX = 256
"""Side of the pictures that the authors trained with."""
_GENERATOR = "netG"


def import_published(path: Path, name: str) -> Path:
    """Turn a checkpoint of PEN-Net into weights of the person's own, called ``name``.

    Nothing in the checkpoint is run. Nothing is written before all of it has been found right, and what is written
    appears in one step. The user's own weights of that name are replaced.

    Args:
        path: The authors' .pth: ``{"netG": state dict}``, or the state dict itself.
        name: Under which ``--fill-weights`` finds them: a set of the authors' (places2...), or any other.

    Returns:
        ``NAME.safetensors`` in the person's weights folder, in float32 under our layer names.

    Raises:
        WeightsNotFoundError: There is no such file.
        WeightsMismatchError: It is truncated, holds more than tensors, or is the checkpoint of another network: every
            missing, extra or misshapen key is named.
        WeightsError: The name cannot be used, or the file cannot be read or written.
    """
    entry = _entry(path, name)
    state = read_published(path)
    target = weights_dir() / entry.file
    metadata = {"arch": "pennet", "attention": "published", "size_px": str(PUBLISHED_SIZE_PX), "licence": entry.licence}
    with _written(target) as temporary:
        _save(state, temporary, metadata)
        sha256 = hash_file(temporary)
    register(replace(entry, sha256=sha256))
    return target


def read_published(path: Path) -> dict[str, torch.Tensor]:
    """The generator in a checkpoint of the authors', float32, under our layer names.

    Raises:
        WeightsError: As in ``import_published``.
    """
    import torch

    from eraser.networks.checkpoint import rename_published

    loaded = read_pickled(path)
    state = loaded.get(_GENERATOR, loaded) if isinstance(loaded, Mapping) else None
    if not isinstance(state, Mapping) or not all(
        isinstance(key, str) and type(value) in (torch.Tensor, torch.nn.Parameter) for key, value in state.items()
    ):
        raise WeightsMismatchError(
            f"{path} holds no weights of a generator: it must be a state dict, or a dictionary with one as {_GENERATOR}"
        )
    try:
        renamed = rename_published(state)
    except (KeyError, ValueError) as error:
        raise WeightsMismatchError(f"{path}: {error.args[0]}") from error
    # Clones, as two names may share a tensor here, which safetensors does not know.
    tensors = {key: value.detach().to(torch.float32, copy=True).contiguous() for key, value in renamed.items()}
    if broken := [key for key, value in tensors.items() if not value.isfinite().all()]:
        raise WeightsMismatchError(f"{path} holds infinite or undefined numbers, in {', '.join(broken)}")
    return tensors


def _entry(path: Path, name: str) -> WeightsEntry:
    """What the manifest will say, but for the sha256."""
    try:
        own = WeightsEntry(
            name=name,
            kind="fill",
            file=f"{name}.safetensors",
            licence="unknown",
            source=f"PEN-Net generator, imported from {path.name}",
        )
    except ValueError as error:
        raise WeightsError(str(error)) from error
    check_name_is_free(name, "fill")
    known = read_manifest().get(name)
    if known and known.kind != own.kind:
        raise WeightsError(f"the name {name} belongs to weights for finding people: choose another name")
    return replace(known, file=own.file, sha256=None) if known else own


def _save(state: Mapping[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
    from safetensors.torch import save_file

    save_file(dict(state), path, metadata)
    path.chmod(0o644)  # safetensors leaves it to its owner alone


@contextlib.contextmanager
def _written(target: Path) -> Iterator[Path]:
    """As ``whole_file``, in a folder that is made; what goes wrong becomes a WeightsError."""
    from safetensors import SafetensorError

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as temporary:
            yield temporary
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"cannot write {target}: {getattr(error, 'strerror', None) or error}") from error
