"""The command line: parse, build, check, query, serve, in the order data flows.

What a command needs is imported inside it, so that ``--help`` answers at once.
"""

import errno
import gc
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from untocgraph.graph.errors import GraphError, ReleaseRefused, SourceError

if TYPE_CHECKING:
    from rdflib.term import Node

    from untocgraph.graph.pipeline import Outcome
    from untocgraph.graph.release.publish import Release
    from untocgraph.graph.validate.shapes import Finding

OK, FOUND, BAD_INPUT = 0, 1, 2  # exit codes, as the help of each command tells
LOCALHOST = "http://localhost:8000/"
SEVERITIES = ("violation", "warning", "info")
LONGEST = 80  # characters of a value that `check` shows
SHOWN = 10  # warnings by `build`, findings of one rule by `check`


class Failed(click.ClickException):
    """An error as click shows it, one sentence on standard error: the work came to nothing."""

    exit_code = FOUND


class BadInput(click.ClickException):
    """The same where what was given is wrong."""

    exit_code = BAD_INPUT


class Commands(click.Group):
    """Lists its commands in the order they are written, and has errors end as a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        from untocgraph.server.launch.serve import ServerEnded

        try:
            return super().invoke(ctx)
        except (ReleaseRefused, ServerEnded) as error:
            raise Failed(str(error)) from None
        except GraphError as error:
            raise BadInput(str(error)) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever reads our output has seen enough: click knows
            raise BadInput(str(error)) from None


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
@click.version_option(package_name="untocgraph", message="untocgraph %(version)s")
def main() -> None:
    """Reports of UN working groups as linked data: read, validated, published, served.

    The usual way is two commands: `untocgraph build`, then `untocgraph serve`.

    Exit codes of all commands: 0 all is well, 1 something was found (a violation, an unresolved
    item) or a server has ended by itself, 2 the input or the command is wrong.
    """


folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="var",
    envvar="UNTOCGRAPH_FOLDER",
    show_envvar=True,
    help="Folder of the releases.",
)
base_option = click.option(
    "--base",
    default=LOCALHOST,
    envvar="UNTOCGRAPH_BASE",
    show_envvar=True,
    help="What the address of each thing begins with: the public address of the server.",
)


# ---- parse ----


@main.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="What to print."
)
@click.option("--coverage", is_flag=True, help="Show which words of the report no fact covers.")
def parse(source: Path, form: str, coverage: bool) -> None:
    """Show what the reader finds in a report.

    SOURCE is a file NAME.LANGUAGE.txt with NAME.toml beside it. Prints the outline, each norm of
    each recommendation, counts, and every item that the reader could not place, with its line. As
    JSON, every value comes with its words and their offsets.

    With --coverage, prints instead how much of each part of the report is evidence of a fact, and
    each run of more than 8 characters that is of none, with the reason where a rule gives one.

    Exits 0 if everything has its place, 1 if there is an unresolved item, 2 if SOURCE cannot be
    read.
    """
    from untocgraph.graph.documents.sources import read
    from untocgraph.graph.parse.report import parse as parse_source
    from untocgraph.server.cli import report_view as parsed

    report = parse_source(read(source))
    if coverage:
        writers = {"text": parsed.coverage_as_text, "json": parsed.coverage_as_json}
    else:
        writers = {"text": parsed.as_text, "json": parsed.as_json}
    click.echo(writers[form](report))
    sys.exit(FOUND if report.unresolved else OK)


# ---- build ----


@main.command()
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@folder_option
@base_option
@click.option("--anew", is_flag=True, help="Build even if nothing has changed.")
@click.option("--verbose", is_flag=True, help="Name each step and its time on standard error.")
def build(sources: tuple[Path, ...], folder: Path, base: str, anew: bool, verbose: bool) -> None:
    """Turn reports into a release.

    Reads SOURCES, makes the graph, holds it against the shapes and publishes it. SOURCES are
    reports (NAME.LANGUAGE.txt with NAME.toml beside it) or folders of them; without any, those that
    come with untocgraph. The release is a new folder in --folder, and becomes the one that is
    served by a single switch: until then, and after any error, the old one is.

    Where sources, base, program and libraries are those of the release that is served, and its
    files are sound, there is nothing to build, and the command says so.

    Prints what was read, built and published, and what the reports get wrong about themselves.

    Exits 0 if the release is published, now or before, 1 if the graph violates a shape or cannot
    be published, 2 if a source cannot be read.
    """
    from untocgraph.graph.documents.sources import own_sources
    from untocgraph.graph.release.fingerprint import built_from, remember, unchanged

    started = time.monotonic()
    paths = tuple(expand(sources)) if sources else own_sources()
    with progress(verbose) as step:
        origin = built_from(paths, base)
        served = None if anew else unchanged(folder, origin, step)
    if served:
        click.echo(
            f"Nothing has changed since release {served.sha256[:12]} in {folder}/ was built for "
            f"{served.base}, so it stays published (--anew builds it again)."
        )
        return
    from untocgraph.graph.pipeline import Violated, build_release

    with progress(verbose) as step, garbage_left():
        try:
            outcome = build_release(paths, folder, base=base, progress=step)
        except Violated as error:
            step("")
            for violation in error.violations:
                click.echo(describe(violation, base), err=True)
            raise
    if built_from(paths, base) == origin:  # nobody has edited a source meanwhile
        remember(folder, outcome.release, origin)
    for line in summary(outcome, folder, time.monotonic() - started):
        click.echo(line)


@contextmanager
def garbage_left() -> Iterator[None]:
    """Look for garbage seldom: what a build makes lives to its end, and Python would go through all
    of it again and again."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def expand(sources: tuple[Path, ...]) -> Iterator[Path]:
    """*sources*, each folder as the sources in it. Raises SourceError if it has none."""
    for source in sources:
        if source.is_dir():
            found = sorted(source.glob("*.*.txt"))
            if not found:
                raise SourceError(source, None, "there is no NAME.LANGUAGE.txt in this folder.")
            yield from found
        else:
            yield source


@contextmanager
def progress(verbose: bool) -> Iterator[Callable[[str], None]]:
    """Shows the step that is at work: one line that changes in a terminal, or a line each."""
    started = time.monotonic()
    changing = sys.stderr.isatty() and not verbose

    def show(step: str) -> None:
        if changing:
            click.echo(f"\r\033[K{step}{'…' if step else ''}", nl=False, err=True)
        elif verbose and step:
            click.echo(f"{time.monotonic() - started:6.2f} s  {step}", err=True)

    try:
        yield show
    finally:
        show("")


def summary(outcome: "Outcome", folder: Path, seconds: float) -> Iterator[str]:
    """What a build did, in a few lines."""
    from untocgraph.server.cli.report_view import number, statements

    for report in outcome.reports:
        yield (
            f"Read {report.source.path.name}: {number(len(report.paragraphs), 'paragraph')}, "
            f"{number(len(report.recommendations), 'recommendation')}, "
            f"{number(len(report.attendance), 'delegation')}, "
            f"{number(len(statements(report)), 'statement')}; "
            f"{number(len(report.unresolved), 'unresolved item')}."
        )
    manifest = outcome.release.manifest
    yield (
        f"Built {number(manifest.triples, 'triple')} in {number(len(manifest.graphs), 'graph')}: "
        "no shape is violated."
    )
    warnings = [each for each in outcome.findings if each.severity == "warning"]
    remarks = len(outcome.findings) - len(warnings)
    if outcome.findings:
        reports = "report" if len(outcome.reports) == 1 else "reports"
        yield (
            f"Found {number(len(warnings), 'warning')} and {number(remarks, 'remark')} on what the "
            f"{reports} should say otherwise{':' if warnings else '.'}"
        )
    for warning in warnings[:SHOWN]:
        yield f"  - {warning.messages['en']}"
    if len(warnings) > SHOWN:
        yield f"  … and {len(warnings) - SHOWN} more, in the graph of findings."
    trying = " (for trying)" if "://localhost" in manifest.base else ""
    yield (
        f"Published release {manifest.sha256[:12]} in {folder}/ for {manifest.base}{trying}, "
        f"after {seconds:.1f} s."
    )


def describe(finding: "Finding", base: str) -> str:
    """A finding in one line: where, what to do, by which rule. Addresses are relative to *base*.

    What a terminal would not show, or would take for a command, is written as an escape.
    """
    thing: Node = finding.focus
    if finding.severity != "violation" and finding.value is not None and finding.path is None:
        thing = finding.value  # the part of the report that shows it
    place = f"<{str(thing).removeprefix(base)}>"
    if finding.path is not None:
        place += f" {finding.path.removeprefix(base).rpartition('#')[2].rpartition('/')[2]}"
        if finding.severity == "violation" and finding.value is not None:
            place += f" {shown(finding.value, base)}"
    rule = finding.shape.removeprefix(base)
    line = f"{finding.severity}: {place}: {finding.messages['en']} [{rule}]"
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in line
    )


def shown(value: "Node", base: str) -> str:
    """The value of a property in a line of text."""
    from rdflib import BNode, Literal

    if isinstance(value, BNode):
        return "[a blank node]"
    if not isinstance(value, Literal):
        return f"<{str(value).removeprefix(base)}>"
    text = f'"{value[:LONGEST]}{"…" if len(value) > LONGEST else ""}"'
    if value.language:
        return f"{text}@{value.language}"
    xsd = "http://www.w3.org/2001/XMLSchema#"
    return f"{text}^^{value.datatype.replace(xsd, 'xsd:')}" if value.datatype else text


# ---- check ----


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--severity",
    type=click.Choice(["violation", "warning", "info"]),
    default="violation",
    help="Lowest severity that makes the command fail.",
)
@base_option
@click.option("--all", "every", is_flag=True, help=f"Print more than {SHOWN} findings of one rule.")
def check(files: tuple[Path, ...], severity: str, base: str, every: bool) -> None:
    """Hold any graph against the shapes.

    FILES are taken together as one graph. The suffix names the format: .ttl, .nt, .nq, .trig, .n3,
    .jsonld, .rdf or .owl, and .gz or .zst after it a compression. Nothing is fetched. A graph
    that points into another, as what a report states points to States and treaties, wants that one
    beside it.

    Prints one line for each finding: file, severity, subject and property, what to do, rule.

    Exits 0 if there is none at or above --severity, 1 if there is, 2 if a file cannot be read
    without loss or holds nothing that the shapes speak of.
    """
    from untocgraph.graph.validate.shapes import check_files
    from untocgraph.server.cli.report_view import number

    found = check_files(files, base)
    by_rule = Counter[str]()
    for finding in found:
        by_rule[finding.shape] += 1
        if every or by_rule[finding.shape] <= SHOWN:
            click.echo(f"{f'{finding.file}: ' if finding.file else ''}{describe(finding, base)}")
    for rule, count in by_rule.items():
        if not every and count > SHOWN:
            click.echo(f"… and {count - SHOWN:,} more by [{rule.removeprefix(base)}]")
    counts = [
        number(sum(finding.severity == each for finding in found), noun)
        for each, noun in (("violation", "violation"), ("warning", "warning"), ("info", "remark"))
    ]
    click.echo(f"{', '.join(counts)} in {number(len(files), 'file')}.")
    failing = SEVERITIES[: SEVERITIES.index(severity) + 1]
    sys.exit(FOUND if any(finding.severity in failing for finding in found) else OK)


# ---- query ----


@main.command()
@click.argument("text", metavar="[QUERY]", required=False)
@click.option("--file", type=click.File("rb"), help="A file that holds the query.")
@folder_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "turtle"]),
    show_default="table, or turtle for CONSTRUCT and DESCRIBE",
    help="Of a CONSTRUCT or DESCRIBE, json is JSON-LD.",
)
def query(text: str | None, file: IO[bytes] | None, folder: Path, form: str | None) -> None:
    """Ask the published release a question in SPARQL.

    The query is given as QUERY, in a --file, or on standard input. Relative addresses in it stand
    below the base of the release, so `PREFIX untoc: <ontology#>` names the terms of any release.
    The default graph is the union of all graphs.

    Exits 0 with the answer, which may be empty, 2 if there is no release or the query is wrong.
    """
    from untocgraph.graph.query.evaluate import Local, Request, evaluate, open_store
    from untocgraph.graph.query.search.text_search import read_query
    from untocgraph.graph.release.publish import current
    from untocgraph.server.cli.table import table

    if text and file:
        raise click.UsageError("Give the query once: as QUERY or in a --file.")
    if not text and not file and sys.stdin.isatty():
        raise click.UsageError("Give a query: as QUERY, in a --file, or on standard input.")
    asked = text or decoded(file or sys.stdin.buffer)
    release = current(folder)
    _, scanned = read_query(asked, release.base)
    if scanned.form.is_graph:
        form = form or "turtle"
        types = {"turtle": "text/turtle", "json": "application/ld+json"}
    else:
        form = form or "table"
        types = {
            "table": "application/sparql-results+json",
            "json": "application/sparql-results+json",
            "csv": "text/csv",
        }
    if form not in types:
        raise BadInput(f"This answer cannot be written as {form}: choose {' or '.join(types)}.")
    answer = bytearray()
    with interruptible():
        evaluate(
            Local(open_store(release.store_path)),
            Request(query=asked, base=release.base, media_type=types[form]),
            answer.extend,
            index=release.search_path,
        )
    if form == "table":
        click.echo(table(bytes(answer), release.base))
    else:
        click.echo(bytes(answer).rstrip(b"\n"))


def decoded(stream: IO[bytes]) -> str:
    try:
        return stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"The query is not UTF-8 (byte {error.start}): save it as UTF-8.") from None


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends the process at once: the engine does not look for signals while it works."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# ---- facts ----


@main.command()
@folder_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    help="JSON Lines, or CSV with the evidence as JSON in its cell.",
)
@click.option("--kind", "kinds", multiple=True, help="Only facts of this kind; may be repeated.")
def facts(folder: Path, form: str, kinds: tuple[str, ...]) -> None:
    """Write out every fact of the release, with its words.

    Prints one row for each value: kind, paragraph, subject, predicate, value, its label in Chinese
    and English, status (stated, inferred, added), reason, and evidence: where the words start and
    end in the text, the words, and their role. Addresses are relative to the base.

    What was added has its source as the reason: from elsewhere (kind reference), or our unofficial
    English (kind english).

    Exits 0, or 2 if there is no release or it has no fact of the kinds asked for.
    """
    from untocgraph.graph.export.facts import csv_lines, json_lines
    from untocgraph.graph.export.facts import facts as read_facts
    from untocgraph.graph.query.evaluate import open_store
    from untocgraph.graph.release.publish import current

    release = current(folder)
    rows = read_facts(open_store(release.store_path), release.base)
    known = sorted({row.kind for row in rows})
    if unknown := set(kinds) - set(known):
        raise BadInput(f"No fact is of the kind {min(unknown)!r}: choose from {', '.join(known)}.")
    wanted = [row for row in rows if not kinds or row.kind in kinds]
    for line in (json_lines if form == "jsonl" else csv_lines)(wanted):
        click.echo(line, nl=False)


# ---- diff ----


@main.command()
@click.argument("old")
@click.argument("new", required=False)
@folder_option
def diff(old: str, new: str | None, folder: Path) -> None:
    """Show what two releases say otherwise.

    OLD and NEW are the hashes of two releases, or what they begin with; without NEW, the release
    that is served. Prints a line for each statement that is gone (D) or new (A), as RDF Patch with
    a count at the end. Statements about blank nodes are compared in groups that hang together, and
    carry the labels of their own release.

    Exits 0 if the two say the same, 1 if not, 2 if there is no such release.
    """
    from untocgraph.graph.release.differences import diff as changes_between
    from untocgraph.graph.release.publish import current

    before = release_named(folder, old)
    after = release_named(folder, new) if new else current(folder)
    counts = Counter[bool]()
    for change in changes_between(before, after):
        counts[change.is_new] += 1
        click.echo(str(change), nl=False)
    click.echo(f"# {counts[False]:,} gone, {counts[True]:,} new")
    sys.exit(FOUND if counts else OK)


def release_named(folder: Path, name: str) -> "Release":
    """The one release whose hash begins with *name*. Raises BadInput if there is none or more."""
    from untocgraph.graph.release.publish import releases

    kept = releases(folder)
    found = [each for each in kept if each.sha256.startswith(name)]
    if len(found) != 1:
        listed = ", ".join(each.sha256[:12] for each in found or kept) or "none"
        many = "More than one release begins" if found else "No release begins"
        raise BadInput(f"{many} with {name!r}; {folder} has {listed}.")
    return found[0]


# ---- serve ----


def setting(
    option: str, type: click.ParamType[Any] | type, default: object, help: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option that the environment may give as well: --max-rows is UNTOCGRAPH_MAX_ROWS."""
    variable = "UNTOCGRAPH_" + option.removeprefix("--").replace("-", "_").upper()
    return click.option(
        option, type=type, default=default, envvar=variable, show_envvar=True, help=help
    )


@main.command()
@folder_option
@setting("--port", click.IntRange(0, 65535), 8000, "0 takes any free one.")
@setting("--bind", str, "127.0.0.1", "Address of this machine; 0.0.0.0 is all.")
@setting("--workers", click.IntRange(1), 2, "Processes for requests.")
@setting("--threads", click.IntRange(1), 96, "Threads in each: requests answered at once.")
@setting("--query-workers", click.IntRange(1), 2, "Queries at once; slow ones make room.")
@setting("--queue", click.IntRange(0), 64, "Queries that wait; more are refused (503).")
@setting("--timeout", click.FloatRange(0.1), 10.0, "Seconds a query may run.")
@setting("--memory", click.IntRange(100), 1024, "Megabytes a query may take.")
@setting("--total-memory", click.IntRange(100), 4096, "Megabytes all queries may take.")
@setting("--max-rows", click.IntRange(1), 1_000_000, "Rows of an answer; of more, none is sent.")
@setting("--max-size", click.IntRange(1), 64, "Megabytes of an answer; the same.")
@setting("--cache", click.IntRange(1), 256, "Megabytes of answers that are kept, by all processes.")
@setting(
    "--budget",
    click.FloatRange(0),
    600.0,
    "Seconds of computing a client may use in ten minutes; then it waits (429). 0 sets none.",
)
@setting(
    "--endpoint",
    str,
    None,
    "SPARQL endpoint of another store that evaluates the queries. It must hold this release.",
)
@setting(
    "--trusted-proxies",
    click.IntRange(0),
    0,
    "Proxies in front of this server; their word on who the client is counts.",
)
@click.option("--access-log", is_flag=True, help="Print a line for each request.")
def serve(folder: Path, **options: Any) -> None:
    """Serve what is published.

    A later release is served as soon as it is published. Runs until it is told to stop, by Ctrl-C
    or SIGTERM; requests in flight are answered first.

    Exits 0 when it was told to stop, 1 if a part of it has ended by itself, 2 if there is no
    release or the port is taken.
    """
    from untocgraph.graph.release.publish import current
    from untocgraph.server.launch.serve import Serving
    from untocgraph.server.launch.serve import serve as serve_until_stopped

    def ready(address: str) -> None:
        base = current(folder).base
        click.echo(f"Serving at {address} (Ctrl-C stops).")
        if base != address:
            click.echo(
                f"The addresses in this release begin with {base} : they lead here only if "
                "a proxy brings them, else build with another --base."
            )

    serve_until_stopped(Serving(folder=folder, **options), ready)


if __name__ == "__main__":
    main()
