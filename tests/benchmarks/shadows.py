"""How well cast shadows are found: python tests/benchmarks/shadows.py [--scenes N] [--sheet FILE].

People cut out of photos stand on the most even ground of photos without people, of the folder that $ERASER_DATA names.
Each scene comes five times: bare; with a dark object beside the feet; with a floor or a band of it times 0.4 to 0.8,
straight edges; with a painted cast shadow, the person's outline sheared and flattened, softer further off, times 0.4 to
0.8 and a little blue; with a soft round shadow below the feet. A shadow is hit when at least half of it, beyond the
grown person, is found; all that is found elsewhere is false.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tarfile
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from eraser.geometry import Person
from eraser.hole.grow import default_dilate_px, grow
from eraser.hole.shadows import find_shadow

KINDS = ("bare", "object", "floor", "cast", "contact")
PAINTED = ("cast", "contact")


class Scene(NamedTuple):
    image: np.ndarray
    person: Person
    shadow: np.ndarray
    """(H, W) bool, not under the person."""


def backgrounds(data: Path, count: int, rng: np.random.Generator) -> list[np.ndarray]:
    with tarfile.open(data / "backgrounds" / "backgrounds-0.tar") as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        chosen = rng.choice(len(members), count, replace=False)
        files = [archive.extractfile(members[i]) for i in chosen]
        return [np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB")) for file in files if file]


def cutout(path: Path, height_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Colours and alpha in [0, 1] of somebody as high as asked."""
    picture = Image.open(path).convert("RGBA")
    picture = picture.crop(picture.getchannel("A").point(lambda a: 255 * (a > 127)).getbbox())
    scaled = np.asarray(picture.resize((max(1, round(picture.width * height_px / picture.height)), height_px)))
    return scaled[..., :3].astype(np.float32), scaled[..., 3].astype(np.float32) / 255


def cast(alpha: np.ndarray, shape: tuple[int, ...], feet: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(H, W) in [0, 1]: the outline laid on the ground, away from the feet (x, y), blurred more the further off."""
    height, width = alpha.shape
    flat = rng.choice([-1, 1]) * rng.uniform(0.2, 0.7)
    shear = rng.uniform(-1.2, 1.2)
    matrix = np.array([[1, -shear, feet[0] - width / 2 + shear * height], [0, flat, feet[1] - flat * height]])
    laid = cv2.warpAffine(alpha, matrix, shape[1::-1])
    near, far = cv2.GaussianBlur(laid, (0, 0), 0.8), cv2.GaussianBlur(laid, (0, 0), 0.03 * height)
    way = np.abs(np.arange(shape[0]) - feet[1])[:, None] / (abs(flat) * height)
    return near + (far - near) * np.clip(way, 0, 1)


def calm_spot(background: np.ndarray, width: int, height: int, rng: np.random.Generator) -> tuple[int, int]:
    """Where somebody might stand: of twenty places in the lower part, the one on the most even ground."""
    gray = np.log(background.mean(axis=2) + 6)

    def unrest(spot: tuple[int, int]) -> float:
        x, y = spot
        ground = gray[max(0, y - height // 4) : y + height // 4, max(0, x - height // 2) : x + height // 2]
        return float(ground.std())

    margin = width // 2 + 1
    xs = rng.integers(margin, max(margin + 1, background.shape[1] - margin - 1), 20)
    ys = rng.integers(int(0.65 * background.shape[0]), int(0.95 * background.shape[0]), 20)
    return min(zip(xs.tolist(), ys.tolist(), strict=True), key=unrest)


def compose(kind: str, background: np.ndarray, path: Path, rng: np.random.Generator) -> Scene:
    shape = background.shape
    colours, alpha = cutout(path, int(shape[0] * rng.uniform(0.25, 0.6)))
    height, width = alpha.shape
    foot_x, foot_y = calm_spot(background, width, height, rng)
    out = background.astype(np.float32)
    shade, factor = np.zeros(shape[:2], np.float32), rng.uniform(0.4, 0.8)
    tint = factor + rng.uniform(0, 0.1) * np.array([-0.5, 0, 1])
    if kind == "cast":
        shade = cast(alpha, shape, (foot_x, foot_y), rng)
        out *= 1 - shade[..., None] * (1 - tint)
    elif kind == "contact":
        radii = height * rng.uniform(0.15, 0.4), height * rng.uniform(0.04, 0.1)
        centre_x = foot_x + rng.uniform(-0.6, 0.6) * radii[0]
        y, x = np.mgrid[: shape[0], : shape[1]]
        round_ = ((x - centre_x) / radii[0]) ** 2 + ((y - foot_y + 0.2 * radii[1]) / radii[1]) ** 2 <= 1
        shade = cv2.GaussianBlur(round_.astype(np.float32), (0, 0), height * rng.uniform(0.005, 0.02))
        out *= 1 - shade[..., None] * (1 - tint)
    elif kind == "object":
        size = height * rng.uniform(0.1, 0.3, 2)
        centre = (foot_x + rng.choice([-1, 1]) * (0.3 * width + 0.8 * size[0]), foot_y - 0.8 * size[1])
        box = (
            (float(centre[0]), float(centre[1])),
            (float(2 * size[0]), float(2 * size[1])),
            float(rng.uniform(0, 20)),
        )
        stain = cv2.fillPoly(np.zeros(shape[:2], np.uint8), [cv2.boxPoints(box).astype(np.int32)], 1) > 0
        dark = rng.uniform(20, 90) + rng.normal(0, 15, 3) + cv2.GaussianBlur(rng.normal(0, 60, shape), (0, 0), 3)
        out[stain] = np.clip(dark, 0, 255)[stain]
    elif kind == "floor":
        edge_y = foot_y - height * rng.uniform(0.05, 0.3) + rng.uniform(-0.2, 0.2) * (np.arange(shape[1]) - foot_x)
        rows = np.arange(shape[0])[:, None]
        # Every other one is a band across the feet, as paint on a street leaves.
        out[(rows > edge_y) & (rows < edge_y + height * rng.choice([0.3, 9.0]))] *= tint
    y0, x0 = foot_y - height, foot_x - width // 2
    view = out[max(y0, 0) : foot_y, x0 : x0 + width]
    solid = alpha[height - len(view) :, :, None]
    view[:] = view + solid * (colours[height - len(view) :] - view)
    mask = np.zeros(shape[:2], np.bool_)
    mask[max(y0, 0) : foot_y, x0 : x0 + width] = solid[..., 0] > 0.5
    return Scene(np.rint(np.clip(out, 0, 255)).astype(np.uint8), Person.from_mask(mask), (shade > 0.5) & ~mask)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path, help="write the scenes with a find here, outlined")
    options = parser.parse_args()
    data = Path(os.environ["ERASER_DATA"])
    people = sorted((data / "people" / "cutouts").iterdir())
    rng = np.random.default_rng(options.seed)
    places = backgrounds(data, options.scenes, rng)
    print("| scene | with a find | hit | IoU of hits | false, share of the person | ms a person |")
    print("|---|---|---|---|---|---|")
    shown: list[np.ndarray] = []
    for kind in KINDS:
        finds, hits, ious, false, seconds = 0, 0, [], [], []
        for number, place in enumerate(places):
            scene_rng = np.random.default_rng((options.seed, number))
            scene = compose(kind, place, people[scene_rng.integers(len(people))], scene_rng)
            begin = time.perf_counter()
            found = find_shadow(scene.image, scene.person)
            seconds.append(time.perf_counter() - begin)
            hole = np.zeros(scene.shadow.shape, np.bool_)
            box, grown = grow(scene.person, default_dilate_px(scene.person), scene.image.shape)
            hole[box.slices] = grown
            got = np.zeros_like(hole)
            if found is not None:
                got[found.box.slices] = found.mask
            got, truth = got & ~hole, scene.shadow & ~hole
            finds += bool(got.any())
            false.append((got & ~truth).sum() / scene.person.area_px)
            if truth.any() and (got & truth).sum() >= 0.5 * truth.sum():
                hits += 1
                ious.append((got & truth).sum() / (got | truth).sum())
            if got.any():
                shown.append(outlined(scene.image, got, truth, f"{kind} {number}"))
        rate = f"{hits / len(places):.2f}" if kind in PAINTED else ""
        print(
            f"| {kind} | {finds / len(places):.3f} | {rate} | {statistics.mean(ious) if ious else 0:.2f} "
            f"| {statistics.mean(false):.4f} | {1000 * statistics.median(seconds):.1f} |"
        )
    if options.sheet and shown:
        shown += [np.zeros_like(shown[0])] * (-len(shown) % 6)
        Image.fromarray(np.vstack([np.hstack(shown[i : i + 6]) for i in range(0, len(shown), 6)])).save(options.sheet)


def outlined(image: np.ndarray, found: np.ndarray, truth: np.ndarray, title: str) -> np.ndarray:
    """A scene with what was found in red and the truth in green, on a tile of one size."""
    tile = image.copy()
    for mask, colour in ((truth, (0, 255, 0)), (found, (255, 0, 0))):
        lines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(tile, lines, -1, colour, 1)
    scale = min(384 / tile.shape[1], 300 / tile.shape[0])
    tile = cv2.resize(tile, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((300, 384, 3), np.uint8)
    canvas[: tile.shape[0], : tile.shape[1]] = tile[:300, :384]
    return cv2.putText(canvas, title, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 0), 1)


if __name__ == "__main__":
    main()
