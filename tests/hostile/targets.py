"""What fuzzing feeds with damaged bytes: each target takes any bytes and raises nothing but the errors it documents."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import ImageCms

from eraser.errors import PhotoReadError, WeightsError
from eraser.photo import Extra, encode, exif, iptc, load, load_mask, numbers, size_of, xmp
from eraser.photo.exif import add_to_tiff
from eraser.weights import manifest


def read_photo(data: bytes) -> None:
    """Read a photo, and write it again with all that it carries."""
    try:
        width, height = size_of(data)
        if width * height > 4_000_000:  # a kilobyte may claim 500 megapixels, which take gigabytes
            return
        photo = load(data)
    except PhotoReadError:
        return
    result = photo.image.copy()
    result[: max(1, len(result) // 2)] ^= 1
    name = {"JPEG": "jpg", "TIFF": "tif", "WEBP": "webp"}.get(photo.format, "png")
    for metadata in ("table", "all"):
        encode(result, photo, format=name, extra=Extra(metadata=metadata, label=xmp.TRAINED))


def read_mask(data: bytes) -> None:
    """Read a mask of 32 x 24 pixels."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mask.png")
        path.write_bytes(data)
        try:
            hole = load_mask(path, (32, 24))
        except PhotoReadError:
            return
    if hole.shape != (24, 32) or hole.dtype != np.bool_:
        raise AssertionError("a mask of another shape")


def read_manifest(data: bytes) -> None:
    """Read a manifest of weights."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "manifest.toml")
        path.write_bytes(data)
        try:
            manifest._read(path)
        except WeightsError:
            return


def read_xmp(data: bytes) -> None:
    """Filter a packet and label it; nothing that is left out may come through."""
    try:
        carried = xmp.carry_over(data, "table")
        xmp.carry_over(data, "all")
    except xmp.DamagedXmpError:
        return
    labelled = xmp.with_label(carried, xmp.COPIED)
    if xmp.label_of(labelled) != xmp.COPIED or xmp.carry_over(labelled, "table") is None:
        raise AssertionError("the label is lost")


def read_blocks(data: bytes) -> None:
    """EXIF and IPTC blocks, and a TIFF that they are added to."""
    carried = exif.carry_over(data, (32, 24))
    iptc.carry_over(data, "table")
    iptc.carry_over(iptc.from_resources(data) or b"", "all")
    if carried is not None:
        if exif.carry_over(carried, (32, 24)) != carried:
            raise AssertionError("what is carried over is not what would be carried over")
        file = io.BytesIO(b"II*\0\x08\0\0\0\1\0\0\1\4\0\1\0\0\0\1\0\0\0\0\0\0\0")
        add_to_tiff(file, carried)


def read_numbers(data: bytes) -> None:
    """Colours that are told by numbers, and the profile that says the same."""
    numbers.hdr_name(numbers.from_nclx(data))
    numbers.into_nclx(data, numbers.from_nclx(data))
    for chunks in (numbers.from_nclx(data), ((b"gAMA", data[:4]), (b"cHRM", data[4:36])), ((b"cICP", data[:4]),)):
        profile = numbers.profile_of(chunks)
        if profile is not None:
            ImageCms.ImageCmsProfile(io.BytesIO(profile))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "photo": read_photo,
    "mask": read_mask,
    "manifest": read_manifest,
    "xmp": read_xmp,
    "blocks": read_blocks,
    "numbers": read_numbers,
}


def seeds(name: str) -> list[bytes]:
    """Sound inputs of a target, to begin with."""
    from PIL import Image

    from tests.hostile import files

    if name == "photo":
        return list(files.sound().values())
    if name == "mask":
        image, file = Image.new("L", (32, 24)), io.BytesIO()
        image.paste(255, (4, 4, 20, 20))
        image.save(file, "PNG")
        return [file.getvalue()]
    if name == "manifest":
        entry = b'[mine]\nkind = "people"\nfile = "a.safetensors"\nlicence = "MIT"\nsource = "me"\nsize_bytes = 5\n'
        return [entry, entry + b'sha256 = "' + b"ab" * 32 + b'"\nurl = "https://example.org/a"\n']
    if name == "xmp":
        space = b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        body = b'<rdf:Description rdf:about="" dc:format="a"><dc:rights>Ada</dc:rights></rdf:Description>'
        return [b"<rdf:RDF " + space + b">" + body + b"</rdf:RDF>"]
    if name == "numbers":
        points = (31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
        return [b"colrnclx\0\x0c\0\x0d\0\1\x80", struct.pack(">9L", 60_000, *points), b"\x0c\x0d\0\1"]
    block = files.sound()["plain.jpg"]
    return [block[block.index(b"Exif\0\0") :][:400], b"\x1c\x02\x50\0\x03Ada\x1c\x02\x74\0\x03(c)"]
