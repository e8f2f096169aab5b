"""The files that pages load: their style and their icon. They need no release."""

from datetime import UTC, datetime

from flask import Blueprint, Response

from untocgraph.server.http.problems import NotFound
from untocgraph.server.pages import PAGES
from untocgraph.server.web.responses import sent

assets = Blueprint("assets", __name__)

FILES = {path.name: path for path in (PAGES / "static").iterdir()}
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
FOR_GOOD = "public, max-age=31536000, immutable"  # seconds; a page names the content in ?v=


@assets.get("/static/<name>")
def asset(name: str) -> Response:
    """A file by its name."""
    path = FILES.get(name)
    if path is None:
        raise NotFound(f"There is no file static/{name} .")
    content = path.read_bytes()
    modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    response = Response(content_type=TYPES[path.suffix])
    return sent(response, lambda: content, (name, content.hex()), modified, FOR_GOOD)
