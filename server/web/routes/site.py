"""The pages beside those of things: home, findings, problems, and the state of health."""

from typing import Any

from flask import Blueprint, Response, current_app, request

from untocgraph.graph.errors import NotPublished
from untocgraph.server.http.problems import KINDS
from untocgraph.server.metadata.examples import first_examples
from untocgraph.server.pages import facts as reading
from untocgraph.server.pages.dataset import for_search
from untocgraph.server.pages.labels import TYPE, name
from untocgraph.server.repository.snapshot import SNAPSHOT
from untocgraph.server.web.responses import page, snapshot

site = Blueprint("site", __name__)

# What the home page counts: class, and what to call many of it.
COUNTED = (
    ("NumberedParagraph", "paragraphs", "段落"),
    ("Recommendation", "recommendations", "项建议"),
    ("Norm", "norms in them", "条规范"),
    ("Intervention", "statements by delegations", "次发言"),
    ("Attendance", "delegations", "个代表团"),
    ("DocumentListing", "documents", "份文件"),
    ("Fact", "facts, each with its words", "条有据事实"),
)


@site.get("/")
def home() -> Response:
    """What this is, how much of it there is, and where to begin."""
    held = snapshot()
    terms = held.iris.ontology
    reports = held.lookup.subjects(TYPE, str(terms.Report))
    return page(
        "home.html",
        reports=[report_entry(report) for report in sorted(reports)],
        counts=[(held.lookup.count(TYPE, str(terms[kind])), en, zh) for kind, en, zh in COUNTED],
        examples=first_examples(held.base),
        manifest=held.release.manifest,
        dataset=for_search(held),
    )


def report_entry(iri: str) -> dict[str, Any]:
    held = snapshot()
    return {
        "name": name(held, iri),
        "title": held.lookup.value(iri, reading.TITLE),
        "english": reading.english(held, iri),
        "issued": held.lookup.value(iri, reading.DCTERMS + "issued"),
    }


@site.get("/findings")
def findings() -> Response:
    """What the reports get wrong about themselves, for their editors."""
    held = snapshot()
    graphs = [g.name for g in held.release.manifest.graphs if g.name.endswith("/findings")]
    return page("findings.html", findings=reading.findings(held), graphs=graphs)


@site.get("/problems")
def problems() -> Response:
    """What each type of problem means, and what to do."""
    return page("problems.html", kinds=KINDS)


@site.get("/health")
def health() -> Response:
    """Whether queries and pages can be answered now: for a monitor, in JSON."""
    held = request.environ[SNAPSHOT]
    pool = current_app.config["POOL"].state()
    served = not isinstance(held, NotPublished)
    well = served and pool["answers"]
    body: dict[str, Any] = {"status": "ok" if well else "unwell", "pool": pool}
    if served:
        manifest = held.release.manifest
        body |= {
            "release": manifest.sha256,
            "base": manifest.base,
            "built": manifest.built.isoformat(),
            "triples": manifest.triples,
        }
    else:
        body["problem"] = str(held)
    response = Response(
        current_app.json.dumps(body, indent=2) + "\n",
        status=200 if well else 503,
        mimetype="application/json",
    )
    response.headers["Cache-Control"] = "no-store"
    return response
