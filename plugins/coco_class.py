"""Things of any class that a COCO network knows by name: dogs, cars, umbrellas.

    erase-me photo.jpg --masker coco_class --masker-option classes=dog --people-weights yolo11s-seg
    erase-me photo.jpg --masker coco_class --masker-option classes=car,truck,bus --people-weights yolo11s-seg
    erase-me photo.jpg --masker yolo+coco_class --masker-option coco_class.classes=umbrella --people-weights yolo11s-seg

The network is that of the masker ``yolo``, by the same ``--people-weights``. Those that come with erase-me know people
only: take official ones (`eraser weights list`), which know the 80 classes of COCO, or a network of your own with
classes of its own, one of them called person. A name that the weights do not have is answered with those that they do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from eraser import MaskerContext
from eraser.errors import MaskerError
from eraser.maskers.toolkit import ClassMasker, load_class_masker

LICENCE = "AGPL-3.0-or-later"


@dataclass(frozen=True, slots=True)
class CocoClassOptions:
    """What goes."""

    classes: tuple[str, ...] = field(default=(), metadata={"help": "names of classes, such as dog,car,umbrella"})


def load_masker(context: MaskerContext[CocoClassOptions]) -> ClassMasker:
    """The masker ``coco_class``.

    Raises:
        MaskerError: No class was named, or the network knows no such class.
        WeightsError: The weights are not usable.
    """
    if not context.options.classes:
        raise MaskerError("coco_class must be told what goes: --masker-option classes=dog,umbrella")
    return load_class_masker(context, context.options.classes)
