"""XMP: a packet of RDF in XML, without what shows or names people, and with what says how a result was made."""

from __future__ import annotations

from xml.dom import minidom
from xml.parsers import expat

from eraser.photo.fields import NAMESPACES, Metadata, is_kept

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_EXT = NAMESPACES["Iptc4xmpExt"]
_SOURCE_TYPE = "DigitalSourceType"
_PREFIXES = {namespace: prefix for prefix, namespace in NAMESPACES.items()}
_MOST_BYTES, _MOST_DEPTH, _MOST_TAGS, _MOST_VALUE = 4_000_000, 40, 50_000, 32_768
_PICTURE = "/9j/"
"""A JPEG in base64 begins so."""

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""A trained network led the fill of a hole."""
COPIED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture"
"""Every filled pixel was made from captured ones of the same photo."""

_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'
_EMPTY = (
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about=""/></rdf:RDF>'
    "</x:xmpmeta>"
)


class DamagedXmpError(ValueError):
    """A packet that is no sound XML, or a trap."""


def carry_over(packet: bytes, metadata: Metadata) -> bytes | None:
    """The packet as it belongs into a result; None if no property is left.

    Raises:
        DamagedXmpError: It is no XML, too large, too deep, or it defines entities.
    """
    if metadata == "none":
        return None
    document = _parse(packet)
    for description in _descriptions(document):
        _filter(description, metadata)
    return _packet(document) if any(map(_has_properties, _descriptions(document))) else None


def with_label(packet: bytes | None, label: str) -> bytes:
    """A packet, as ``carry_over`` returned it, that says how the picture was made; None begins a new one."""
    document = _parse(packet) if packet else _parse(_EMPTY.encode())
    for description in _descriptions(document):
        if description.hasAttributeNS(_EXT, _SOURCE_TYPE):
            description.removeAttributeNS(_EXT, _SOURCE_TYPE)
        for child in _elements(description):
            if child.namespaceURI == _EXT and child.localName == _SOURCE_TYPE:
                description.removeChild(child)
    first = _descriptions(document)[0]
    first.setAttributeNS(_XMLNS, "xmlns:Iptc4xmpExt", _EXT)
    property_ = document.createElementNS(_EXT, f"Iptc4xmpExt:{_SOURCE_TYPE}")
    property_.appendChild(document.createTextNode(label))
    first.appendChild(property_)
    return _packet(document)


def label_of(packet: bytes | None) -> str | None:
    """The digital source type that a packet states."""
    if packet is None:
        return None
    for description in _descriptions(_parse(packet)):
        if text := description.getAttributeNS(_EXT, _SOURCE_TYPE):
            return str(text)
        for child in _elements(description):
            if child.namespaceURI == _EXT and child.localName == _SOURCE_TYPE:
                return _text(child).strip()
    return None


def _parse(packet: bytes) -> minidom.Document:
    """The document, once a first pass, which builds nothing, found it harmless."""
    packet = packet.strip(b"\0 \t\r\n")
    if len(packet) > _MOST_BYTES:
        raise DamagedXmpError("too large")
    parser = expat.ParserCreate()
    depth = tags = 0

    def begin(*_: object) -> None:
        nonlocal depth, tags
        depth, tags = depth + 1, tags + 1
        if depth > _MOST_DEPTH or tags > _MOST_TAGS:
            raise DamagedXmpError("too deep or too many elements")

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise DamagedXmpError("it defines a document type")

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = begin, end, refuse
    try:
        parser.Parse(packet, True)
        document = minidom.parseString(packet)
    except (expat.ExpatError, ValueError, AttributeError, KeyError, LookupError) as error:
        raise DamagedXmpError(str(error)) from error
    if not _descriptions(document):
        document.unlink()
        raise DamagedXmpError("it holds no RDF")
    return document


def _descriptions(document: minidom.Document) -> list[minidom.Element]:
    return [
        child
        for root in document.getElementsByTagNameNS(_RDF, "RDF")
        for child in _elements(root)
        if (child.namespaceURI, child.localName) == (_RDF, "Description")
    ]


def _elements(parent: minidom.Element) -> list[minidom.Element]:
    return [child for child in parent.childNodes if child.nodeType == child.ELEMENT_NODE]


def _filter(element: minidom.Element, metadata: Metadata) -> None:
    """Take out, at any depth, what does not belong into a result; the orientation becomes 1."""
    for attribute in list(element.attributes.values()):
        if attribute.namespaceURI == _XMLNS:
            continue
        if not _stays(attribute.namespaceURI, attribute.localName, attribute.value, metadata):
            element.removeAttributeNode(attribute)
        elif (attribute.namespaceURI, attribute.localName) == (NAMESPACES["tiff"], "Orientation"):
            attribute.value = "1"
    for child in list(element.childNodes):
        if child.nodeType in (child.COMMENT_NODE, child.PROCESSING_INSTRUCTION_NODE):
            element.removeChild(child)
        elif child.nodeType == child.ELEMENT_NODE:
            own_text = "".join(each.data for each in child.childNodes if each.nodeType == each.TEXT_NODE)
            if not _stays(child.namespaceURI, child.localName, own_text, metadata):
                element.removeChild(child)
            elif (child.namespaceURI, child.localName) == (NAMESPACES["tiff"], "Orientation"):
                for each in list(child.childNodes):
                    child.removeChild(each)
                text = minidom.Text()
                text.data = "1"
                child.appendChild(text)
            else:
                _filter(child, metadata)


def _stays(namespace: str | None, name: str, value: str, metadata: Metadata) -> bool:
    prefix = _PREFIXES.get(namespace or "", "")
    if len(value) > _MOST_VALUE or _PICTURE in value:
        return False
    return not prefix or is_kept("XMP", f"{prefix}:{name}", metadata)


def _has_properties(description: minidom.Element) -> bool:
    named = [each for each in description.attributes.values() if each.namespaceURI not in (_XMLNS, _RDF, None)]
    return bool(named or _elements(description))


def _text(element: minidom.Element) -> str:
    return "".join(each.data for each in element.childNodes if each.nodeType == each.TEXT_NODE)


def _packet(document: minidom.Document) -> bytes:
    root = document.documentElement
    if root is None:
        raise DamagedXmpError("it is empty")
    return (_BEGIN + root.toxml() + _END).encode("utf-8")
