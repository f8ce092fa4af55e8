"""odtool identify"""

import json
from pathlib import PurePath
from typing import Any

import click

from odtool import source
from odtool.cli import options
from odtool.datasets.identify import FITS
from odtool.errors import UsageError
from odtool.judging import check
from odtool.messages import message
from odtool.model import Match
from odtool.text import percent, visible
from odtool.words import EDITIONS


@click.command()
@options.paths
@click.option("--json", "as_json", is_flag=True, help="JSON で出す / as JSON.")
@click.option(
    "--suggest", is_flag=True, help="列の対応表（TOML）を提案する / propose a mapping of the columns."
)
@click.option(
    "--dataset", metavar="ID", help="このデータセットへの対応を提案する / propose it for this dataset."
)
@click.option("-o", "--output", metavar="FILE", help="対応表を書くファイルかフォルダー（mappings なら次から自動で使う） / write the "
              "mapping here; in the folder «mappings» it is used from then on.")  # fmt: skip
@options.lang
def identify(
    *,
    files: tuple[str, ...],
    as_json: bool,
    suggest: bool,
    dataset: str | None,
    output: str | None,
    lang: str,
) -> int:
    """どのデータセットの、どの版かを見分けます。

    Tell which dataset and edition each file is, with the score and the reason.
    """
    paths = list(source.expand(files))
    if suggest and paths:
        from odtool.cli import suggesting

        return suggesting.run(paths, dataset, output, lang)
    if (dataset or output) and not suggest:
        raise UsageError(
            "--dataset と -o は --suggest と一緒に使います。", "--dataset and -o go with --suggest."
        )
    code, answers = 0, []
    if not paths:
        return options.nothing_found(files, lang)
    for path in paths:
        try:
            seen = check.recognise(source.content(path), PurePath(path).name)
        except UsageError as error:
            click.echo(error.text(lang), err=True)
            code = 2
            continue
        for fault in seen.faults if seen.table is None else ():
            click.echo(f"{visible(path, 500)}: {message(fault, lang)}", err=True)
        answers.append({"path": path, "candidates": [_candidate(match, lang) for match in seen.matches[:3]]})
        if not (seen.matches and seen.matches[0].score >= FITS):
            code = code or 1
    if as_json:
        options.write(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", None)
    else:
        options.write("".join(_line(answer, lang) for answer in answers), None)
    return code


def _candidate(match: Match, lang: str) -> dict[str, Any]:
    return {
        "id": match.dataset.id,
        "edition": match.dataset.edition,
        "name": (lang == "en" and match.dataset.title_en) or match.dataset.name,
        "score": match.score,
        "fits": match.score >= FITS,
        "reason": match.reason_en if lang == "en" else match.reason,
    }


def _line(answer: dict[str, Any], lang: str) -> str:
    path = visible(answer["path"], 500)
    best = answer["candidates"][0] if answer["candidates"] else None
    if best and best["fits"]:
        edition = EDITIONS[best["edition"]][lang == "en"]
        return (
            f"{path}: {best['name']} – {edition}  {best['id']} {percent(best['score'])}% {best['reason']}\n"
        )
    near = ""
    if best:
        near = (
            f" (nearest: {best['id']} {percent(best['score'])}%)"
            if lang == "en"
            else f"（最も近いのは {best['name']} {percent(best['score'])}%）"
        )
    return f"{path}: " + ("no dataset fits" if lang == "en" else "合うデータセットはありません") + near + "\n"
