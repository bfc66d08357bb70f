"""From scenes to what the loss of an ultralytics segmentation network takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from eraser.training.people.compose import Composer


@dataclass(frozen=True, slots=True)
class Draw:
    """What has to be known to make the batch of a step."""

    step: int
    size_px: int
    mosaics: bool


class Batches(Dataset[dict[str, Tensor]]):
    """Every batch there can be; each follows from seed, step and process, so that a resumed run repeats none."""

    def __init__(self, composer: Composer, batch: int, seed: int, rank: int) -> None:
        """Make batches.

        Args:
            composer: Draws the pictures.
            batch: Pictures in a batch.
            seed: Of the run.
            rank: Of the process.
        """
        self._composer, self._batch, self._seed, self._rank = composer, batch, seed, rank

    def __getitem__(self, draw: Draw) -> dict[str, Tensor]:
        """One batch, on the CPU.

        Returns:
            img (B, 3, S, S) uint8; bboxes (N, 4) x, y, width, height in parts of the picture, of all pictures one
            after another; cls (N, 1) zeros; batch_idx (N,) the picture that a box is of; masks (B, S / 4, S / 4),
            where n + 1 is the n-th box of the picture; ignored (B, S / 8, S / 8), 1 = left out of the loss.
        """
        rng = np.random.default_rng((self._seed, draw.step, self._rank))
        scenes = [self._composer.draw(draw.size_px, rng, mosaics=draw.mosaics) for _ in range(self._batch)]
        targets = [scene.targets() for scene in scenes]
        counts = torch.tensor([len(boxes) for boxes, _ in targets])
        return {
            # In memory the channels come last, which is how convolutions on a CPU are fastest.
            "img": torch.from_numpy(np.stack([scene.pixels for scene in scenes])).permute(0, 3, 1, 2),
            "bboxes": torch.from_numpy(np.concatenate([boxes for boxes, _ in targets])),
            "cls": torch.zeros(int(counts.sum()), 1),
            "batch_idx": torch.arange(self._batch).repeat_interleave(counts).float(),
            "masks": torch.from_numpy(np.stack([cells for _, cells in targets])),
            "ignored": torch.from_numpy(np.stack([scene.ignored_cells() for scene in scenes])),
        }


def load_ahead(batches: Batches, draws: Iterable[Draw], workers: int) -> Iterator[dict[str, Tensor]]:
    """The batches of ``draws``, which is asked lazily; made by that many other processes, 0 makes them here."""
    loader: DataLoader[dict[str, Tensor]] = DataLoader(
        batches,
        batch_size=None,
        sampler=draws,
        num_workers=workers,
        worker_init_fn=_one_thread,
        pin_memory=torch.cuda.is_available(),
    )
    return iter(loader)


def _one_thread(_: int) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
