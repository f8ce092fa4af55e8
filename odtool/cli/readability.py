"""What `odtool validate --profile machine-readability` does."""

import json
import os
import sys
from collections.abc import Sequence

import click

from odtool import clock, source
from odtool.cli import options, outputs
from odtool.datasets import catalog
from odtool.errors import OdtoolError, UsageError
from odtool.readability.model import FileReadability
from odtool.readability.profiles import Companions, machine_readability_all

FORMS = ("text", "json", "html")
OTHERS = (
    "schema",
    "limit",
    "maps",
    "mapping",
    "mappings",
    "reviewed",
    "no_cache",
)  # options of the datasets alone


def refuse_others(context: click.Context) -> None:
    """Raises UsageError where an option was given that this profile has no use for."""
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in OTHERS
        and context.get_parameter_source(parameter.name) is click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        raise UsageError(
            f"{'・'.join(given)} は --profile machine-readability と一緒に使えません。この確認は、どの規則も見つけたところをすべて数えます。",
            f"{', '.join(given)} does not go with --profile machine-readability, which counts all that each rule finds.",
        )


def run(
    files: tuple[str, ...],
    *,
    dataset: str | None,
    package: str | None,
    before: tuple[str, ...],
    jobs: int | None,
    form: str,
    output: str | None,
    date: str | None,
    lang: str,
) -> int:
    """Judge the files and write the report. 0 where no judged rule is broken, 1 where one is or nothing could be
    judged, 2 where a file was not to be had, 4 where we failed at one. Raises UsageError."""
    if form not in FORMS:
        raise UsageError(
            f"--profile machine-readability の報告の形は {'・'.join(FORMS)} のどれかです。",
            f"The machine-readability profile reports as {', '.join(FORMS)}.",
        )
    paths = list(source.expand(files))
    if len(paths) > 1 and (package or before):
        raise UsageError(
            "--package と --before は、ファイルを一つだけ指定したときに使えます。",
            "--package and --before go with one file at a time.",
        )
    companions = Companions(catalog.dataset(dataset) if dataset else None, package, before)
    results = options.progress(
        machine_readability_all(paths, companions, jobs), len(paths), "確認中" if lang == "ja" else "checking"
    )
    judged: list[FileReadability] = []
    missing = 0
    for result in results:
        if isinstance(result, OdtoolError):
            missing = max(missing, options.told(result, lang))
        else:
            judged.append(result)
    if output:
        outputs.refuse_input(output, (*paths, *before, *([package] if package else [])))
    if not judged:
        return missing or options.nothing_found(files, lang)
    options.write(_made(judged, form, output, date, lang), output)
    return missing or int(any(file.status != "met" for file in judged))


def _made(
    judged: Sequence[FileReadability], form: str, output: str | None, date: str | None, lang: str
) -> str:
    if form == "text":
        from odtool.report.readability_text import as_text

        colour = output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        return "\n".join(as_text(judged, lang, colour)) + "\n"
    from odtool.report.readability_json import as_json

    report = as_json(judged, date or clock.today().isoformat(), lang)
    if form == "json":
        return json.dumps(report, ensure_ascii=False) + "\n"
    from odtool.report.readability_html import as_html

    return as_html(report, lang)
