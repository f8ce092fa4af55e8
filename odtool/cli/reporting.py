"""Reports → the form that was asked for, and where it goes."""

import json
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path, PurePath
from typing import Any

from odtool import clock, source
from odtool.cli import options
from odtool.errors import UsageError, because
from odtool.model import FileReport

FORMS = ("text", "json", "html", "csv", "xlsx", "frictionless", "sarif", "junit", "github")


def write_report(
    reports: Sequence[FileReport], form: str, output: str | None, lang: str, date: str | None = None
) -> None:
    """Write the reports in one of FORMS (text is for the terminal: see `odtool.report.as_text`), of that day or today.
    Raises UsageError."""
    day = date or clock.today().isoformat()
    if form == "xlsx":
        _write_books(reports, output, lang, day)
    else:
        options.write(_made(reports, form, lang, day), safe(output, reports))


def _made(reports: Sequence[FileReport], form: str, lang: str, day: str) -> str | bytes:
    """The whole report in that form. Only what the form needs is loaded."""
    from odtool.report import told

    if form == "csv":
        from odtool.report.as_csv import as_csv

        return as_csv(reports, lang)
    if form == "junit":
        from odtool.report.as_junit import as_junit

        return as_junit(reports, lang)
    if form == "github":
        from odtool.report.as_github import as_github

        return as_github(reports, lang, _excerpts(reports, told.every_row))
    if form == "sarif":
        from odtool.report.as_sarif import as_sarif

        return _json(as_sarif(reports, lang, _excerpts(reports, told.every_row), _documentation()))
    if form == "frictionless":
        from odtool.report.as_frictionless import as_frictionless

        return _json(as_frictionless(reports, lang, _excerpts(reports, told.error_rows)))
    from odtool.report.as_json import as_json

    report = as_json(reports, day, lang)
    if form == "json":
        return _json(report)
    from odtool.report.as_html import as_html

    return as_html(report, lang, _excerpts(reports, told.first_rows))


def _json(report: Any) -> str:
    return json.dumps(report, ensure_ascii=False) + "\n"


def _excerpts(
    reports: Sequence[FileReport], rows: Callable[[FileReport], Collection[int]]
) -> list[dict[int, Any]]:
    from odtool.judging.excerpt import excerpts
    from odtool.report.told import discreet

    return [discreet(report, excerpts(report, rows(report))) for report in reports]


def _documentation() -> str | None:
    """Where the documentation is on the web, where the installed package names it."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        named = metadata("odtool").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from a checkout
        return None
    addresses = dict(entry.split(", ", 1) for entry in named if ", " in entry)
    address = addresses.get("Documentation")
    return address and address.rstrip("/") + "/"


def _write_books(reports: Sequence[FileReport], output: str | None, lang: str, day: str) -> None:
    """A workbook for each report: into the folder, or of a single one to the file or standard output."""
    from odtool.judging.excerpt import records
    from odtool.report.as_xlsx import as_xlsx

    folder = output is not None and (len(reports) > 1 or Path(output).is_dir())
    if output is None and (len(reports) > 1 or sys.stdout.isatty()):
        raise UsageError(
            "xlsx の報告は画面に出せません。-o でファイル（ファイルが複数なら、フォルダー）を指定してください。",
            "A report in xlsx cannot be shown here. Name a file with -o, or a folder for several files.",
        )
    names = _names(reports)
    for report, name in zip(reports, names, strict=True):
        target = safe(str(Path(output) / name) if folder and output else output, reports)
        if folder and output:
            _make(Path(output))
        options.write(as_xlsx(report, records(report), day, lang), target)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder}: フォルダーを作れません（{because(error)}）。ファイルが複数のときは、-o にフォルダーを指定してください。",
            f"{folder}: cannot be made a folder ({error.strerror}). For several files, -o names a folder.",
        ) from None


def _names(reports: Sequence[FileReport]) -> list[str]:
    """A name for each workbook, after its file: 262021_aed.csv.xlsx. Where two are alike, a number is added."""
    names: list[str] = []
    taken: set[str] = set()
    for report in reports:
        stem = "stdin" if report.path == source.STDIN else PurePath(report.path.replace("\\", "/")).name
        name, n = f"{stem}.xlsx", 1
        while name.casefold() in taken:
            n += 1
            name = f"{stem}-{n}.xlsx"
        taken.add(name.casefold())
        names.append(name)
    return names


def safe(output: str | None, reports: Sequence[FileReport]) -> str | None:
    """The output, if it is none of the files that were judged. Raises UsageError."""
    if output is not None:
        from odtool.cli.outputs import refuse_input

        refuse_input(output, (report.path for report in reports))
    return output
