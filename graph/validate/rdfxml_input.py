"""What has to happen to RDF/XML before pyoxigraph reads it.

pyoxigraph takes UTF-8 alone, refuses the language ``""`` (RDF/XML, 2.7), and takes a document that
is cut off for a whole one, and characters that no XML has. Here the document is decoded as XML 1.0
wants it (4.3.3). Expat, which comes with Python, finds what is not well-formed, and bounds how far
entities grow. It fetches nothing.
"""

import codecs
import re
from xml.parsers import expat

from rdflib import Literal

from untocgraph.graph.rdf.terms import Term, Verbatim

MAX_DEPTH = 1000  # of elements; pyoxigraph's time grows with the square of it
NO_LANGUAGE = "x-none-0f3a"  # stands for the language "", which pyoxigraph does not read
RDF_LITERAL = "http://www.w3.org/1999/02/22-rdf-syntax-ns#|parseType"
DECLARED = re.compile(
    rb"""<\?xml[ \t\r\n]+version[^>]*?encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][\w.-]*)["']"""
)
DECLARATION = re.compile(r"<\?xml(?=[ \t\r\n]).*?\?>", re.DOTALL)
EMPTY_LANGUAGE = re.compile(r"""(\sxml:lang\s*=\s*)(?:""|'')""")
TAG = re.compile(r"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class NoXml(Exception):
    """*line* counts from 1 where it is known."""

    def __init__(self, what: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(what)


def as_read_by_pyoxigraph(raw: bytes) -> str:
    """The document, decoded, without its declaration, with another name for the language "".

    Raises NoXml if it is not well-formed, or nests too deep.
    """
    text = DECLARATION.sub("", decoded(raw), count=1)
    places = _well_formed(text)
    for place in reversed(places):
        tag = TAG.match(text, place)
        if tag:  # an element of an entity stands elsewhere
            renamed = EMPTY_LANGUAGE.sub(rf'\1"{NO_LANGUAGE}"', tag[0])
            text = text[:place] + renamed + text[tag.end() :]
    return text


def without_mark(term: Term) -> Term:
    """*term*, a literal in no language as such."""
    if isinstance(term, Literal) and term.language == NO_LANGUAGE:
        return Verbatim(str(term))
    return term


def decoded(raw: bytes) -> str:
    """A document of XML as text. Source: XML 1.0, 4.3.3 and F."""
    mark = next((mark for mark in MARKS if raw.startswith(mark)), b"")
    body = raw.removeprefix(mark)
    if mark:
        encoding = MARKS[mark]
    elif body.startswith((b"<\0", b"\0<")):
        encoding = "utf-16-le" if body.startswith(b"<") else "utf-16-be"
    else:
        declared = DECLARED.match(body)
        encoding = declared[1].decode() if declared else "utf-8"
    try:
        return body.decode(encoding)
    except LookupError:
        raise NoXml(f"its encoding {encoding!r} is not known; save it as UTF-8", 1) from None
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise NoXml(f"it is not in {encoding}; save it as UTF-8", line) from None


def _well_formed(text: str) -> list[int]:
    """Where a tag may give the language "", outside of XML that is a value itself."""
    parser = expat.ParserCreate("utf-8", "|")
    parser.buffer_text = True
    depth = literal_at = 0
    offsets: list[int] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, literal_at
        depth += 1
        if depth > MAX_DEPTH:
            raise NoXml(f"it nests more than {MAX_DEPTH} elements", parser.CurrentLineNumber)
        if not literal_at:
            if attributes.get("http://www.w3.org/XML/1998/namespace|lang") == "":
                offsets.append(parser.CurrentByteIndex)
            kind = attributes.get(RDF_LITERAL)
            if kind is not None and kind not in ("Resource", "Collection"):
                literal_at = depth

    def end(name: str) -> None:
        nonlocal depth, literal_at
        if depth == literal_at:
            literal_at = 0
        depth -= 1

    def entity(name: str, parameter: bool, value: str | None, *_: object) -> None:
        if value is None:
            what = (
                f"its entity {name!r} stands elsewhere, and nothing is fetched; write it out here"
            )
            raise NoXml(what, parser.CurrentLineNumber)

    parser.EntityDeclHandler = entity
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    data = text.encode()
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        if what == expat.errors.XML_ERROR_NO_ELEMENTS:
            what = "it ends before its outermost element does"
        raise NoXml(f"{what}, column {error.offset + 1}", error.lineno) from None
    return [len(data[:offset].decode()) for offset in offsets]
