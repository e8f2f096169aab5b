"""Which things a DESCRIBE describes, for stores that tell of others as well.

What DESCRIBE answers is each store's own matter (SPARQL 1.1 Query Language, 16.4): some give the
statements that point to a thing, too, of which there may be thousands.
"""

from itertools import count

from untocgraph.graph.query.scan import QueryForm
from untocgraph.graph.query.tokens import Kind, tokens


def selecting(query: str) -> str | None:
    """*query*, which can be evaluated, as a SELECT of what it describes; None if it is no DESCRIBE.

    >>> selecting("BASE <u:> DESCRIBE <a> ?b FROM <g> LIMIT 1")
    'BASE <u:> SELECT (<a> AS ?d0) ?b FROM <g> {} LIMIT 1'
    """
    found = tokens(query)
    at = next(at for at, token in enumerate(found) if token.keyword in QueryForm.__members__)
    form, *rest = found[at:]
    if form.keyword != "DESCRIBE":
        return None
    used = {token.text[1:] for token in rest if token.kind is Kind.VARIABLE}
    fresh = (f"?d{number}" for number in count() if f"d{number}" not in used)
    targets = []
    end = form.end
    while rest and (rest[0].kind in (Kind.IRI, Kind.NAME, Kind.VARIABLE) or rest[0].text == "*"):
        target = rest.pop(0)
        is_thing = target.kind in (Kind.IRI, Kind.NAME)
        targets.append(f"({target.text} AS {next(fresh)})" if is_thing else target.text)
        end = target.end
    start = end
    while rest and rest[0].keyword == "FROM":
        size = 3 if rest[1].keyword == "NAMED" else 2
        end = rest[size - 1].end
        del rest[:size]
    has_pattern = rest and (rest[0].text == "{" or rest[0].keyword == "WHERE")
    selected = f"{query[: form.start]}SELECT {' '.join(targets)}{query[start:end]}"
    return selected + ("" if has_pattern else " {}") + query[end:]
