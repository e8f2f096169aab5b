"""What a document of JSON-LD loses on the way to triples, which its processors drop without a word.

PyLD expands the document and names the keys that no context knows; what is left is looked through
for what no triple can hold.
"""

import json
from collections.abc import Iterator
from typing import Any

import pyoxigraph
from pyld import jsonld

SHOWN = 5  # losses that a message names


class _NothingFetched(Exception):
    pass


def losses(text: str, base: str) -> list[str]:
    """What of *text*, which a parser has read already, no triple will say: a phrase each."""
    lost: dict[str, None] = {}

    def dropped(key: str | None) -> None:
        if key is not None:  # else the context itself leaves the key out, with null
            lost[f"the key {_shown(key)}, for which the context has no term"] = None

    document = json.loads(text)
    if not isinstance(document, dict | list):
        return [f"the value {_shown(document)}, which is of no thing"]
    try:
        expanded = jsonld.expand(
            document,
            {"base": base, "documentLoader": _refuse},
            on_property_dropped=dropped,
        )
    except jsonld.JsonLdError as error:
        return [f"what PyLD cannot expand ({str(error).splitlines()[0]})"]
    for phrase in _of_nodes(expanded):
        lost[phrase] = None
    found = list(lost)
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return found[:SHOWN] + more


def _refuse(url: str, options: Any) -> Any:
    raise _NothingFetched(url)


def _of_nodes(element: Any) -> Iterator[str]:
    waiting = [element]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(each)
        elif isinstance(each, dict) and "@value" in each:
            yield from _of_value(each)
        elif isinstance(each, dict):
            yield from _of_names(each)
            for key, value in each.items():
                if key not in ("@id", "@type", "@index"):
                    waiting.append(value)


def _of_names(node: dict[str, Any]) -> Iterator[str]:
    """Of a node: its name, its types, its properties."""
    names = [node.get("@id"), *node.get("@type", ())]
    reverse = node.get("@reverse", {})
    for name in names:
        if isinstance(name, str) and not name.startswith("_:") and not _is_iri(name):
            yield f"{_shown(name)}, which is no absolute IRI"
    for key in (*node, *reverse):
        if key.startswith("_:"):
            yield f"the key {_shown(key)}, as a blank node is no property"
        elif not key.startswith("@") and not _is_iri(key):
            yield f"the key {_shown(key)}, which is no absolute IRI"


def _of_value(value: dict[str, Any]) -> Iterator[str]:
    datatype, language = value.get("@type"), value.get("@language")
    if datatype not in (None, "@json") and not _is_iri(datatype):
        yield f"the datatype {_shown(datatype)}, which is no absolute IRI"
    if language is not None and not _is_language(language):
        yield f"the language {_shown(language)}, which is no language tag"


def _is_iri(name: str) -> bool:
    try:
        pyoxigraph.NamedNode(name)
    except ValueError:
        return False
    return True


def _is_language(tag: str) -> bool:
    try:
        pyoxigraph.Literal("", language=tag)
    except ValueError:
        return False
    return True


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:100]}…"
