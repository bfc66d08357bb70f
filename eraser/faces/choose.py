"""Which recogniser: the one that made the numbers that are known; before the first face, the best that is here."""

from __future__ import annotations

import logging

from eraser.errors import EraserError, FacesError, WeightsError
from eraser.faces.recognizer import FaceRecognizer, RecognizerName
from eraser.faces.store import FORGET, FaceStore

log = logging.getLogger(__name__)


def load_recognizer(name: str, *, offline: bool = False) -> FaceRecognizer:
    """A recogniser by name; weights are fetched if they can be.

    Raises:
        FacesError: There is none of that name, or it is not installed.
        WeightsError: Its weights cannot be had.
    """
    if name == "sface":
        from eraser.faces import sface

        return sface.load(offline=offline)
    if name == "dlib":
        from eraser.faces import dlib_resnet

        return dlib_resnet.load()
    raise FacesError(f"no recogniser is called {name!r}: there are sface and dlib")


def recognizer_of(store: FaceStore, *, offline: bool = False) -> FaceRecognizer:
    """The recogniser whose numbers a store holds.

    Raises:
        FacesError: It is missing, or has other weights by now.
    """
    name = store.recognizer or ""
    try:
        recognizer = load_recognizer(name, offline=offline)
    except EraserError as error:
        raise FacesError(f"the known faces were learnt with {name}, which cannot be used: {error}") from error
    if recognizer.weights_sha256 != store.weights_sha256:
        raise FacesError(
            f"the known faces were learnt with other weights of {name} than those that are here, and cannot be "
            f"compared: {FORGET}"
        )
    return recognizer


def first_recognizer(*, offline: bool = False) -> FaceRecognizer:
    """What learns the first face: SFace where it is here or can be fetched, else dlib.

    Raises:
        FacesError: Neither can be used; the message says how to get each.
    """
    from eraser.faces import dlib_resnet

    try:
        return load_recognizer("sface", offline=offline)
    except (WeightsError, FacesError) as error:
        why = error
    if dlib_resnet.is_here():
        log.info("taking the recogniser dlib: %s", why)
        return dlib_resnet.load()
    raise FacesError(
        f"no recogniser of faces can be used: {why}; with a network `eraser weights fetch yunet` and `eraser weights "
        f"fetch sface` get one, and {dlib_resnet.INSTALL} another that needs no fetch"
    ) from why


def recognizer_to_learn(
    store: FaceStore, wanted: RecognizerName | None = None, *, offline: bool = False
) -> FaceRecognizer:
    """What learns one more face: always the recogniser of those that are known.

    Args:
        store: Who is known.
        wanted: What was asked for; None leaves the choice to the store, then to what is here.
        offline: Fetch nothing.

    Raises:
        FacesError: It cannot be used, or others were learnt with another one.
    """
    if store.people:
        if wanted not in (None, store.recognizer):
            raise FacesError(
                f"the known faces were learnt with {store.recognizer}, whose numbers say nothing to {wanted}: {FORGET}"
            )
        return recognizer_of(store, offline=offline)
    return first_recognizer(offline=offline) if wanted is None else load_recognizer(wanted, offline=offline)
