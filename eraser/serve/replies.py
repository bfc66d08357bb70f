"""What the interface answers: people as JSON, pictures with their names and counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
from starlette.responses import Response

from eraser.batch.outcome import people_found
from eraser.config import OutputConfig
from eraser.geometry import MaskArray, Person
from eraser.photo import Photo, encode_format
from eraser.serve.handles import KeptPhoto

_MEDIA = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "HEIF": "image/heif",
    "AVIF": "image/avif",
    "GIF": "image/gif",
}
_COARSE = 1 / 1000
"""How far an outline strays from its mask, as a share of the person's longer side."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file to send."""

    data: bytes
    format: str
    """In Pillow's words."""
    name: str
    people: int = 0
    gone: tuple[int, ...] = ()
    left: int = 0
    handle: str | None = None
    """Of the result, where it is kept."""

    @property
    def media_type(self) -> str:
        """For the Content-Type header."""
        return _MEDIA.get(self.format, "application/octet-stream")

    def reply(self) -> Response:
        """The picture with its counts in headers."""
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(self.name, safe='')}",
            "X-Eraser-People": str(self.people),
            "X-Eraser-Gone": ",".join(map(str, self.gone)),
            "X-Eraser-Left": str(self.left),
        }
        if self.handle is not None:
            headers["X-Eraser-Photo"] = self.handle
        return Response(self.data, media_type=self.media_type, headers=headers)


def result_format(photo: Photo, name: str, results: OutputConfig) -> tuple[str, str]:
    """Pillow's name for the format of a result, and its suffix, spelt as that of the file's name where it fits."""
    label = replace(photo, path=Path("photo").with_suffix(_plain_suffix(name)))
    return encode_format(label, results.format)


def result_name(name: str, suffix: str) -> str:
    """``a.jpg`` becomes ``a.erased.jpg``, as on the command line."""
    stem, dot, _ = name.rpartition(".")
    return f"{stem if dot and stem else name}.erased{suffix}"


def people_reply(kept: KeptPhoto) -> dict[str, Any]:
    """Who is in a photo, in which people were looked for, as JSON."""
    people = kept.people or ()
    listed = []
    for found, person in zip(people_found(people, (), kept.photo.image.shape), people, strict=True):
        entry: dict[str, Any] = {
            "number": found.number,
            "box": list(found.box),
            "score": round(found.score, 4),
            "share": round(found.share, 6),
            "outline": outline(person),
        }
        if kept.known:
            who = kept.known[found.number - 1]
            entry |= {"zone": who.zone} if who.name is None else {"zone": who.zone, "name": who.name}
        listed.append(entry)
    return {
        "people": listed,
        "size": list(kept.photo.size_wh),
        "photo": kept.handle,
        "name": kept.name,
        "notes": list(kept.photo.notes),
    }


def outline(person: Person) -> list[list[list[int]]]:
    """Rings of [x, y] in pixels of the photo; the mask is what an odd number of rings surrounds."""
    contours, _ = cv2.findContours(person.mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    coarse_px = max(0.5, max(person.box.width, person.box.height) * _COARSE)
    corner = np.array((person.box.x0, person.box.y0))
    rings = [cv2.approxPolyDP(contour, coarse_px, True)[:, 0] + corner for contour in contours]
    return [[[int(x), int(y)] for x, y in ring] for ring in rings if len(ring) > 2]


def mask_png(mask: MaskArray) -> bytes:
    """An (H, W) mask as a grey PNG, 255 where it is set."""
    _, data = cv2.imencode(".png", mask.astype(np.uint8) * np.uint8(255), [cv2.IMWRITE_PNG_COMPRESSION, 3])
    return data.tobytes()


def _plain_suffix(name: str) -> str:
    suffix = name.rpartition(".")[2] if "." in name else ""
    return f".{suffix}" if suffix.isalnum() and suffix.isascii() and len(suffix) <= 5 else ""
