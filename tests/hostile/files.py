"""A corpus of at least 300 hostile files, made from nothing but code: the same bytes each time."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from eraser.photo import formats

PIXELS = np.random.default_rng(11).integers(0, 256, (96, 128, 3), dtype=np.uint8)
_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'


def sound() -> dict[str, bytes]:
    """Sound photos, by the name of the file."""
    exif = Image.Exif()
    exif[0x8298], exif[0x0112] = "Ada", 6
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    image = Image.fromarray(PIXELS)
    photos = {
        "plain.jpg": _saved(image, "JPEG", exif=exif, xmp=_XMP, comment=b"Ada"),
        "progressive.jpg": _saved(image, "JPEG", progressive=True, quality=95),
        "ink.jpg": _saved(image.convert("CMYK"), "JPEG"),
        "plain.png": _saved(image, "PNG", exif=exif),
        "palette.png": _saved(image.quantize(32), "PNG"),
        "lzw.tif": _saved(image, "TIFF", compression="tiff_lzw", exif=exif),
        "raw.tif": _saved(image, "TIFF"),
        "plain.webp": _saved(image, "WEBP", exif=exif, xmp=_XMP),
        "lossless.webp": _saved(image, "WEBP", lossless=True),
        "plain.bmp": _saved(image, "BMP"),
        "two.jpg": _saved(image, "MPO", save_all=True, append_images=[image]),
        "deep.png": cv2.imencode(".png", PIXELS.astype(np.uint16) * 257)[1].tobytes(),
        "deep.tif": cv2.imencode(".tif", PIXELS.astype(np.uint16) * 257)[1].tobytes(),
    }
    if formats.can_write("AVIF"):
        photos["plain.avif"] = _saved(image, "AVIF", speed=10)
    if formats.can_write("HEIF"):
        photos["plain.heic"] = _saved(image, "HEIF")
    return photos


def hostile() -> Iterator[tuple[str, bytes]]:
    """Names and contents of what is damaged or no photo at all; a name is that of no other."""
    chance = np.random.default_rng(5)
    for name, data in sound().items():
        stem, suffix = Path(name).stem, Path(name).suffix
        step = max(1024, len(data) // 12)
        for at in range(1, len(data), step):
            yield f"{stem}-cut-{at}{suffix}", data[:at]
        for number in range(10):
            flipped = bytearray(data)
            for at in chance.integers(2, len(data), 1 + number):
                flipped[at] ^= 1 << int(chance.integers(8))
            yield f"{stem}-flipped-{number}{suffix}", bytes(flipped)
        zeros = bytearray(data)
        zeros[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
        yield f"{stem}-zeros{suffix}", bytes(zeros)
        yield f"{stem}-tail{suffix}", data + bytes(range(256)) * 4
    yield from _absurd()
    yield from _others()


def place(folder: Path, share: int = 1) -> int:
    """Write every ``share``-th file into a folder, and what is no file; how many photos by name lie there."""
    folder.mkdir(parents=True)
    count = 0
    for number, (name, data) in enumerate(hostile()):
        if number % share == 0:
            (folder / name).write_bytes(data)
            count += 1
    os.mkfifo(folder / "pipe.jpg")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    (folder / "folder.jpg").mkdir()
    (folder / "folder.jpg" / "again").symlink_to(folder, target_is_directory=True)
    (folder / "line\nbreak\x1b[31m.jpg").write_bytes(b"no photo")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jpg")).write_bytes(b"\xff\xd8\xff cut")
    return count + 2


def _saved(image: Image.Image, name: str, **options: object) -> bytes:
    if name == "HEIF":
        formats.register_heif()
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))


def _png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    head = struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + b"".join(chunks) + _chunk(b"IEND", b"")


def _tiff(tags: list[tuple[int, int, int, int]], following: int = 0, order: str = "<") -> bytes:
    rows = b"".join(struct.pack(order + "HHLL", *tag) for tag in tags)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "L", 8)
    return head + struct.pack(order + "H", len(tags)) + rows + struct.pack(order + "L", following)


def _absurd() -> Iterator[tuple[str, bytes]]:
    for number, (width, height) in enumerate(
        [(2**31 - 1, 2**31 - 1), (2**31 - 1, 1), (0, 0), (1, 0), (60_000, 60_000)]
    ):
        yield f"size-{number}.png", _png(width, height, _chunk(b"IDAT", zlib.compress(b"\0" * 100)))
        sizes = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
        yield f"size-{number}.tif", _tiff([*sizes, (273, 4, 1, 8), (278, 4, 1, height), (279, 4, 1, 2**31)])
        short = struct.pack(">HH", min(height, 65_535), min(width, 65_535))
        yield f"size-{number}.jpg", b"\xff\xd8\xff\xc0\0\x11\x08" + short + b"\3\1\x11\0\2\x11\0\3\x11\0\xff\xd9"
        yield (
            f"size-{number}.bmp",
            b"BM" + struct.pack("<LHHLLLLHHLLLLLL", 54, 0, 0, 54, 40, width, height, 1, 24, *[0] * 6),
        )
    bomb = zlib.compress(b"\0" * 50_000_000)
    yield "bomb.png", _png(8, 8, _chunk(b"zTXt", b"Comment\0\0" + bomb), _chunk(b"IDAT", b"no picture"))
    yield "profile-bomb.png", _png(8, 8, _chunk(b"iCCP", b"x\0\0" + bomb), _chunk(b"IDAT", bomb[:2000]))
    yield "directory-of-itself.tif", _tiff([(256, 4, 1, 8), (257, 4, 1, 8)], following=8)
    yield "sub-directory-of-itself.tif", _tiff([(256, 4, 1, 8), (330, 4, 1, 8), (0x8769, 4, 1, 8)], following=0)
    loop = b"Exif\0\0" + _tiff([(0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0x0112, 3, 1, 6)], following=8)
    plain = sound()["progressive.jpg"]
    yield "exif-loop.jpg", plain[:2] + b"\xff\xe1" + struct.pack(">H", len(loop) + 2) + loop + plain[2:]
    chain = b"".join(struct.pack("<HL", 0, 14 + 6 * at) for at in range(5000))
    yield "long-chain.tif", b"II*\0" + struct.pack("<L", 8) + chain
    for name, packet in {
        "entities": b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 999 + b'"><!ENTITY b "' + b"&a;" * 99 + b'">]><x>&b;</x>',
        "deep": b"<a>" * 9000,
        "bytes": bytes(range(256)) * 20,
        "utf-16": "<x/>".encode("utf-16"),
    }.items():
        content = b"http://ns.adobe.com/xap/1.0/\0" + packet
        yield f"xmp-{name}.jpg", plain[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + plain[2:]
    resources = b"Photoshop 3.0\x008BIM\x04\x04\xff" + b"\xff" * 60
    yield "resources.jpg", plain[:2] + b"\xff\xed" + struct.pack(">H", len(resources) + 2) + resources + plain[2:]


def _others() -> Iterator[tuple[str, bytes]]:
    for suffix in (".jpg", ".png", ".tif", ".webp", ".bmp", ".avif", ".heic"):
        yield f"empty{suffix}", b""
        yield f"zeros{suffix}", bytes(5000)
        yield f"text{suffix}", b"<html><body>not found</body></html>\n"
        yield f"archive{suffix}", b"PK\3\4" + bytes(range(256)) * 4
    yield from {
        "movie.jpg": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(4000),
        "page.jpg": b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n",
        "drawing.png": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "program.jpg": b"\x7fELF\2\1\1" + bytes(3000),
        "script.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "icon.jpg": b"\0\0\1\0\1\0" + bytes(60),
        "boxes.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x08meta" * 500,
        "boxes.avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\xff\xff\xff\xffmeta" * 500,
        "riff.webp": b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 40,
        "riff-loop.webp": b"RIFF\x20\0\0\0WEBPVP8 \0\0\0\0" + bytes(24),
        "animation.gif.png": _saved(
            Image.new("P", (9, 9)), "GIF", save_all=True, append_images=[Image.new("P", (9, 9), 3)]
        ),
        "quotes.jpg": b'GIF89a"); DROP TABLE photos; --',
    }.items()
