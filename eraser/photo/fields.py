"""The table of metadata fields: what a result keeps of its photo's EXIF, IPTC, XMP, comments and texts.

``docs/generate.py`` writes it into ``docs/formats.md``, and ``exif``, ``iptc``, ``xmp`` and ``carried`` read it: there
is no other list. Rule: who made the photo, who owns it, how, when and where it was taken stay. Who is in it, what it
shows in words, small copies of it, and how it was edited go: they would show or name the people who are erased.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal, TypeAlias

Block: TypeAlias = Literal["EXIF", "IPTC", "XMP", "JPEG", "PNG"]
Kept: TypeAlias = Literal["yes", "on request", "no", "if it claims copyright"]
"""Of a field: always; only with ``--keep-metadata``; never; on request, or if the text claims copyright."""
Metadata: TypeAlias = Literal["table", "all", "none"]
"""What a result gets: what the table keeps, all but what is never kept, or nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """Some fields with one fate."""

    block: Block
    what: str
    """In words, for the page."""
    kept: Kept
    names: tuple[str | int, ...] = ()
    """EXIF tags and IPTC datasets by number, XMP as ``prefix:name`` or ``prefix:*``, PNG keywords. Empty: others."""


ROWS: tuple[Row, ...] = (
    Row("EXIF", "camera: make, model, software", "yes", (0x010F, 0x0110, 0x0131, 0x013C)),
    Row("EXIF", "date, resolution, orientation (always 1)", "yes", (0x0112, 0x011A, 0x011B, 0x0128, 0x0132)),
    Row("EXIF", "rating", "yes", (0x4746, 0x4749)),
    Row("EXIF", "artist, copyright, author", "yes", (0x013B, 0x8298, 0x9C9D)),
    Row(
        "EXIF", "description, title, comment, keywords, subject", "on request", (0x010E, 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F)
    ),
    Row("EXIF", "other fields of the first directory", "on request"),
    Row("EXIF", "user comment, image title", "on request", (0x9286, 0xA436)),
    Row("EXIF", "subject's area and location", "on request", (0x9214, 0xA214)),
    Row(
        "EXIF",
        "maker note (faces, names; its inner offsets may no longer fit when it is kept)",
        "on request",
        (0x927C,),
    ),
    Row("EXIF", "padding", "no", (0xEA1C,)),
    Row("EXIF", "thumbnail and all that holds a JPEG stream", "no", ("thumbnail",)),
    Row("EXIF", "other fields of the EXIF, GPS and interoperability directories", "yes", ("inner",)),
    Row("IPTC", "creator, his title, credit, source, copyright, contact", "yes", (80, 85, 110, 115, 116, 118)),
    Row("IPTC", "version, urgency, dates", "yes", (0, 10, 30, 35, 37, 38, 55, 60, 62, 63)),
    Row("IPTC", "place, reference, instructions, program", "yes", (40, 65, 70, 90, 92, 95, 100, 101, 103)),
    Row("IPTC", "others: title, headline, caption, its writer, keywords, categories", "on request"),
    Row("IPTC", "preview", "no", (200, 201, 202)),
    Row("XMP", "names of people", "on request", ("Iptc4xmpExt:PersonInImage", "Iptc4xmpExt:PersonInImageWDetails")),
    Row("XMP", "models in the photo", "on request", ("Iptc4xmpExt:ModelAge", "Iptc4xmpExt:AddlModelInfo")),
    Row("XMP", "models in the photo", "on request", ("plus:ModelReleaseID", "plus:ModelReleaseStatus")),
    Row("XMP", "models in the photo", "on request", ("plus:MinorModelAgeDisclosure",)),
    Row("XMP", "descriptions", "on request", ("dc:description", "dc:title", "photoshop:Headline")),
    Row("XMP", "descriptions", "on request", ("photoshop:CaptionWriter", "exif:UserComment", "tiff:ImageDescription")),
    Row(
        "XMP", "descriptions", "on request", ("Iptc4xmpCore:AltTextAccessibility", "Iptc4xmpCore:ExtDescrAccessibility")
    ),
    Row("XMP", "descriptions", "on request", ("acdsee:*", "Iptc4xmpExt:ArtworkOrObject", "Iptc4xmpExt:Event")),
    Row("XMP", "keywords", "on request", ("dc:subject", "lr:hierarchicalSubject", "digiKam:*", "MicrosoftPhoto:*")),
    Row("XMP", "keywords", "on request", ("mediapro:*", "mwg-kw:*", "photoshop:SupplementalCategories")),
    Row("XMP", "keywords", "on request", ("photoshop:Category", "Iptc4xmpCore:SubjectCode")),
    Row("XMP", "keywords", "on request", ("Iptc4xmpCore:Scene", "Iptc4xmpCore:IntellectualGenre")),
    Row("XMP", "face and other regions", "on request", ("mwg-rs:*", "MP:*", "MPRI:*", "MPReg:*", "apple-fi:*")),
    Row("XMP", "face and other regions", "on request", ("Iptc4xmpExt:ImageRegion", "exif:SubjectArea")),
    Row("XMP", "face and other regions", "on request", ("exif:SubjectLocation", "mwg-coll:*")),
    Row("XMP", "edit history", "on request", ("xmpMM:*", "photoshop:History", "photoshop:DocumentAncestors")),
    Row("XMP", "edit history", "on request", ("photoshop:TextLayers", "crs:*", "darktable:*", "xmpBJ:*", "lr:*")),
    Row("XMP", "previews", "no", ("xmp:Thumbnails", "xmpGImg:*", "exif:MakerNote", "photoshop:ICCProfile")),
    Row(
        "XMP",
        "second pictures, gain maps, depth",
        "no",
        ("xmpNote:HasExtendedXMP", "GCamera:*", "GDepth:*", "GImage:*"),
    ),
    Row(
        "XMP",
        "second pictures, gain maps, depth",
        "no",
        ("GAudio:*", "Container:*", "Item:*", "hdrgm:*", "HDRGainMap:*"),
    ),
    Row("XMP", "second pictures, gain maps, depth", "no", ("GFocus:*", "Device:*", "DepthData:*", "apdi:*")),
    Row("XMP", "other properties (rights, creator, camera, place); values with a picture go", "yes"),
    Row("JPEG", "comment", "if it claims copyright", ("comment",)),
    Row(
        "PNG", "keywords of who made and owns it", "yes", ("Author", "Copyright", "Creation Time", "Software", "Source")
    ),
    Row(
        "PNG",
        "keywords of who made and owns it",
        "yes",
        ("Artist", "Creator", "Credit", "License", "Disclaimer", "Rights"),
    ),
    Row("PNG", "title, description, comment and other texts", "if it claims copyright"),
)

NAMESPACES = {
    "Container": "http://ns.google.com/photos/1.0/container/",
    "DepthData": "http://ns.google.com/photos/dd/1.0/depthmap/",
    "Device": "http://ns.google.com/photos/dd/1.0/device/",
    "GAudio": "http://ns.google.com/photos/1.0/audio/",
    "GCamera": "http://ns.google.com/photos/1.0/camera/",
    "GDepth": "http://ns.google.com/photos/1.0/depthmap/",
    "GFocus": "http://ns.google.com/photos/1.0/focus/",
    "GImage": "http://ns.google.com/photos/1.0/image/",
    "HDRGainMap": "http://ns.apple.com/HDRGainMap/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "Item": "http://ns.google.com/photos/1.0/container/item/",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "acdsee": "http://ns.acdsee.com/iptc/1.0/",
    "apdi": "http://ns.apple.com/pixeldatainfo/1.0/",
    "apple-fi": "http://ns.apple.com/faceinfo/1.0/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "darktable": "http://darktable.sf.net/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
    "mwg-coll": "http://www.metadataworkinggroup.com/schemas/collections/",
    "mwg-kw": "http://www.metadataworkinggroup.com/schemas/keywords/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpBJ": "http://ns.adobe.com/xap/1.0/bj/",
    "xmpGImg": "http://ns.adobe.com/xap/1.0/g/img/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
}
"""What the prefixes of the table stand for; a file may use others for the same."""

_CLAIMS = ("copyright", "©", "(c)", "all rights reserved")


def is_kept(block: Block, name: str | int, metadata: Metadata, *, text: str = "", otherwise: str = "") -> bool:
    """Whether a field goes into a result.

    Args:
        block: Where it stands.
        name: As in the table; of XMP ``prefix:name`` with the table's prefix.
        metadata: What the result gets.
        text: What the field says, for those that are kept if they claim copyright.
        otherwise: The name of a group, for a field that is in no row.
    """
    if metadata == "none":
        return False
    fates = _fates(block)
    prefix = name.partition(":")[0] + ":*" if isinstance(name, str) else name
    kept = fates.get(name) or fates.get(prefix) or fates.get(otherwise, "yes")
    if kept == "if it claims copyright" and metadata == "table":
        return any(claim in text.casefold() for claim in _CLAIMS)
    return kept == "yes" or (metadata == "all" and kept != "no")


@functools.cache
def _fates(block: Block) -> dict[str | int, Kept]:
    """Each name of a block; "" is all others."""
    return {name: row.kept for row in ROWS if row.block == block for name in (row.names or ("",))}


def as_markdown() -> str:
    """The table of the page: a line for each group of fields."""
    merged: dict[tuple[str, str, str], list[str]] = {}
    for row in ROWS:
        names = [f"{name:#06x}" if row.block == "EXIF" and isinstance(name, int) else str(name) for name in row.names]
        if row.block == "IPTC":
            names = [f"2:{name}" for name in names]
        merged.setdefault((row.block, row.what, row.kept), []).extend(names)
    lines = ["| where | field | kept | names |", "|---|---|---|---|"]
    lines += [
        f"| {block} | {what} | {kept} | {', '.join(f'`{name}`' for name in names)} |"
        for (block, what, kept), names in merged.items()
    ]
    return "\n".join(lines)
