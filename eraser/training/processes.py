"""One process or several (torchrun): the few places where they have to agree."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from eraser.errors import DeviceError
from eraser.system.device import resolve_device


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among those of the run."""

    rank: int
    count: int
    device: torch.device

    @classmethod
    def join(cls, device: str) -> Processes:
        """Meet the other processes when torchrun started this one; alone otherwise.

        Args:
            device: ``cpu``, ``cuda`` or ``auto``; with several processes each takes the GPU of its local rank.

        Raises:
            DeviceError: There is no such device.
        """
        if device not in ("auto", "cpu", "cuda"):
            raise DeviceError(f"training runs on cpu or cuda, not on {device!r}")
        where = torch.device("cuda" if resolve_device(device) == "cuda" else "cpu")
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count == 1:
            return cls(0, 1, where)
        if where.type == "cuda":
            where = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(where)
        # Long, because a run may be paused and the first process decodes the photos for all.
        dist.init_process_group("nccl" if where.type == "cuda" else "gloo", timeout=timedelta(hours=12))
        return cls(dist.get_rank(), count, where)

    @property
    def is_main(self) -> bool:
        """Whether this is the process that writes files and talks."""
        return self.rank == 0

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network with its gradients averaged over all processes."""
        if self.count == 1:
            return network
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(network, device_ids=ids)

    def agree(self, stop: bool, seconds: float) -> tuple[bool, float]:
        """Whether anybody wants to stop, and the longest time anybody counted: the same answer everywhere."""
        if self.count == 1:
            return stop, seconds
        said = torch.tensor([float(stop), seconds], dtype=torch.float64, device=self.device)
        dist.all_reduce(said, dist.ReduceOp.MAX)
        return bool(said[0] > 0), float(said[1])

    def wait(self) -> None:
        """Go on when all have come here."""
        if self.count > 1:
            dist.barrier()

    def average(self, values: Tensor) -> Tensor:
        """Mean over the processes."""
        if self.count > 1:
            dist.all_reduce(values)
            values /= self.count
        return values

    def leave(self) -> None:
        """Part from the others."""
        if self.count > 1:
            dist.destroy_process_group()
