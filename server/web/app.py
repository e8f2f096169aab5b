"""The web application: its settings, its parts, and which error is which status."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, current_app, g, render_template, request
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as NoRoute

from untocgraph.graph.errors import GraphError
from untocgraph.server.cache.answers import FinishedAnswers
from untocgraph.server.cache.responses import Ready
from untocgraph.server.http import problems
from untocgraph.server.http.framing import MAX_BODY, unreadable
from untocgraph.server.http.hrefs import href, leads
from untocgraph.server.http.negotiation import wants_html
from untocgraph.server.http.problems import KINDS, BodyTooLong, Problem, problem_of
from untocgraph.server.metadata.service_description import Limits
from untocgraph.server.pages import PAGES
from untocgraph.server.repository.snapshot import SNAPSHOT, Snapshot, Watch
from untocgraph.server.web import links
from untocgraph.server.web.paths import Front, client_address
from untocgraph.server.web.responses import asked_formats, program, sent_path, varies
from untocgraph.server.web.routes.api import api
from untocgraph.server.web.routes.assets import assets
from untocgraph.server.web.routes.catalogue import catalogue
from untocgraph.server.web.routes.crawlers import crawlers
from untocgraph.server.web.routes.documents import documents
from untocgraph.server.web.routes.releases import releases
from untocgraph.server.web.routes.search import search
from untocgraph.server.web.routes.site import site
from untocgraph.server.web.routes.sparql import MAX_ROWS, sparql
from untocgraph.server.workers.client import Pool

log = logging.getLogger(__name__)

USUAL_CACHE = 128_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to serve. The base is none of it: it comes with the release."""

    folder: Path  # of releases
    pool: Path  # socket of the supervisor of query workers
    trusted_proxies: int = 0  # in front of us, whose word on the client's address counts
    limits: Limits = field(default_factory=Limits)  # of a query, as the supervisor was told
    cache: int = USUAL_CACHE  # bytes of answers that this process keeps

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Raises KeyError if UNTOCGRAPH_FOLDER or UNTOCGRAPH_POOL is not set."""
        return cls(
            folder=Path(environment["UNTOCGRAPH_FOLDER"]),
            pool=Path(environment["UNTOCGRAPH_POOL"]),
            trusted_proxies=int(environment.get("UNTOCGRAPH_TRUSTED_PROXIES", "0")),
            limits=Limits(**json.loads(environment.get("UNTOCGRAPH_LIMITS", "{}"))),
            cache=int(environment.get("UNTOCGRAPH_CACHE_SHARE", USUAL_CACHE)),
        )


BLANK = "about:blank"  # RFC 9457, 4.2.1: the status says all that there is to say

# A page loads its own style and nothing else; forms go to this origin only.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def create_app(settings: Settings | None = None) -> Flask:
    """The application; settings come from the environment unless given."""
    settings = settings or Settings.from_environment()
    app = Flask(
        __name__, template_folder=str(PAGES / "templates"), static_folder=None
    )  # see `assets`
    app.config["SETTINGS"] = settings
    app.config["POOL"] = Pool(settings.pool)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.merge_slashes = False  # else "//" is redirected, to an address made from Host
    app.register_blueprint(assets)
    app.register_blueprint(site)
    app.register_blueprint(catalogue)
    app.register_blueprint(crawlers)
    app.register_blueprint(releases)
    app.register_blueprint(documents)
    app.register_blueprint(sparql)
    app.register_blueprint(search)
    app.register_blueprint(api)
    app.before_request(hold_release)
    app.after_request(finish)
    app.context_processor(for_templates)
    app.register_error_handler(GraphError, on_error)
    app.register_error_handler(HTTPException, on_http_error)
    for one in (ParseException, NoMoreData):  # of a body, while it is read
        app.register_error_handler(one, on_unreadable)
    app.register_error_handler(Exception, on_mistake)
    # Half for answers by the bytes of a request, half by what a query asks.
    app.config["FINISHED"] = FinishedAnswers(settings.cache // 2)
    app.wsgi_app = Ready(  # type: ignore[method-assign]
        Front(app.wsgi_app), Watch(settings.folder), settings.cache // 2
    )
    return app


def hold_release() -> None:
    """One release for the whole of a request. Raises NotPublished if there is none to serve."""
    held = request.environ[SNAPSHOT]
    if isinstance(held, Snapshot):
        g.snapshot = held
    elif request.endpoint not in ("site.health", "assets.asset"):
        raise held


def finish(response: Response) -> Response:
    """The headers that every answer carries."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"  # the data is public, and there are no credentials
    headers["Access-Control-Expose-Headers"] = ", ".join(
        ("ETag", "Link", "Content-Location", "Content-Range", "Retry-After", MAX_ROWS)
    )
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, HEAD, OPTIONS")
        headers["Access-Control-Allow-Headers"] = (
            "Accept, Content-Type, If-Match, If-None-Match, If-Modified-Since, If-Range, "
            "If-Unmodified-Since, Range"
        )
        headers["Access-Control-Max-Age"] = "86400"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Content-Security-Policy"] = POLICY
    response.vary.update(g.get("vary", ()))
    headers.pop("Date", None)  # the web server has the time at which it sends
    return response


def for_templates() -> dict[str, object]:
    """What every page knows: the release, if there is one, and where its links begin."""
    held = g.get("snapshot")
    return {
        "base": held.base if held else None,
        "release": held.release if held else None,
        "root": held.root if held else "/",
        "version": program()[:12],
        "href": held.href if held else href,
        "quoted": lambda text: quote(text, safe=""),
        "here": (held.root if held else "/") + sent_path().removeprefix("/"),
    }


# ---- errors ----


def on_error(error: GraphError) -> Response:
    return send(problem_of(error))


def on_http_error(error: HTTPException) -> Response:
    """What Flask itself refuses, said our way."""
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        detail = f"{request.method} is not allowed here; allowed are {allowed}."
        response = send(Problem(problems.METHOD, detail))
        response.headers["Allow"] = allowed
        return response
    if isinstance(error, NoRoute):
        address = (g.snapshot.base if "snapshot" in g else "/") + sent_path().removeprefix("/")
        return send(Problem(problems.NOT_FOUND, f"Nothing is known of {address} ."))
    if isinstance(error, RequestEntityTooLarge):
        return on_error(BodyTooLong(MAX_BODY))
    if error.code == 304 or error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    return send(Problem(problems.other(error.code or 500), str(error.description)))


def on_unreadable(error: Exception) -> Response:
    """What gunicorn's parser finds wrong with a body."""
    found = unreadable(error)
    return on_error(found) if found else on_mistake(error)


def on_mistake(error: Exception) -> Response:
    """A mistake of ours: it goes to the log, and never to the client."""
    client = client_address(request.environ, current_app.config["SETTINGS"].trusted_proxies)
    log.error("%s %s for %s failed", request.method, sent_path(), client, exc_info=error)
    return send(
        Problem(problems.INTERNAL, "The server has made a mistake; it is in the server's log.")
    )


def send(problem: Problem) -> Response:
    """*problem* as a page for people who asked for one, as problem+json for programs."""
    held = g.get("snapshot")
    kind = problem.kind
    varies("Accept")
    if wants_html(request.headers.get("Accept"), asked_formats()):
        response = Response(
            render_template("problem.html", problem=problem, query=g.get("query")),
            mimetype="text/html",
        )
    else:
        body = {
            "type": f"{held.base if held else '/'}problems#{kind.name}" if kind in KINDS else BLANK,
            "title": kind.title,
            "status": kind.status,
            "detail": problem.detail,
            **problem.extra,
        }
        response = Response(current_app.json.dumps(body), mimetype="application/problem+json")
    response.status_code = kind.status
    response.headers["Cache-Control"] = "no-store"
    replacement = str(problem.extra.get("replacement", ""))
    if leads(replacement):
        response.headers.add("Link", links.link(replacement, "successor-version"))
    if kind is problems.RANGE:
        response.headers["Content-Range"] = f"bytes */{problem.extra['size']}"
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response
