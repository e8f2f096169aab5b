"""A file becomes a source: text with a language, a slug and a hash, and nothing guessed."""

import hashlib
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from untocgraph.graph.errors import SourceError
from untocgraph.graph.model import Source

# What an editor may say beside a source; each entry gives value, reason and decided_by.
SAYINGS = {"slug"}
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def read(path: Path) -> Source:
    """The source in *path*, named ``NAME.LANGUAGE.txt``, with ``NAME.toml`` beside it.

    Line ends become line feeds and a byte order mark goes; nothing else is touched, so offsets
    count code points of what is published.

    Raises SourceError if a file is missing, empty, not UTF-8 or not named so.
    """
    name, _, language = path.stem.rpartition(".")
    if (
        path.suffix != ".txt"
        or not name
        or not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", language)
    ):
        raise SourceError(
            path, None, "a source is a file named NAME.LANGUAGE.txt, like report.zh.txt."
        )
    raw = read_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SourceError(path, line, "this is not UTF-8; save the text as UTF-8.") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise SourceError(path, None, "the file is empty; give it the text of a report.")
    if control := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        line = text.count("\n", 0, control.start()) + 1
        raise SourceError(path, line, "this has control characters; save the report as plain text.")
    settings = read_settings(settings_path(path))
    return Source(
        path=path,
        slug=settings["slug"],
        language=language,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def settings_path(source: Path) -> Path:
    """Where the settings of ``NAME.LANGUAGE.txt`` stand: ``NAME.toml``."""
    return source.with_name(f"{source.stem.rpartition('.')[0]}.toml")


def read_settings(path: Path) -> dict[str, str]:
    """What the text does not say, by the editor who decided it.

    Raises SourceError if an entry is unknown, or has no value, reason or decided_by.
    """
    try:
        entries: dict[str, Any] = tomllib.loads(read_bytes(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(path, None, f"this is not TOML ({error}).") from None
    for key, entry in entries.items():
        if key not in SAYINGS:
            raise SourceError(path, None, f"[{key}] is not known; known are: {', '.join(SAYINGS)}.")
        wanting = [
            part
            for part in ("value", "reason", "decided_by")
            if not isinstance(entry, dict) or not str(entry.get(part, "")).strip()
        ]
        if wanting:
            raise SourceError(path, None, f"[{key}] needs {' and '.join(wanting)}.")
    if not SLUG.fullmatch(entries.get("slug", {}).get("value", "")):
        raise SourceError(path, None, "[slug] needs a value of a-z, 0-9 and single hyphens.")
    return {key: entry["value"] for key, entry in entries.items()}


def read_bytes(path: Path) -> bytes:
    """Raises SourceError if the file cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise SourceError(path, None, f"{reason}; check the name and the rights.") from None


def own_sources() -> tuple[Path, ...]:
    """The reports that come with the package."""
    folder = Path(str(files("untocgraph.graph").joinpath("sources")))
    return tuple(sorted(folder.glob("*.txt")))
