"""Asks an application in this process, with the target as it goes over the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True)
class Told:
    """One answer."""

    status: int
    headers: Headers
    body: bytes

    def links(self, relation: str) -> list[str]:
        """The targets of the Link headers with *relation*."""
        return [
            header[1 : header.index(">")]
            for header in self.headers.getlist("Link")
            if f'rel="{relation}"' in header
        ]


def ask(
    app: "WSGIApplication",
    target: str,
    *,
    method: str = "GET",
    **headers: str,
) -> Told:
    """What *app* answers; *headers* are named as in ``If_None_Match="…"``."""
    named: Mapping[str, str] = {key.replace("_", "-"): value for key, value in headers.items()}
    builder = EnvironBuilder(method=method, headers=Headers(dict(named)))
    environ = builder.get_environ()
    builder.close()
    environ["RAW_URI"] = environ["REQUEST_URI"] = target
    environ["QUERY_STRING"] = target.partition("?")[2]
    pieces, status, received = run_wsgi_app(app, environ, buffered=True)
    return Told(int(status.split()[0]), received, b"".join(pieces))
