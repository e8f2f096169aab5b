"""Refusals of requests that never reach the application, in its own words and formats."""

import re
from http import HTTPStatus
from urllib.parse import parse_qsl

from flask import Flask, g

from untocgraph.graph.errors import GraphError, NotPublished
from untocgraph.server.cache.responses import Ready, on_the_wire
from untocgraph.server.http.problems import AddressTooLong, problem_of
from untocgraph.server.web.app import send
from untocgraph.server.web.paths import PATH

_ACCEPT = re.compile(rb"\r\naccept:[ \t]*([ -~]*)", re.IGNORECASE)
_QUERY = re.compile(rb"(?:GET|HEAD) [^ ?]*/sparql\?([!-~]*) HTTP/1\.[01]\r\n")


def refusal(app: Flask, error: GraphError, head: bytes) -> bytes:
    """The whole answer to a request with *head*, or as much of a head as has come.

    A query in an address that is too long is not lost: the page has it in its form, which posts it.
    """
    accept = _ACCEPT.search(head)
    environ = {
        "REQUEST_METHOD": "GET",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "HTTP_ACCEPT": accept[1].decode("ascii") if accept else "",
        PATH: "/",
    }
    ready: Ready = app.wsgi_app  # type: ignore[assignment]
    with app.request_context(environ):
        try:
            g.snapshot = ready.snapshot()
        except NotPublished:
            pass  # then the page has no release to show
        if isinstance(error, AddressTooLong):
            g.query = query_of(head)
        response = app.process_response(send(problem_of(error)))
        body = response.get_data()
        response.headers["Connection"] = "close"
        status = HTTPStatus(response.status_code)
        line = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        fields = on_the_wire(response.headers.to_wsgi_list())
        return line + fields + (b"" if head.startswith(b"HEAD ") else body)


def query_of(head: bytes) -> str | None:
    """The query in the address of a request to the endpoint."""
    found = _QUERY.match(head)
    if found is None:
        return None
    try:
        fields = parse_qsl(found[1].decode("ascii"), errors="strict", max_num_fields=100)
    except ValueError:  # it is not in UTF-8
        return None
    return next((value for name, value in fields if name == "query"), None)
