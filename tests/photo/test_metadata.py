"""The table of fields is what happens: who owns a photo is kept, who is in it goes."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from eraser.photo import Extra, formats, iptc, load, save, xmp
from eraser.photo.fields import NAMESPACES, ROWS

PIXELS = np.random.default_rng(3).integers(0, 256, (24, 32, 3), dtype=np.uint8)
SUFFIXES = [".jpg", ".png", ".webp", ".tif", ".avif", ".heic"]


def packet(*properties, attributes=""):
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" {spaces}><rdf:Description rdf:about="" {attributes}>'
        f"{''.join(properties)}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


RIGHTS = "<dc:rights>belongs to Ada</dc:rights><dc:creator>Ada</dc:creator><xmpRights:Owner>Ada</xmpRights:Owner>"
PEOPLE = (
    "<Iptc4xmpExt:PersonInImage>Grace</Iptc4xmpExt:PersonInImage><dc:subject>Grace</dc:subject>"
    "<mwg-rs:Regions><mwg-rs:Name>Grace</mwg-rs:Name></mwg-rs:Regions><dc:description>Grace waves</dc:description>"
    "<xmpMM:History>Grace was brightened</xmpMM:History>"
)


def records(**fields):
    numbers = {"creator": 80, "copyright": 116, "keywords": 25, "caption": 120, "city": 90}
    made = (struct.pack(">BBBH", 0x1C, 2, numbers[key], len(text)) + text.encode() for key, text in fields.items())
    return b"".join(made)


def jpeg(**options):
    data = io.BytesIO()
    Image.fromarray(PIXELS).save(data, "JPEG", **options)
    return data.getvalue()


def everything():
    """A JPEG whose every kind of metadata names an owner, Ada, and somebody in it, Grace."""
    exif = Image.Exif()
    exif[0x8298], exif[0x010E], exif[0x9C9E] = "belongs to Ada", "Grace waves", "Grace".encode("utf-16-le")
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0Grace waves"
    carried = records(creator="Ada", copyright="belongs to Ada", city="Paris", keywords="Grace", caption="Grace waves")
    segment = iptc.as_segment(carried)
    return jpeg(exif=exif, xmp=packet(RIGHTS, PEOPLE), comment=b"Grace waves", extra=segment)


def holds(data, text):
    return any(text.encode(code) in data for code in ("utf-8", "utf-16-le"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_owners_stay_and_people_go_in_every_format(tmp_path, suffix):
    if not formats.can_write(formats.format_of_suffix(suffix)):
        pytest.skip("no encoder for this format")
    source = load(everything())

    save(source.image, tmp_path / f"a{suffix}", source)

    data = (tmp_path / f"a{suffix}").read_bytes()
    assert holds(data, "Ada")
    assert not holds(data, "Grace")
    assert source.notes == ()
    assert load(data).carried.xmp is not None


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".png"])
def test_iptc_comes_along_without_keywords_and_captions(tmp_path, suffix):
    source = load(everything())

    save(source.image, tmp_path / f"a{suffix}", source)

    assert load(tmp_path / f"a{suffix}").carried.iptc == records(
        creator="Ada", copyright="belongs to Ada", city="Paris"
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_on_request_all_of_it_stays_or_none(tmp_path, suffix):
    if not formats.can_write(formats.format_of_suffix(suffix)):
        pytest.skip("no encoder for this format")
    source = load(everything())
    for metadata in ("all", "none"):
        save(source.image, tmp_path / f"{metadata}{suffix}", source, extra=Extra(metadata=metadata))

    kept, stripped = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("all", "none"))

    assert holds(kept, "Grace")
    assert holds(kept, "Ada")
    assert not holds(stripped, "Grace")
    assert not holds(stripped, "Ada")


@pytest.mark.parametrize(("text", "stays"), [("\xa9 Ada", True), ("Copyright Ada 2024", True), ("Grace waves", False)])
def test_a_comment_stays_if_it_claims_copyright(tmp_path, text, stays):
    source = load(jpeg(comment=text.encode()))

    save(source.image, tmp_path / "a.jpg", source)

    assert (load(tmp_path / "a.jpg").carried.comment is not None) == stays


def test_texts_of_a_png_are_kept_by_their_keyword(tmp_path):
    texts = PngImagePlugin.PngInfo()
    for key in ("Author", "Copyright", "Title", "Description", "parameters"):
        texts.add_itxt(key, f"said in {key}")
    Image.fromarray(PIXELS).save(tmp_path / "in.png", pnginfo=texts)
    source = load(tmp_path / "in.png")

    save(source.image, tmp_path / "out.png", source)

    with Image.open(tmp_path / "out.png") as image:
        image.load()
        assert dict(image.text) == {"Author": "said in Author", "Copyright": "said in Copyright"}


def test_the_orientation_in_xmp_is_that_of_the_result():
    carried = xmp.carry_over(packet(RIGHTS, "<tiff:Orientation>6</tiff:Orientation>"), "table")
    told = xmp.carry_over(packet(RIGHTS, attributes='tiff:Orientation="6"'), "table")

    assert b"<tiff:Orientation>1</tiff:Orientation>" in carried
    assert b'tiff:Orientation="1"' in told


def test_another_prefix_for_the_same_namespace_hides_nobody():
    renamed = packet(RIGHTS, PEOPLE).replace(b"mwg-rs:", b"r:").replace(b"xmlns:mwg-rs", b"xmlns:r")
    renamed = renamed.replace(b"mwg-rs=", b"r=")

    assert b"Grace" not in xmp.carry_over(renamed, "table")


@pytest.mark.parametrize(
    "trap",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b"<a>" * 100 + b"</a>" * 100,
        b"<x:xmpmeta>no namespace</x:xmpmeta>",
        b"\xff\xfe\0\0",
        b"<a/>" + b" " * 5_000_000 + b"<",
    ],
    ids=["entities", "deep", "unbound prefix", "no text", "large"],
)
def test_a_packet_that_is_a_trap_is_left_out_and_the_photo_read(trap):
    with pytest.raises(xmp.DamagedXmpError):
        xmp.carry_over(trap, "all")


def test_a_picture_hidden_in_a_property_goes():
    carried = xmp.carry_over(packet(RIGHTS, "<crs:Look>/9j/4AAQ</crs:Look>", "<dc:format>/9j/4AA</dc:format>"), "all")

    assert b"/9j/" not in carried


def test_a_label_replaces_an_older_one_and_needs_no_packet():
    old = packet(RIGHTS, attributes='Iptc4xmpExt:DigitalSourceType="http://elsewhere/"')

    assert xmp.label_of(xmp.with_label(old, xmp.TRAINED)) == xmp.TRAINED
    assert xmp.with_label(old, xmp.TRAINED).count(b"DigitalSourceType") == 2  # begin and end of one element
    assert xmp.label_of(xmp.with_label(None, xmp.COPIED)) == xmp.COPIED
    assert xmp.label_of(packet(RIGHTS)) is None


def test_every_prefix_of_the_table_has_a_namespace_and_no_name_stands_there_twice():
    named = [(row.block, name) for row in ROWS for name in row.names]

    assert len(set(named)) == len(named)
    assert {name.partition(":")[0] for block, name in named if block == "XMP"} <= NAMESPACES.keys()
