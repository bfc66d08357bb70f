"""Options of Pillow's encoders, for a result as like its photo as the format allows."""

from __future__ import annotations

from typing import Any

from eraser.photo.base import Photo
from eraser.photo.formats import fast_encoder

DEFAULT_QUALITY = {"JPEG": 90, "WEBP": 90, "AVIF": 90, "HEIF": 70}
"""Where the photo's own cannot be kept. HEIC's scale is another one: its 70 is above a JPEG's 90."""
PNG_COMPRESS_LEVEL = 4  # 12 megapixels: half the time of Pillow's 6, 5 % larger
_LOSSLESS_TIFF = frozenset(("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "zstd", "lzma"))
_PREDICTED_TIFF = frozenset(("tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "zstd", "lzma"))
_PREDICTOR, _HORIZONTAL = 317, 2


def encoder_options(name: str, source: Photo, quality: int | None) -> dict[str, Any]:
    """Options of the format's encoder."""
    if name == "JPEG":
        return _jpeg_encoder(source, quality)
    if name == "PNG":
        return {"compress_level": PNG_COMPRESS_LEVEL}
    if name == "WEBP" and quality is None and source.webp_lossless:
        return {"lossless": True, "exact": True}  # exact: colours under full transparency stay, too
    if name == "TIFF":
        compression = source.tiff_compression if source.tiff_compression in _LOSSLESS_TIFF else "tiff_lzw"
        predictor = {_PREDICTOR: _HORIZONTAL} if compression in _PREDICTED_TIFF else {}
        return {"compression": compression, "tiffinfo": predictor}
    if name == "BMP":
        return {}
    return {"quality": quality or DEFAULT_QUALITY[name], **fast_encoder(name)}


def _jpeg_encoder(source: Photo, quality: int | None) -> dict[str, Any]:
    if source.jpeg is None:
        quality = quality or DEFAULT_QUALITY["JPEG"]
        return {"quality": quality, "subsampling": 0 if quality >= 90 else 2}
    settings: dict[str, Any] = {"subsampling": source.jpeg.subsampling, "progressive": source.jpeg.progressive}
    if quality is not None:
        return {**settings, "quality": quality}
    return {**settings, "qtables": [list(table) for table in source.jpeg.tables]}
