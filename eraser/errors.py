"""The error tree: every failure a person can cause or meet, with the exit code it ends in.

    EraserError 1
        NobodyThereError 1
        NothingLeftError 1
        DivergedError 1
        PhotoError 3        PhotoReadError, PhotoWriteError
        MaskerError 4       UnknownMaskerError, DuplicateMaskerError, MaskerLoadError, MaskerOptionError,
                            MaskerOutputError (PersonError), MaskerTimeoutError
        InpainterError 4    Unknown, Duplicate, Load, Option and OutputError, as of maskers
        WeightsError 5      WeightsNotFoundError, WeightsMismatchError
        WatchError 6
        DeviceError 7
        LedgerError 8
        FacesError 9
        StorageError 10
        ClusterError 11

0 is success, 2 a usage error (typer's), 130 an interruption by Ctrl-C, 143 one by SIGTERM. A message says what
happened, to which file and what to do next, in one line.
"""


class EraserError(Exception):
    """Base of all errors that are shown as one line."""

    exit_code = 1


class NobodyThereError(EraserError, ValueError):
    """Somebody was named, by a number or a pixel, who is not on the photo."""


class NothingLeftError(EraserError):
    """The hole covers the whole photo, so that nothing is left to fill it from."""


class DivergedError(EraserError):
    """A training run has lost its weights to numbers that are none; what was saved before is as it was."""


class PhotoError(EraserError):
    """A photo could not be used."""

    exit_code = 3


class PhotoReadError(PhotoError):
    """A photo could not be opened or decoded."""


class PhotoWriteError(PhotoError):
    """A result could not be written; nothing lies under its final name."""


class MaskerError(EraserError):
    """Finding people went wrong."""

    exit_code = 4


class UnknownMaskerError(MaskerError):
    """No masker goes by that name."""


class DuplicateMaskerError(MaskerError):
    """Two maskers claim one name."""


class MaskerLoadError(MaskerError):
    """A masker could not be imported or built."""


class MaskerOptionError(MaskerError):
    """A masker was given an option that it does not have, or a value that is none."""


class MaskerOutputError(MaskerError):
    """A masker returned something that is no list of people on the photo."""


class PersonError(MaskerOutputError):
    """A box, a mask and a score that are nobody: they do not fit together."""


class MaskerTimeoutError(MaskerError):
    """A masker took longer than it may; it is still at it."""


class InpainterError(EraserError):
    """Filling went wrong."""

    exit_code = 4


class UnknownInpainterError(InpainterError):
    """No inpainter goes by that name."""


class DuplicateInpainterError(InpainterError):
    """Two inpainters claim one name."""


class InpainterLoadError(InpainterError):
    """An inpainter could not be imported or built."""


class InpainterOptionError(InpainterError):
    """An inpainter was given an option that it does not have, or a value that is none."""


class InpainterOutputError(InpainterError):
    """An inpainter returned something that is no completed crop."""


class WeightsError(EraserError):
    """A weights file could not be used."""

    exit_code = 5


class WeightsNotFoundError(WeightsError):
    """A weights file is not on this machine; the message says where to get it."""


class WeightsMismatchError(WeightsError):
    """A weights file is not the one it should be: its sha256, its keys or its format differ."""


class WatchError(EraserError):
    """A folder cannot be watched."""

    exit_code = 6


class DeviceError(EraserError):
    """No such device, or its memory is exhausted."""

    exit_code = 7


class LedgerError(EraserError):
    """The list of what was done cannot be read or written, or is no such list."""

    exit_code = 8


class FacesError(EraserError):
    """A face cannot be learnt, or the known faces cannot be used."""

    exit_code = 9


class UnknownNameError(FacesError, ValueError):
    """Nobody is known by that name."""


class StorageError(EraserError):
    """A store cannot be used: no such bucket, no credentials, no permission, or its package is missing."""

    exit_code = 10


class ClusterError(EraserError):
    """The cluster cannot be reached, or gives no machine that can do photos."""

    exit_code = 11


class Terminated(SystemExit):
    """The process was asked to end. Never taken for something that a plugin raised."""
