"""Results as exiftool and libvips see them: the table of formats, held by other programs than those that wrote it."""

import io
import json
import shutil
import subprocess
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from eraser.photo import Extra, formats, iptc, load, save, xmp

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which("exiftool") and shutil.which("vips")), reason="needs exiftool and libvips"),
]
SMOOTH = np.add.outer(np.arange(64), np.arange(96))[..., None] * np.array([1.0, 0.5, 0.25])
PIXELS = (SMOOTH + np.random.default_rng(1).integers(0, 20, SMOOTH.shape)).astype(np.uint8)
HOLE = np.zeros(PIXELS.shape[:2], np.bool_)
HOLE[20:40, 30:60] = True
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RECORDS = b"\x1c\x02\x74\0\x0ebelongs to Ada\x1c\x02\x19\0\x05Grace"
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" '
    b'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Ada" photoshop:Headline="Grace"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
KINDS = {
    # suffix: bits, alpha, ICC, EXIF, XMP, IPTC, DPI, lossless
    ".jpg": (8, False, True, True, True, True, True, False),
    ".png": (8, True, True, True, True, True, True, True),
    ".webp": (8, True, True, True, True, False, False, False),
    ".tif": (8, True, True, True, True, True, True, True),
    ".avif": (8, True, True, True, True, False, False, False),
    ".heic": (8, True, True, True, True, False, False, False),
    ".bmp": (8, False, False, False, False, False, True, True),
    "deep.png": (16, True, True, True, True, True, True, True),
    "deep.tif": (16, True, True, True, True, True, True, True),
}


def source_of(deep):
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x8298], exif[0x0112], exif[0x010E] = "belongs to Ada", 6, "Grace"
    options = {"icc_profile": PROFILE, "dpi": (300, 300), "exif": exif, "xmp": PACKET}
    Image.fromarray(np.rot90(PIXELS)).save(file, "JPEG", quality=95, extra=iptc.as_segment(RECORDS), **options)
    photo = load(file.getvalue())
    assert photo.size_wh == (96, 64)
    alpha = np.full(PIXELS.shape[:2], 255, np.uint8)
    alpha[:4] = 128
    samples = np.dstack([photo.image, alpha]).astype(np.uint16) * 257 + 3 if deep else None
    return replace(photo, alpha=alpha, deep=samples, path=None)


def exiftool(path):
    shown = subprocess.run(["exiftool", "-j", "-G1", "-n", path], capture_output=True, check=True)
    return json.loads(shown.stdout)[0]


def by_vips(path, tmp_path):
    """The pixels as libvips reads them."""
    subprocess.run(["vips", "copy", str(path), str(tmp_path / "vips.tif[compression=none]")], check=True)
    with Image.open(tmp_path / "vips.tif") as image:
        eight = np.array(image)
    deep = cv2.imread(str(tmp_path / "vips.tif"), cv2.IMREAD_UNCHANGED)  # it multiplies 8 bits by their alpha
    return deep[..., [2, 1, 0, 3][: deep.shape[2]]] if deep.dtype == np.uint16 else eight


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_is_what_the_table_of_formats_says(tmp_path, kind):
    bits, alpha, profile, has_exif, has_xmp, has_iptc, dpi, lossless = KINDS[kind]
    suffix = kind.removeprefix("deep")
    if not formats.can_write(formats.format_of_suffix(suffix)):
        pytest.skip("no encoder for this format")
    source = source_of(bits == 16)
    result = source.image.copy()
    result[HOLE] = (200, 30, 60)
    out = tmp_path / f"out{suffix}"

    save(result, out, source, extra=Extra(hole=HOLE, label=xmp.TRAINED))

    told = exiftool(out)
    values = [str(value) for value in told.values()]
    assert [told.get("File:ImageWidth", 0) or 96, told.get("File:ImageHeight", 0) or 64] == [96, 64]
    assert not any("Grace" in value for value in values)
    assert any(key.startswith("ICC") for key in told) == profile
    assert (told.get("IFD0:Copyright") == "belongs to Ada") == has_exif
    assert told.get("IFD0:Orientation", 1) == 1
    assert (told.get("XMP-iptcExt:DigitalSourceType") == xmp.TRAINED) == has_xmp
    assert (told.get("XMP-photoshop:Credit") == "Ada") == has_xmp
    assert (told.get("IPTC:CopyrightNotice") == "belongs to Ada") == has_iptc
    assert any("300" in value[:4] or "11811" in value[:6] for value in values) == dpi or not dpi
    if suffix in (".avif", ".heic"):
        return  # Debian's libvips may lack these decoders
    seen = by_vips(out, tmp_path)
    assert seen.dtype == (np.uint16 if bits == 16 else np.uint8)
    assert (seen.shape[2] == 4) == alpha
    wanted = source.deep if bits == 16 else np.dstack([source.image, source.alpha])
    if lossless and alpha:
        np.testing.assert_array_equal(seen[~HOLE], wanted[~HOLE])
    elif lossless:
        np.testing.assert_array_equal(seen[4:][~HOLE[4:]], wanted[4:][~HOLE[4:]][:, :3])
