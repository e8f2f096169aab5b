"""What stands before Flask: the path of a request as it was sent.

A WSGI server decodes the path before anybody sees it, and then ``/id/x%2Fy`` and ``/id/x/y`` are
one. So the path is taken as it came over the wire, and decoded once, segment by segment.
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from untocgraph.graph.iris import segment
from untocgraph.server.repository.snapshot import SNAPSHOT, Snapshot

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "untocgraph.path"  # below the base, as sent


class Front:
    """Gives each request its path below the base.

    A path that begins with the base's own path loses it: behind a proxy that strips the prefix of
    https://example.org/kg/, behind one that does not, and without a proxy, the same pages answer.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path = raw_path(environ)
        held = environ[SNAPSHOT]
        if isinstance(held, Snapshot) and path.startswith(held.root):
            path = "/" + path[len(held.root) :]
        environ[PATH] = path
        environ["SCRIPT_NAME"] = ""
        environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")  # as PEP 3333 wants it
        return self._app(environ, start_response)


def raw_path(environ: "WSGIEnvironment") -> str:
    """The path as the client sent it, percent signs and all, without the query.

    gunicorn and werkzeug keep the request target as RAW_URI, others as REQUEST_URI. It is text in
    Latin-1 where a client has sent bytes that it should have escaped.
    """
    target: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/"
    if not target.startswith("/"):
        target = urlsplit(target)._replace(scheme="", netloc="").geturl()  # GET http://host/path
    return target.partition("?")[0].partition("#")[0] or "/"


def canonical(path: str) -> str | None:
    """*path* with each segment decoded once and written again as `graph.iris` mints it.

    Clients differ in what they escape: ``(``, ``'`` and Chinese come both ways, and mean the same.
    An escaped slash stays one. None if the path is not UTF-8.
    """
    try:
        raw = path.encode("latin-1").decode() if not path.isascii() else path
        parts = [segment(unquote(part, errors="strict")) for part in raw.split("/")]
    except UnicodeError:
        return None
    return "/".join(parts)


def client_address(environ: "WSGIEnvironment", trusted_proxies: int) -> str:
    """Who sent the request of *environ*."""
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
    return address_seen(environ.get("REMOTE_ADDR", ""), forwarded, trusted_proxies)


def address_seen(connected: str, forwarded: str, trusted_proxies: int) -> str:
    """Who asks: what the outermost of our *trusted_proxies* has seen, else who is connected.

    Each proxy adds on the right the address that it sees, so all to the left of ours is hearsay.
    """
    told = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return told[-min(trusted_proxies, len(told))] if trusted_proxies and told else connected


def household(address: str) -> str:
    """The part of *address* that one client cannot change at will: of IPv6, the network of 64 bits.

    >>> household("2001:db8::1"), household("192.0.2.1"), household("::ffff:192.0.2.1")
    ('2001:db8::/64', '192.0.2.1', '192.0.2.1')
    """
    try:
        known = ip_address(address)
    except ValueError:  # a proxy may say what it likes
        return address
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ip_network((int(known) >> 64 << 64, 64)))
