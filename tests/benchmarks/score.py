"""Figures of fills whose truth is known, inside the hole only, from folders that ``fill.py`` wrote.

    python tests/benchmarks/score.py OUT [--set fill composite structure] [--method guided patches]

psnr, ssim, swd and sharp are those of ``eraser.training.figures`` on the whole photo; ``lite0`` and ``lite2`` are
perceptual distances (``eraser.training.perceptual``) by EfficientNet-Lite0 and -Lite2. A network that trained a fill is
no fair judge of it, so weights trained with Lite0's features are judged by Lite2's. Photos are shown to both at no more
than 640 px on the shorter side. Lower is better for swd, lite0 and lite2; sharp is best at 1.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from eraser.networks.efficientnet import LITE0, LITE2
from eraser.training.figures import FillFigures, figures_of
from eraser.training.imagenet import load_imagenet
from eraser.training.perceptual import PerceptualDistance

SHORT_SIDE_PX = 640


def tensor(path: Path, mode: str) -> torch.Tensor:
    """(1, C, H, W) in [0, 1], at no more than 640 px on the shorter side, sides cut to multiples of 32."""
    pixels = np.asarray(Image.open(path).convert(mode), np.float32) / 255
    scale = SHORT_SIDE_PX / min(pixels.shape[:2])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = (side // 32 * 32 for side in pixels.shape[:2])
    pixels = pixels[:height, :width].reshape(height, width, -1)
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--set", nargs="+", default=["fill", "composite"])
    parser.add_argument("--method", nargs="+", help="folders beside truth/ and mask/; all of them if left out")
    args = parser.parse_args()
    judges = {lite.name: PerceptualDistance(load_imagenet(lite)) for lite in (LITE0, LITE2)}
    for kind in args.set:
        folder = args.out / kind
        methods = args.method or sorted(d.name for d in folder.iterdir() if d.name not in ("truth", "mask"))
        print(kind, *FillFigures.names()[:-2], *judges, sep="\t")
        for method in methods:
            rows = []
            for path in sorted((folder / method).glob("*.png")):
                truth_path = next((folder / "truth").glob(f"{path.stem}.*"))
                filled, truth = tensor(path, "RGB"), tensor(truth_path, "RGB")
                hole = (tensor(folder / "mask" / f"{path.stem}.png", "L") > 0.5).float()
                if not hole.any():
                    continue
                with torch.inference_mode():
                    basic = figures_of(filled * 2 - 1, truth * 2 - 1, hole)[:5, 0].tolist()
                    rows.append([*basic, *(float(judge(filled, truth, hole)) for judge in judges.values())])
            print(method, *(f"{value:.4f}" for value in np.mean(rows, axis=0)), f"{len(rows)} photos", sep="\t")


if __name__ == "__main__":
    main()
