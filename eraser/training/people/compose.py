"""Drawing training pictures: photos as they are, people pasted on photos, people on backgrounds, nobody at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from eraser.training.people.augment import disturb
from eraser.training.people.cutouts import Cutouts
from eraser.training.people.paste import paste
from eraser.training.people.photos import PeoplePhotos
from eraser.training.people.pixels import PixelBank
from eraser.training.people.placing import draw_crowd, draw_few, place_photo
from eraser.training.people.scene import Scene
from eraser.training.people.settings import PeopleSettings


@dataclass(frozen=True, slots=True)
class Sources:
    """All that pictures are made of."""

    photos: PeoplePhotos
    backgrounds: PixelBank
    cutouts: Cutouts


class Composer:
    """Draws pictures; each is a function of the random generator alone."""

    def __init__(self, sources: Sources, settings: PeopleSettings) -> None:
        """Weigh the sources.

        Args:
            sources: Photos, backgrounds and cut-outs.
            settings: Shares, and weights of the sources.
        """
        self._sources, self._settings = sources, settings
        self._photo_chances = _chances(sources.photos.bank.notes, settings)
        self._background_chances = _chances(sources.backgrounds.notes, settings)

    def draw(self, side: int, rng: np.random.Generator, *, mosaics: bool = True) -> Scene:
        """One square picture.

        Args:
            side: In pixels, a multiple of 32.
            rng: Where all chance comes from.
            mosaics: Whether it may be a mosaic.
        """
        if mosaics and rng.random() < self._settings.mosaic_share:
            scene = self._mosaic(side, rng)
        else:
            scene = self._scene(side, side, rng)
        if rng.random() < 0.5:
            scene.flip()
        scene.pixels = disturb(np.ascontiguousarray(scene.pixels), rng)
        return scene

    def _mosaic(self, side: int, rng: np.random.Generator) -> Scene:
        """Four scenes around a corner that they share."""
        scene = Scene.blank(side, side)
        x, y = (round(side * rng.uniform(0.35, 0.65)) for _ in range(2))
        for left, right in ((0, x), (x, side)):
            for top, bottom in ((0, y), (y, side)):
                scene.put(self._scene(right - left, bottom - top, rng), left, top)
        return scene

    def _scene(self, width: int, height: int, rng: np.random.Generator) -> Scene:
        settings = self._settings
        scene = Scene.blank(width, height)
        kind = rng.random()
        if kind < settings.composite_share + settings.empty_share:
            self._lay_background(scene, rng)
            if rng.random() < 0.25:
                self._paste_decoys(scene, rng)
            if kind < settings.composite_share:
                self._paste_people(scene, rng, crowd=rng.random() < settings.crowd_share)
            return scene
        self._lay_photo(scene, rng)
        if rng.random() < settings.paste_share:
            self._paste_people(scene, rng, crowd=False)
        return scene

    def _lay_background(self, scene: Scene, rng: np.random.Generator) -> None:
        bank = self._sources.backgrounds
        photo = bank[_choose(self._background_chances, rng)]
        size_wh = (photo.shape[1], photo.shape[0])
        middle = rng.random(2) * size_wh
        scene.lay(photo, (), place_photo(size_wh, scene.size_wh, middle, rng))

    def _lay_photo(self, scene: Scene, rng: np.random.Generator) -> None:
        index = _choose(self._photo_chances, rng)
        photos = self._sources.photos
        photo, polygons = photos.bank[index], photos.outlines[index]
        size_wh = (photo.shape[1], photo.shape[0])
        middle = rng.random(2)
        if polygons and rng.random() < 0.8:  # somebody shall be in what is seen of the photo
            polygon = polygons[rng.integers(len(polygons))]
            low, high = polygon.min(axis=0), polygon.max(axis=0)
            middle = low + (high - low) * rng.uniform(0, 1, 2)
        ignored = photos.ignored[index] if photos.ignored else ()
        scene.lay(photo, polygons, place_photo(size_wh, scene.size_wh, middle * size_wh, rng), ignored)

    def _paste_people(self, scene: Scene, rng: np.random.Generator, *, crowd: bool) -> None:
        width, height = scene.size_wh
        standing = draw_crowd(rng) if crowd else draw_few(rng)
        # Far people first: who is taller is nearer, and covers them.
        for tall, foot in sorted(standing):
            index = int(rng.integers(len(self._sources.cutouts)))
            rgba, sides = self._sources.cutouts.bank[index], self._sources.cutouts.sides_cut(index)
            pixels, bottom = tall * height, foot * height
            wide = pixels * rgba.shape[1] / rgba.shape[0]
            left = rng.random() * (width + 0.3 * wide) - 0.65 * wide  # a third of anybody is in the scene
            # Where the photo cut somebody, so must the scene.
            if "b" in sides:
                bottom = max(bottom, height + rng.uniform(0, 0.1) * pixels)
            if "t" in sides:
                bottom = min(bottom, pixels * rng.uniform(0.9, 1.0))
            if "l" in sides:
                left = -rng.uniform(0, 0.1) * wide
            if "r" in sides:
                left = width - rng.uniform(0.9, 1.0) * wide
            if rng.random() < 0.5 and not {"l", "r"} & set(sides):
                rgba = rgba[:, ::-1]
            paste(scene, rgba, left, bottom - pixels, pixels, rng, person=True)

    def _paste_decoys(self, scene: Scene, rng: np.random.Generator) -> None:
        """Shapes cut from other backgrounds: an edge of a cut-out alone is nobody."""
        width, height = scene.size_wh
        for _ in range(int(rng.integers(1, 4))):
            texture = self._sources.backgrounds[_choose(self._background_chances, rng)]
            tall = round(height * rng.uniform(0.15, 0.9))
            wide = round(width * rng.uniform(0.1, 0.6))
            tall, wide = min(max(tall, 8), texture.shape[0]), min(max(wide, 8), texture.shape[1])
            y, x = (int(rng.integers(texture.shape[axis] - size + 1)) for axis, size in enumerate((tall, wide)))
            rgba = np.dstack([texture[y : y + tall, x : x + wide], _blob(wide, tall, rng)])
            left, top = rng.uniform(-0.3 * wide, width - 0.7 * wide), rng.uniform(-0.1 * tall, height - 0.7 * tall)
            paste(scene, rgba, left, top, tall, rng, person=False)


def _blob(width: int, height: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """(height, width) opacity of a random shape: an ellipse, or a star-shaped outline."""
    mask = np.zeros((height, width), np.uint8)
    count = int(rng.integers(3, 12))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    radii = rng.uniform(0.4, 1.0, count) if rng.random() < 0.7 else np.ones(count)
    x, y = (1 + radii * np.cos(angles)) * width / 2, (1 + radii * np.sin(angles)) * height / 2
    cv2.fillPoly(mask, [np.round(np.column_stack([x, y])).astype(np.int32)], 255)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.8), np.uint8)


def _chances(notes: Sequence[str], settings: PeopleSettings) -> npt.NDArray[np.float64]:
    """(N,) cumulated chance of each picture, by its source."""
    names, inverse, counts = np.unique(np.array(notes), return_inverse=True, return_counts=True)
    factors = np.array([settings.source_weights.get(str(name), 1.0) for name in names])
    each = (factors * counts.astype(np.float64) ** (settings.source_temper - 1))[inverse]
    if each.sum() <= 0:
        raise ValueError("source_weights leave nothing to draw from")
    cumulated: npt.NDArray[np.float64] = np.cumsum(each / each.sum())
    return cumulated


def _choose(cumulated: npt.NDArray[np.float64], rng: np.random.Generator) -> int:
    return min(int(np.searchsorted(cumulated, rng.random(), side="right")), len(cumulated) - 1)
