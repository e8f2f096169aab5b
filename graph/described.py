"""Which things a DESCRIBE describes, for stores that tell of others as well.

What DESCRIBE answers is each store's own matter (SPARQL 1.1 Query Language, 16.4): some give the
statements that point to a thing, too, of which there may be thousands.
"""

from itertools import count

from untocgraph.graph.scan import Kind, QueryForm, tokens

AFTER = {"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"}


def selecting(query: str) -> str | None:
    """*query*, which can be evaluated, as a SELECT of what it describes; None if it is no DESCRIBE.

    >>> selecting("BASE <u:> DESCRIBE <a> ?b FROM <g> LIMIT 1")
    'BASE <u:> SELECT (<a> AS ?d0) ?b FROM <g> {} LIMIT 1'
    """
    found = tokens(query)
    at = next(at for at, token in enumerate(found) if token.keyword in QueryForm.__members__)
    form = found[at]
    if form.keyword != "DESCRIBE":
        return None
    used = {token.text[1:] for token in found if token.kind is Kind.VARIABLE}
    fresh = (f"?d{number}" for number in count() if f"d{number}" not in used)
    rest = iter([*found[at + 1 :], None])
    token = next(rest)
    chosen = []
    while token and token.text != "{" and token.keyword not in AFTER:
        is_thing = token.kind in (Kind.IRI, Kind.NAME)
        chosen.append(f"({token.text} AS {next(fresh)})" if is_thing else token.text)
        token = next(rest)
    start = token.start if token else len(query)
    while token and token.keyword == "FROM":
        iri = next(rest)
        if iri and iri.keyword == "NAMED":
            next(rest)
        token = next(rest)
    end = token.start if token else len(query)
    pattern = "" if token and (token.text == "{" or token.keyword == "WHERE") else "{} "
    return (
        f"{query[: form.start]}SELECT {' '.join(chosen)} {query[start:end]}{pattern}{query[end:]}"
    )
