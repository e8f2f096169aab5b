"""Files of RDF that others wrote: every format that we publish, plain or compressed, without loss.

One strict parser reads all formats (pyoxigraph). What it cannot do is done before: unpacking,
encodings, marks of byte order, the language ``""`` of RDF/XML; and nesting so deep that it would
end the process is refused. What JSON-LD drops without a word is asked of PyLD
(`graph/validate/jsonld_losses.py`). Nothing is ever fetched.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import zstandard
from pyoxigraph import RdfFormat

from untocgraph.graph.errors import SourceError
from untocgraph.graph.rdf.terms import Term, from_pyoxigraph
from untocgraph.graph.validate.jsonld_losses import losses
from untocgraph.graph.validate.rdfxml_input import NoXml, as_read_by_pyoxigraph, without_mark

FORMATS = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".n3": RdfFormat.N3,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
}
READ = "use .ttl, .nt, .nq, .trig, .n3, .jsonld or .rdf, plain or as .gz or .zst."
MAGIC = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
MAX_UNPACKED = 256 * 1024 * 1024  # bytes
MAX_DEPTH = 500  # of triples in triples, which pyoxigraph reads by recursion
MAX_JSON_DEPTH = 150  # objects and lists in each other, which PyLD reads by recursion
NESTED = re.compile(rb"<<\(?|\)?>>")
BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)

Quad = tuple[Term, Term, Term, Term]


def read_quads(path: Path, base: str) -> Iterator[Quad]:
    """The quads of a file: subject, predicate, object, graph.

    Raises SourceError, with the line where it is known, if anything of the file is not RDF, would
    be lost, or is of RDF 1.2.
    """
    form = FORMATS.get(Path(_plain_name(path)).suffix.lower())
    if form is None:
        raise SourceError(path, None, f"its suffix names no format of RDF; {READ}")
    raw = _unpacked(path)
    if form == RdfFormat.RDF_XML:
        try:
            text = as_read_by_pyoxigraph(raw)
        except NoXml as error:
            raise SourceError(path, error.line, f"is no RDF/XML: {error}.") from None
    else:
        text = _utf8(path, raw, form)
    if form == RdfFormat.JSON_LD:
        _refuse_depth(path, text)
    elif _depth(text.encode()) > MAX_DEPTH:
        raise SourceError(path, None, "nests triples in triples, which no graph of ours holds.")
    try:
        for quad in pyoxigraph.parse(text, form, base_iri=base, rename_blank_nodes=True):
            terms = quad.subject, quad.predicate, quad.object, quad.graph_name
            subject, predicate, value, graph = map(from_pyoxigraph, terms)
            yield subject, predicate, without_mark(value), graph
        if form == RdfFormat.JSON_LD and (lost := losses(text, base)):
            raise SourceError(path, None, f"would lose {'; '.join(lost)}.")
    except SyntaxError as error:
        raise SourceError(path, error.lineno, f"is no {form.name}: {_why(error)}.") from error
    except TypeError as error:
        raise SourceError(path, None, f"{error}.") from error


def _plain_name(path: Path) -> str:
    """Its name without the suffix of a compression."""
    return path.stem if path.suffix.lower() in MAGIC else path.name


def _unpacked(path: Path) -> bytes:
    """The content of a file, which its first bytes say is compressed or not."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            packed = next((kind for kind, magic in MAGIC.items() if start.startswith(magic)), None)
            named = path.suffix.lower()
            if named in MAGIC and named != packed:
                raise SourceError(path, None, f"its name says {named}, its content does not.")
            if packed is None:
                return file.read()
            stream: io.BufferedIOBase | zstandard.ZstdDecompressionReader
            if packed == ".gz":
                stream = gzip.GzipFile(fileobj=file)
            else:
                stream = zstandard.ZstdDecompressor().stream_reader(
                    file, read_across_frames=True, closefd=False
                )
            content = _limited(path, stream)
            if packed == ".zst" and not _ends_whole(path):
                raise SourceError(path, None, "is cut off: the compressed content does not end.")
            return content
    except EOFError:
        raise SourceError(path, None, "is cut off: the compressed content does not end.") from None
    except (zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise SourceError(path, None, f"cannot be unpacked: {error}.") from None
    except OSError as error:
        raise SourceError(path, None, f"cannot be read: {error.strerror}.") from error


def _limited(path: Path, stream: "io.BufferedIOBase | zstandard.ZstdDecompressionReader") -> bytes:
    content = bytearray()
    while block := stream.read(1024 * 1024):
        content += block
        if len(content) > MAX_UNPACKED:
            size = MAX_UNPACKED // (1024 * 1024)
            what = (
                f"unpacks to more than {size} MB; unpack it yourself, if it is meant to be so long."
            )
            raise SourceError(path, None, what)
    return bytes(content)


def _ends_whole(path: Path) -> bool:
    """Whether the last frame of a file of Zstandard is complete: its reader takes a cut one."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    with path.open("rb") as file:
        while block := file.read(64 * 1024):
            while block:
                frame.decompress(block)
                block = frame.unused_data if frame.eof else b""
                if block:
                    frame = zstandard.ZstdDecompressor().decompressobj()
    return frame.eof


def _utf8(path: Path, raw: bytes, form: RdfFormat) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = f"is no {form.name}: it is not UTF-8; save it as UTF-8."
        raise SourceError(path, line, what) from None


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for mark in NESTED.findall(text):
        depth += 1 if mark.startswith(b"<") else -1
        deepest = max(deepest, depth)
    return deepest


def _refuse_depth(path: Path, text: str) -> None:
    depth = 0
    for mark in BRACKETS.finditer(text):
        if mark[0] in "[{":
            depth += 1
        elif mark[0] in "]}":
            depth -= 1
        if depth > MAX_JSON_DEPTH:
            line = text.count("\n", 0, mark.start()) + 1
            what = f"nests more than {MAX_JSON_DEPTH} objects and lists; name inner things by @id."
            raise SourceError(path, line, what)


def _why(error: SyntaxError) -> str:
    """What the parser says, without a line that is said already."""
    if "LoadDocumentCallback" in error.msg:
        return (
            "its context stands elsewhere, and nothing is fetched; write the context into the file"
        )
    return error.msg.removesuffix(".")
