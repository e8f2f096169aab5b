"""What of an answer XML can hold. The engine writes it, and does not ask.

XML 1.0 has no control characters but tab and line ends, and neither U+FFFE nor U+FFFF; its readers
take a bare carriage return for a line feed (2.2, 2.11). RDF/XML needs a name of XML for each
property, and a label of a blank node that is such a name. What cannot be written is refused, and
never bent: every other format holds it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from xml.parsers import expat

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from untocgraph.graph.errors import QueryNotInXml

REMEMBERED = 1000  # properties and classes
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
ROWS, TRIPLES = "JSON, CSV or TSV", "Turtle, N-Triples or JSON-LD"  # what to ask for instead

Object = NamedNode | BlankNode | Literal | Triple
SUBJECT, LITERAL = NamedNode("x:"), Literal("")  # of samples

_NONE = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NONCHARACTER = b"\xef\xbf"  # how U+FFFE and U+FFFF begin in UTF-8
_WRONG = re.compile(rb"[%b]|\xef\xbf[\xbe\xbf]" % re.escape(_NONE))
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")  # that all readers share


class Characters:
    """Checks XML that comes in pieces, which break anywhere. *instead* is what holds any value."""

    def __init__(self, instead: str) -> None:
        self._instead = instead
        self._tail = b""

    def escaped(self, piece: bytes) -> bytes:
        """*piece* as it is to be sent. Raises QueryNotInXml."""
        text = self._tail + piece
        if _NONCHARACTER in text or len(piece.translate(None, _NONE)) < len(piece):
            if wrong := _WRONG.search(text):
                code = ord(wrong[0].decode())
                raise QueryNotInXml(f"the character U+{code:04X}", self._instead)
        self._tail = text[-2:]
        # None is written by the engine itself, and in an attribute there can be none.
        return piece.replace(b"\r", b"&#13;")


def writable(triples: Iterable[Triple]) -> Iterator[Triple]:
    """*triples* as RDF/XML can hold them, blank nodes renamed where they must be.

    Raises QueryNotInXml for a property without a name of XML, and for such a class, which the
    engine may make the name of an element.
    """
    known: set[str] = set()  # properties with a name
    for triple in triples:
        predicate, object = triple.predicate, triple.object
        if predicate.value not in known or predicate == TYPE:
            _refuse_nameless(predicate, object)
            known.add(predicate.value)
        if isinstance(object, Triple):
            (object,) = writable([object])
        elif isinstance(object, BlankNode):
            object = _labelled(object)
        subject = triple.subject
        if isinstance(subject, BlankNode):
            subject = _labelled(subject)
        yield Triple(subject, predicate, object)


def _refuse_nameless(predicate: NamedNode, object: Object) -> None:
    is_class = predicate == TYPE
    if not has_name(predicate, object if is_class else LITERAL):
        raise QueryNotInXml(f"a name for {object if is_class else predicate}", TRIPLES)


def _labelled(term: BlankNode) -> BlankNode:
    if _NAME.fullmatch(term.value):
        return term
    return BlankNode(f"b{term.value.encode().hex()}")


@lru_cache(REMEMBERED)
def has_name(predicate: NamedNode, object: Object) -> bool:
    """Whether a reader of XML finds both in what the engine writes, each as a name."""
    sample = Triple(SUBJECT, predicate, object)
    found = []
    reader = expat.ParserCreate(namespace_separator="")
    reader.StartElementHandler = lambda name, _: found.append(name)
    try:
        reader.Parse(serialize([sample], format=RdfFormat.RDF_XML) or b"", True)
    except (OSError, expat.ExpatError):  # a word of RDF/XML itself; no name
        return False
    name = object if isinstance(object, NamedNode) else predicate
    return name.value in found
