"""What a result keeps, format by format, as exiftool and libvips find it in files that ``save`` wrote.

``python tests/photo/format_table.py`` measures the table and writes it into ``docs/formats.md``.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms

if __name__ == "__main__":
    sys.path.insert(0, os.fspath(Path(__file__).parents[2]))

from eraser.photo import Extra, Photo, formats, iptc, load, save, xmp

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
BEGIN, END = "<!-- the table of formats, from tests/photo/format_table.py -->\n", "<!-- end of the table of formats -->"
KINDS = ("8.jpg", "8.png", "16.png", "8.webp", "8.tif", "16.tif", "8.avif", "8.heic", "10.heic", "8.bmp")
COLUMNS = ("bits", "alpha", "ICC", "P3 told by numbers", "EXIF", "XMP", "IPTC", "DPI", "turned upright", "outside")
SMOOTH = np.add.outer(np.arange(64), np.arange(96))[..., None] * np.array([1.0, 0.5, 0.25])
PIXELS = (SMOOTH + np.random.default_rng(1).integers(0, 20, SMOOTH.shape)).astype(np.uint8)
HOLE = np.zeros(PIXELS.shape[:2], np.bool_)
HOLE[20:40, 33:60] = True
FAR = cv2.dilate(HOLE.astype(np.uint8), np.ones((37, 37), np.uint8)) == 0
"""Beyond the blocks of a JPEG that the hole can touch, and two pixels more."""
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RECORDS = b"\x1c\x02\x74\0\x0ebelongs to Ada\x1c\x02\x19\0\x05Grace"
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Ada" '
    b'photoshop:Headline="Grace"/></rdf:RDF></x:xmpmeta>'
)


def can_be_written(kind: str) -> bool:
    """Whether there is an encoder here."""
    name = formats.format_of_suffix(Path(kind).suffix)
    return name is not None and formats.can_write(name)


def measure(kind: str, folder: Path) -> tuple[str, ...]:
    """A row of the table, without the name: what other programs find in a result of this kind."""
    bits, _, suffix = kind.partition(".")
    out, numbered = folder / f"out.{suffix}", folder / f"numbers.{suffix}"
    source = _source(folder, deep=bits != "8", jpeg=suffix == "jpg")
    result = source.image.copy()
    result[HOLE] = (200, 30, 60)
    save(result, out, source, extra=Extra(hole=HOLE, label=xmp.TRAINED))
    by_numbers = replace(source, icc_profile=None, png_colour=((b"cICP", bytes((12, 13, 0, 1))),))
    save(result, numbered, by_numbers, extra=Extra(hole=HOLE))

    told, numbers = exiftool(out), exiftool(numbered)
    if any("Grace" in str(value) for value in told.values()):
        raise AssertionError("what names people came through")
    named = [str(value) for key, value in numbers.items() if key.endswith("ColorPrimaries")]
    shown = any("Display P3" in str(value) for key, value in numbers.items() if key.startswith("ICC"))
    labelled = told.get("XMP-iptcExt:DigitalSourceType") == xmp.TRAINED and told.get("XMP-photoshop:Credit") == "Ada"
    dots = [value for key, value in told.items() if key.endswith(("XResolution", "PixelsPerUnitX", "PixelsPerMeterX"))]
    is_upright = told.get("IFD0:Orientation", 1) == 1 and told.get("Meta:Rotation", 0) == 0
    pixels, wanted = by_vips(out, folder), source.deep if bits != "8" else _with_alpha(source)
    return (
        _bits(told, pixels),
        _yes(pixels.shape[2] == 4),
        _yes(any(key.startswith("ICC") for key in told)),
        "as numbers" if "12" in named else "as a profile" if shown else "no",
        _yes(told.get("IFD0:Copyright") == "belongs to Ada"),
        _yes(labelled),
        _yes(told.get("IPTC:CopyrightNotice") == "belongs to Ada"),
        _yes(any(round(float(value)) in (300, 11811) for value in dots)),
        _yes(is_upright and pixels.shape[:2] == HOLE.shape),
        _outside(pixels, wanted),
    )


def _source(folder: Path, *, deep: bool, jpeg: bool) -> Photo:
    """A photo with all that a file can have: a turned one, or for a JPEG an upright one, which can be spliced."""
    tags, file = Image.Exif(), io.BytesIO()
    tags[0x8298], tags[0x010E] = "belongs to Ada", "Grace"
    if not jpeg:
        tags[0x0112] = 6
    options = {"icc_profile": PROFILE, "dpi": (300, 300), "exif": tags, "xmp": PACKET}
    stored = PIXELS if jpeg else np.rot90(PIXELS)
    Image.fromarray(stored).save(file, "JPEG", quality=95, extra=iptc.as_segment(RECORDS), **options)
    photo = load(file.getvalue())
    if jpeg:
        return photo
    alpha = np.full(HOLE.shape, 255, np.uint8)
    alpha[:4] = 128
    samples = np.dstack([photo.image, alpha]).astype(np.uint16) * 257 if deep else None
    return replace(photo, alpha=alpha, deep=samples)


def _with_alpha(source: Photo) -> np.ndarray:
    return source.image if source.alpha is None else np.dstack([source.image, source.alpha])


def exiftool(path: Path) -> dict[str, object]:
    """All that exiftool finds: group and tag, with numbers as they are stored."""
    shown = subprocess.run(["exiftool", "-j", "-G1", "-n", path], capture_output=True, check=True)
    told: dict[str, object] = json.loads(shown.stdout)[0]
    return told


def by_vips(path: Path, folder: Path) -> np.ndarray:
    """The pixels as libvips reads them, (H, W, 3 or 4)."""
    subprocess.run(["vips", "copy", os.fspath(path), f"{folder / 'vips.tif'}[compression=none]"], check=True)
    with Image.open(folder / "vips.tif") as image:
        eight = np.array(image)
    deep = cv2.imread(os.fspath(folder / "vips.tif"), cv2.IMREAD_UNCHANGED)  # it multiplies 8 bits by their alpha
    return deep[..., [2, 1, 0, 3][: deep.shape[2]]] if deep.dtype == np.uint16 else eight


def _bits(told: dict[str, object], pixels: np.ndarray) -> str:
    stated = [str(value).split()[0] for key, value in told.items() if key.endswith(("BitDepthLuma", "ImagePixelDepth"))]
    return stated[0] if stated else str(pixels.dtype.itemsize * 8)


def _outside(pixels: np.ndarray, wanted: np.ndarray) -> str:
    opaque = np.ones(HOLE.shape, np.bool_) if pixels.shape == wanted.shape else wanted[..., 3] == wanted.max()
    if pixels.dtype == wanted.dtype:
        same = (pixels == wanted[..., : pixels.shape[2]]).all(axis=2)
        if same[~HOLE & opaque].all():
            return "identical"
        if same[FAR & opaque].all():
            return "identical beyond the touched blocks"
    return "encoded again"


def _yes(found: bool) -> str:
    return "yes" if found else "no"


def as_markdown(rows: dict[str, tuple[str, ...]]) -> str:
    """The table of the page."""
    lines = ["| result | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {_title(kind)} | " + " | ".join(row) + " |" for kind, row in rows.items()]
    return "\n".join(lines) + "\n"


def _title(kind: str) -> str:
    bits, _, suffix = kind.partition(".")
    return f"{ {'jpg': 'JPEG', 'tif': 'TIFF', 'webp': 'WebP'}.get(suffix, suffix.upper()) } of {bits} bits"


def row_of_page(kind: str) -> tuple[str, ...]:
    """What the page says of this kind."""
    table = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    line = next(each for each in table.splitlines() if each.startswith(f"| {_title(kind)} |"))
    return tuple(cell.strip() for cell in line.strip("|").split("|"))[1:]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        table = as_markdown({kind: measure(kind, Path(temporary)) for kind in KINDS})
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")
