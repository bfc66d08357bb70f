"""Names of weights: from the authors' layer names to ours, and what a state dict was built with."""

from __future__ import annotations

from collections.abc import Mapping
from re import fullmatch

import torch
from torch import Tensor

from eraser.networks.generator import DEEP_LEVELS, LEVELS, GeneratorParams, PENNetGenerator

OWN_MARK = "own_attention"
"""Present in the weights of the ``own`` variant, whose shapes do not tell it apart."""


def rename_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The authors' generator weights under our layer names, the tensors as they came.

    Args:
        state: Their ``netG`` state dict, with or without ``module.`` before each name and with or without the five
            ``torgb`` heads.

    Raises:
        KeyError: Names are missing or unknown; all are listed.
        ValueError: Shapes differ from the published network's; all are listed.
    """
    theirs = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    torgb = any(name.startswith("torgb") for name in theirs)
    renames = _published_names(torgb=torgb)
    missing, extra = sorted(renames.keys() - theirs.keys()), sorted(theirs.keys() - renames.keys())
    if missing or extra:
        raise KeyError(_complaint(missing=missing, extra=extra))
    with torch.device("meta"):
        expected = PENNetGenerator(GeneratorParams(torgb=torgb)).state_dict()
    misshapen = [
        f"{old} {tuple(theirs[old].shape)} instead of {tuple(expected[new].shape)}"
        for old, new in renames.items()
        if theirs[old].shape != expected[new].shape
    ]
    if misshapen:
        raise ValueError(_complaint(misshapen=misshapen))
    return {new: theirs[old] for old, new in renames.items()}


def params_from_state(state: Mapping[str, Tensor]) -> GeneratorParams:
    """What a generator must be built with to take these weights, which bear our layer names.

    Raises:
        KeyError: A level of the encoder is missing: these are weights of something else.
    """
    lite0 = "backbone.mask.weight" in state
    levels = [f"backbone.project.{level - 1}" if lite0 else f"encoder.{level}" for level in LEVELS]
    names = [f"{layer}.weight" for layer in (*levels, f"encoder.{LEVELS[-1] + 1}")]
    missing = [name for name in names if name not in state]
    if missing:
        raise KeyError(_complaint(missing=missing))
    return GeneratorParams(
        attention="own" if OWN_MARK in state else "published",
        torgb=any(name.startswith("torgb.") for name in state),
        channels=tuple(state[name].shape[0] for name in names),
        encoder="lite0" if lite0 else "plain",
        depth=len([name for name in state if fullmatch(rf"blocks\.{DEEP_LEVELS[0]}\.\d+\.first\.weight", name)]),
    )


def _published_names(*, torgb: bool) -> dict[str, str]:
    """From each of the authors' names to ours."""
    layers = {f"dw_conv0{level}.0": f"encoder.{level}" for level in (*LEVELS, LEVELS[-1] + 1)}
    layers |= {f"at_conv0{level}.conv0{i}.0": f"fusion.{level}.dilated.{i}" for level in LEVELS[:-1] for i in range(4)}
    layers |= {f"up_conv0{level}.0": f"decoder.{level}" for level in LEVELS}
    layers |= {"decoder.0": "picture.0", "decoder.2": "picture.1"}
    if torgb:
        layers |= {f"torgb{level}.0": f"torgb.{level}" for level in LEVELS}
    return {f"{old}.{part}": f"{new}.{part}" for old, new in layers.items() for part in ("weight", "bias")}


def _complaint(**problems: list[str]) -> str:
    """One line naming every problem."""
    listed = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in problems.items() if names)
    return f"not the weights of a PEN-Net generator; {listed}"
