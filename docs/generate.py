"""Writes the pages that come from the code: docs/rules, docs/datasets and docs/cli.md; and the index of the definitions.

python docs/generate.py            write them
python docs/generate.py --check    write nothing; exit 1 and name the pages that differ
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

import click

from odtool import cli
from odtool.datasets.catalog import datasets
from odtool.datasets.sketch import as_json, sketch
from odtool.readability import CRITERIA
from odtool.report.criterion_page import criterion_page
from odtool.report.dataset_page import dataset_page
from odtool.report.readability_words import WEIGHTS
from odtool.report.rule_page import SCOPES, rule_page
from odtool.rules import RULES
from odtool.words import EDITIONS, SEVERITIES

HERE = Path(__file__).parent
MADE = "<!-- 自動生成 / generated: python docs/generate.py -->\n\n"
FOLDERS = ("rules", "datasets")


def pages() -> dict[str, str]:
    """Every generated page: its path below docs/ and its text."""
    made = {"rules/index.md": _rule_index(), "datasets/index.md": _dataset_index(), "cli.md": _commands()}
    made |= {
        f"rules/{rule.id}.md": _both(rule_page(rule, "ja"), rule_page(rule, "en")) for rule in RULES.values()
    }
    made |= {
        f"rules/{id_}.md": _both(criterion_page(rule, "ja"), criterion_page(rule, "en"))
        for id_, rule in CRITERIA.items()
    }
    made |= {
        f"datasets/{dataset.id}.md": _both(dataset_page(dataset, "ja"), dataset_page(dataset, "en"))
        for dataset in datasets().values()
    }
    sketches = as_json(map(sketch, datasets().values()))
    return {path: MADE + text for path, text in made.items()} | {"../datapackages/index.json": sketches}


def differing() -> list[str]:
    """Pages that are missing, differ from what the code says, or belong to nothing any more."""
    wanted = pages()
    old = {
        str(path.relative_to(HERE).as_posix()) for folder in FOLDERS for path in (HERE / folder).glob("*.md")
    }
    changed = {path for path, text in wanted.items() if not _is(HERE / path, text)}
    return sorted(changed | (old - wanted.keys()))


def write() -> None:
    wanted = pages()
    for name in differing():
        path = HERE / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[name], encoding="utf-8", newline="\n")


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _both(japanese: str, english: str) -> str:
    """Both languages on one page; the English title becomes a heading below the Japanese one."""
    return f"{japanese}\n---\n\n## In English\n\n{english.partition(chr(10) * 2)[2]}"


def _rule_index() -> str:
    lines = ["# 規則 / Rules", "", f"{len(RULES)} の規則があります。", ""]
    for scope, (ja, en) in SCOPES.items():
        lines += [f"## {ja} / {en}", "", "| 規則 | 重大度 | 内容 |", "| --- | --- | --- |"]
        lines += [
            f"| [{rule.id}]({rule.id}.md) | {SEVERITIES[rule.severity][0]} | {rule.explain('ja')} |"
            for rule in RULES.values()
            if rule.scope == scope
        ]
        lines.append("")
    lines += [
        "## 機械可読性の30の規則 / The 30 rules on machine-readability",
        "",
        "`odtool validate --profile machine-readability` で確かめます。公式の見本との比較は [parity.md](../parity.md) にあります。",
        "",
        "| 規則 | 重さ | 題名 |",
        "| --- | --- | --- |",
        *(
            f"| [{id_}]({id_}.md) | {WEIGHTS[rule.weight][0]} | {rule.title} |"
            for id_, rule in sorted(CRITERIA.items())
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _dataset_index() -> str:
    lines = ["# データセット / Datasets", "", f"{len(datasets())} のデータセットの定義が入っています。", ""]
    for edition, (ja, en) in EDITIONS.items():
        chosen = [dataset for dataset in datasets().values() if dataset.edition == edition]
        if chosen:
            lines += [
                f"## {ja} / {en}",
                "",
                "| データセット | English | ID | 列 |",
                "| --- | --- | --- | --- |",
            ]
            lines += [
                f"| [{d.name}]({d.id}.md) | {d.title_en} | `{d.id}` | {len(d.fields)} |" for d in chosen
            ]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _commands() -> str:
    lines = ["# コマンド / Commands", "", "```text", _plain(cleandoc(cli.odtool.help or "")), "```", ""]
    for name, command in _available():
        # A context without a parent, named as it is typed: the group's own help would load every command.
        context = click.Context(
            command, info_name=f"odtool {name}", terminal_width=100, max_content_width=100
        )
        lines += [f"## odtool {name}", "", "```text", command.get_help(context), "```", ""]
        for inner in command.list_commands(context) if isinstance(command, click.Group) else ():
            below = command.get_command(context, inner)
            if below is not None and not below.hidden:
                own = click.Context(
                    below, info_name=f"odtool {name} {inner}", terminal_width=100, max_content_width=100
                )
                lines += [f"### odtool {name} {inner}", "", "```text", below.get_help(own), "```", ""]
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                under = command.get_command(context, inner)
                if under is not None:
                    of = click.Context(
                        under, info_name=f"odtool {name} {inner}", terminal_width=100, max_content_width=100
                    )
                    lines += [f"### odtool {name} {inner}", "", "```text", under.get_help(of), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _available() -> Iterator[tuple[str, click.Command]]:
    for name in cli.COMMANDS:
        try:
            yield name, getattr(import_module(f"odtool.cli.{name}"), name)
        except ModuleNotFoundError as error:
            if error.name != f"odtool.cli.{name}":
                raise


def _plain(text: str) -> str:
    return text.replace("\b\n", "").replace("\\b\n", "")


def main() -> None:
    if sys.argv[1:] == ["--check"]:
        if wrong := differing():
            sys.exit("out of date, run python docs/generate.py: " + ", ".join(wrong))
    else:
        write()


if __name__ == "__main__":
    main()
