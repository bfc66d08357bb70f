"""Official ``.pt`` checkpoints, which are pickles, turned into safetensors once, so that none is opened twice."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from eraser.maskers.quiet_ultralytics import import_ultralytics
from eraser.maskers.recipes import build_segmenter
from eraser.system.files import whole_file
from eraser.weights import WeightsFile

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)


def safe_copy(file: WeightsFile) -> Path | None:
    """The safetensors file made from a pinned pickle, beside it; made if it is missing.

    The copy carries the pickle's sha256 in its name: another pickle gets another copy.

    Args:
        file: A ``.pt`` file whose sha256 is pinned and was checked. Loading it can run code.

    Returns:
        The copy. None if the pickle holds no network of ultralytics' recipes, or the folder cannot be written.
    """
    target = file.path.with_name(f"{file.path.stem}.{file.sha256[:16]}.safetensors")
    if target.is_file():
        return target
    arch = file.path.stem
    try:
        state, names = _open(file.path, arch)
        from safetensors.torch import save_file

        metadata = {"arch": arch, "names": json.dumps(names), "made_from_sha256": file.sha256}
        with whole_file(target) as temporary:
            save_file(state, temporary, metadata)
    except Exception as error:  # an unpickler may raise anything; the pickle itself is still there to be loaded
        log.info("%s is loaded as it is: %s", file.path, error)
        return None
    return target


def _open(path: Path, arch: str) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Tensors and class names of a checkpoint, once they are known to fit the recipe of that name.

    Raises:
        ValueError: There is no such recipe.
        RuntimeError: The tensors do not fit it.
    """
    import torch

    import_ultralytics("ultralytics.nn.tasks")  # the classes that the pickle names
    checkpoint = torch.load(path, map_location="cpu", weights_only=False)
    model = checkpoint.get("ema") or checkpoint["model"]
    names = [str(model.names[index]) for index in sorted(model.names)]
    state = {key: tensor.detach().contiguous().clone() for key, tensor in model.state_dict().items()}
    build_segmenter(arch, names).load_state_dict(state, strict=True)
    return state, names
