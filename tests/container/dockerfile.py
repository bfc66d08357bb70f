"""Reads a Dockerfile: as much of its language as ours uses."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction, such as ``RUN``, and what follows it."""

    word: str
    rest: str

    def pairs(self) -> dict[str, str]:
        """Names and values of an ENV or an ARG."""
        return {name: value for name, _, value in (pair.partition("=") for pair in shlex.split(self.rest))}

    def command(self) -> list[str]:
        """The program and its arguments of a CMD or a HEALTHCHECK."""
        return list(json.loads(self.rest[self.rest.index("[") :]))


def read_steps(path: Path) -> list[list[Step]]:
    """The steps of each stage; the first of each is its FROM."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    stages: list[list[Step]] = []
    for line in re.sub(r"\\\n", "", "\n".join(lines)).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            stages.append([])
        if word:
            stages[-1].append(Step(word, rest.strip()))
    return stages
