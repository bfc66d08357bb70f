"""The file that a result is written to: it gets its name at the end, whole, or not at all."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias

from eraser.errors import PhotoWriteError
from eraser.system.files import whole_file

OnWhole: TypeAlias = Callable[[os.stat_result], None]
"""Called with the stat of a complete file, before it gets its name; if it raises, nothing is written."""


class _CheckedFile(io.BufferedRandom):
    """A file that no encoder gets at behind Python's back.

    Pillow's encoders write to a file's descriptor themselves and miss it when the system takes only a part, as it
    does with the last piece on a full disk: a JPEG without its end, and no error.
    """

    def fileno(self) -> int:
        raise io.UnsupportedOperation("only through write()")


@contextlib.contextmanager
def replacing(target: Path, overwrite: bool, on_whole: OnWhole) -> Iterator[BinaryIO]:
    """A file that takes the name ``target`` at the end, whole; what goes wrong becomes a PhotoWriteError."""
    try:
        with (
            whole_file(target, overwrite=overwrite, on_whole=on_whole) as temporary,
            _CheckedFile(io.FileIO(temporary, "x+")) as file,
        ):
            yield file
    except FileExistsError:
        raise
    except FileNotFoundError as error:
        raise PhotoWriteError(f"{target}: there is no folder {target.parent}") from error
    except MemoryError as error:
        raise PhotoWriteError(f"{target}: not enough memory to encode it") from error
    except Exception as error:  # an encoder may raise anything
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise PhotoWriteError(f"{target}: could not be written ({reason})") from error
