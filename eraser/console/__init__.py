"""What both command lines share: verbosity, the one line that an error becomes, and its exit code."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, NoReturn, TextIO

import typer

from eraser.errors import EraserError, Terminated
from eraser.system.words import one_line, printable

log = logging.getLogger(__name__)

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EIO))
_lost: list[TextIO] = []
"""stdout, once a line could not be written to it: the process then ends with 1."""


class _StderrHandler(logging.Handler):
    """Writes to whatever ``sys.stderr`` is at that moment, so that a progress bar can step aside."""

    def emit(self, record: logging.LogRecord) -> None:
        write_line(sys.stderr, self.format(record))


def set_verbosity(*, verbose: bool = False, quiet: bool = False) -> None:
    """Send log lines to stderr: all of them, only errors, or, by default, warnings too."""
    logger = logging.getLogger("eraser")
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING)
    handler = _StderrHandler()
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s" if verbose else "%(levelname)s: %(message)s"))
    logger.handlers[:] = [handler]


def is_verbose() -> bool:
    """Whether -v was given: then an error shows where it came from."""
    return logging.getLogger("eraser").isEnabledFor(logging.DEBUG)


def _set_verbose(verbose: bool) -> bool:
    if verbose:
        set_verbosity(verbose=True)
    return verbose


Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", callback=_set_verbose, help="Say more, and show tracebacks of errors.")
]


def say_error(error: EraserError, about: str = "") -> None:
    """One line on stderr; with -v the traceback before it.

    Args:
        error: What went wrong.
        about: A file that the line names, unless the message does already.
    """
    if is_verbose():
        log.debug("failed", exc_info=error)
    message = str(error)
    named = f"{about}: {message}" if about and about not in message else message
    write_line(sys.stderr, f"error: {one_line(named)}")


def key_values(given: Sequence[str], hint: str) -> tuple[tuple[str, str], ...]:
    """Each ``key=value`` in two; what the keys mean is a plugin's business.

    Args:
        given: As written.
        hint: The option, for the message.

    Raises:
        typer.BadParameter: A text holds no key, or no ``=``.
    """
    pairs = [(key.strip(), equals, value) for key, equals, value in (text.partition("=") for text in given)]
    for text, (key, equals, _) in zip(given, pairs, strict=True):
        if not key or not equals:
            raise typer.BadParameter(f"{text!r} is no option of a plugin: write key=value", param_hint=hint)
    return tuple((key, value) for key, _, value in pairs)


def write_line(stream: TextIO | None, text: str) -> None:
    """Write a line at once, control characters escaped.

    Where nobody reads on (``| head``), it and all that follow are dropped, without an error: the results of a run are
    files, and that nobody wants their names is no reason to stop. On a full disk both streams drop what
    they get; for stdout this is said once, and ``run`` ends with 1.

    Args:
        stream: stdout or stderr; None if it was closed before the start.
        text: Without the line feed at its end.
    """
    if stream is None:
        return
    try:
        stream.write(printable(text) + "\n")
        stream.flush()
    except BrokenPipeError:
        _drop(stream)
    except OSError as error:
        if stream is not sys.stderr:
            _give_up(stream, error)


def _give_up(stream: TextIO, error: OSError) -> None:
    """Say once that stdout takes no more, and drop all that follows."""
    _drop(stream)
    _lost.append(stream)
    write_line(sys.stderr, f"error: stdout: {error.strerror}: lines are missing there")


def _drop(stream: TextIO) -> None:
    """Send what a stream still holds, and all that follows, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def check_opencv() -> None:
    """Import OpenCV, which on a server without a screen often lacks a system library.

    Raises:
        EraserError: It cannot be imported; the message says what to install.
    """
    try:
        import cv2  # noqa: F401  imported to see whether it can be
    except ImportError as error:
        reason = str(error).splitlines()[0]
        if ".so" not in reason:
            raise EraserError(f"OpenCV cannot be imported ({reason}): pip install opencv-python-headless") from error
        raise EraserError(
            f"OpenCV lacks a system library ({reason}): apt-get install libgl1 libglib2.0-0, "
            f"or pip uninstall opencv-python and pip install opencv-python-headless"
        ) from error


def run(app: typer.Typer) -> None:
    """A console entry point: run, and turn an error of ours into one line and its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except EraserError as error:
        say_error(error)
        raise SystemExit(error.exit_code) from None
    except SystemExit as end:
        if _lost and not end.code:
            raise SystemExit(1) from None
        raise
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:  # then it is not a stream
            raise
        _give_up(sys.stdout, error)
        raise SystemExit(1) from None


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """End as by Ctrl-C, so that half-written files are cleared away; by default the process would just vanish."""
    raise Terminated(128 + number)
