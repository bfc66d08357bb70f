"""Load a plugin in a process of its own, where it can crash, hang or end the process without any harm."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Literal

from eraser.plugins.kind import Kind
from eraser.plugins.sources import EntryPointSource, FileSource, Source

_CHILD = "from eraser.testing.attempt import main; main()"
_MARK = "eraser-check:"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an attempt to load a plugin."""

    status: Literal["ok", "asks", "broken"]
    """It was built; it asks for something first, such as weights or an option; it cannot be loaded."""
    reason: str = ""


def try_plugin(kind: Kind[Any], source: Source, seconds: float) -> Verdict:
    """Import and build a plugin with its default options, on the CPU, in a child process."""
    where = source.entry_point.value if isinstance(source, EntryPointSource) else source.origin
    # -P: as in the command itself, the working folder is no place for code
    command = [sys.executable, "-P", "-c", _CHILD, kind.noun, type(source).__name__, source.name, where]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return Verdict("broken", f"it was not loaded within {seconds:g} s (--timeout gives it more)")
    said = [line.removeprefix(_MARK) for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if not said:
        return Verdict("broken", f"it ended the process with {done.returncode} while it was loaded")
    return Verdict(**json.loads(said[-1]))


def main() -> None:
    """The child: one line of JSON on stdout."""
    noun, how, name, where = sys.argv[1:]
    verdict = _load(noun, how, name, where)
    sys.stdout.write(f"\n{_MARK}{json.dumps({'status': verdict.status, 'reason': verdict.reason})}\n")


def _load(noun: str, how: str, name: str, where: str) -> Verdict:
    from eraser.errors import EraserError
    from eraser.inpaint.registry import INPAINTERS
    from eraser.maskers.registry import MASKERS
    from eraser.plugins.registry import Registry
    from eraser.system.paths import weights_dir

    kind: Kind[Any] = MASKERS if noun == MASKERS.noun else INPAINTERS
    registry: Registry[Any] = Registry(kind)
    if how == FileSource.__name__:
        registry.add(FileSource(Path(where)))
    else:
        registry.add(EntryPointSource(EntryPoint(name=name, value=where, group=kind.group)))
    try:
        loaded = registry.run(name)
        loaded.build(kind.context(weights_dir=weights_dir(), options=loaded.read_options(())))
    except kind.unloadable as error:
        return Verdict("broken", str(error))
    except EraserError as error:
        return Verdict("asks", str(error))
    return Verdict("ok")
