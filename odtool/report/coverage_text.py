"""Who has published what, for the terminal: marks in a matrix, numbers for the datasets, a key below."""

import datetime as dt
from collections.abc import Iterator, Sequence

from odtool.coverage.cell import Cell
from odtool.coverage.matrix import Column, Coverage, Overview, Row
from odtool.page import choose
from odtool.report.coverage_words import ALWAYS, MARKS, WORDS, basis, before, forecast, share, why
from odtool.text import pad, percent, visible, width, wrapped

COLUMNS = 80  # of a terminal
# Datasets side by side; more make a second matrix below. So many fit also where a terminal shows the marks, whose width
# is ambiguous, in two columns.
ACROSS = 10
GROUP = 5  # columns between two gaps, to keep the eye in its column
NAME = 22  # terminal columns: 鹿児島県いちき串木野市
HEAD = 40
HALF = 31  # the longest name of which two stand side by side
LISTED = 20


def title(coverage: Coverage, lang: str) -> str:
    if not coverage.area:
        return choose(lang, "オープンデータの公開状況", "Who has published which open data")
    return choose(
        lang,
        "{area}のオープンデータの公開状況",
        "{area}: who has published which open data",
        area=coverage.area,
    )


def asides(coverage: Coverage, lang: str) -> list[str]:
    """The files that stand in no cell, a sentence for each kind."""
    totals, found = coverage.totals, []
    if totals.unmatched:
        found.append(
            choose(
                lang,
                "どのデータセットにも合わなかったファイル {n:,} 件",
                "{n:,} file fits no dataset",
                "{n:,} files fit no dataset",
                n=totals.unmatched,
            )
        )
    if totals.unplaced:
        found.append(
            choose(
                lang,
                "どの市区町村のものか分からないファイル {n:,} 件",
                "{n:,} file does not say whose it is",
                "{n:,} files do not say whose they are",
                n=totals.unplaced,
            )
        )
    return found


def coverage_text(shown: Overview | Coverage, lang: str) -> str:
    """The whole, ready to print."""
    overview = shown if isinstance(shown, Overview) else Overview(shown)
    coverage = overview.coverage
    blocks = [_summary(coverage, lang)]
    if coverage.rows:
        blocks += [
            matrix(coverage, lang),
            _key(coverage, lang),
            list(_heads(coverage, lang)),
            _others(coverage, lang),
            _targets(overview, lang),
            _to_do(coverage, lang),
        ]
    told = [*asides(coverage, lang), *basis(coverage.looked, lang), *before(overview.points, lang)]
    blocks.append([line for each in told for line in wrapped("", each, COLUMNS)] if coverage.rows else [])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def matrix(coverage: Coverage, lang: str) -> list[str]:
    """The lines of the matrix: the datasets of which anybody has something, by their numbers. All lines of a
    part are equally wide."""
    shown = _shown(coverage)
    parts = [shown[start : start + ACROSS] for start in range(0, len(shown), ACROSS)] or [[]]
    lines: list[str] = []
    for part in parts:
        lines += [""] if lines else []
        lines += _part(coverage, part, lang)
    return lines


def _shown(coverage: Coverage) -> list[int]:
    """The places of the datasets of which anybody has something."""
    return [
        n for n in range(len(coverage.columns)) if any(row.cells[n].state != "none" for row in coverage.rows)
    ]


def _part(coverage: Coverage, shown: Sequence[int], lang: str) -> list[str]:
    codes = [visible(row.code, 8) for row in coverage.rows]
    names = [_name(row, coverage.area) for row in coverage.rows]
    longest = max(map(width, codes))
    left = longest + 1 + max(map(width, names))
    units, tens = [], []
    for number in (n + 1 for n in shown):
        tens.append(str(number // 10 or ""))
        units.append(str(number % 10))
    count, latest = choose(lang, "公開", "publ."), choose(lang, "最新の公開", "last one")
    lines = [
        (" " * left, tens, "", ""),
        (" " * left, units, count, latest),
        *(
            (
                f"{pad(code, longest)} {name}",
                [_mark(row.cells[n]) for n in shown],
                str(row.published),
                row.newest or "–",
            )
            for code, name, row in zip(codes, names, coverage.rows, strict=True)
        ),
    ]
    return [
        f"{pad(head, left)}  {_spaced(marks)} {' ' * (5 - width(total))}{total}  {pad(day, 10)}"
        for head, marks, total, day in lines
    ]


def _name(row: Row, area: str) -> str:
    """The name, after its prefecture where the title does not say it: there are two 府中市."""
    return _cut(
        visible(row.name if area or row.name.startswith(row.prefecture) else row.prefecture + row.name), NAME
    )


def _cut(text: str, columns: int) -> str:
    """As much of the text as fits."""
    if width(text) <= columns:
        return text
    while width(text) >= columns:
        text = text[:-1]
    return text + "…"


def _mark(cell: Cell) -> str:
    return MARKS[cell.state] + ("!" if cell.newer_errors else "")


def _spaced(marks: Sequence[str]) -> str:
    return " ".join(
        "".join(pad(mark, 2) for mark in marks[start : start + GROUP])
        for start in range(0, len(marks), GROUP)
    )


def _day(moment: dt.datetime | None) -> str:
    return moment.date().isoformat() if moment else "–"


def _summary(coverage: Coverage, lang: str) -> list[str]:
    totals, day = coverage.totals, coverage.date.isoformat()
    head = choose(
        lang, "{title}（{day} 現在）", "{title} (as of {day})", title=title(coverage, lang), day=day
    )
    if not coverage.rows:
        return [
            head,
            choose(lang, "表示する市区町村がまだありません。", "There is no municipality to show yet."),
        ]
    lines = [
        head,
        choose(
            lang,
            "{all:,} 市区町村のうち {started:,} が公開を始めています（取組率 {share}%）。公開 {published:,} 件、公開見送り {refused:,} 件。",
            "{started:,} of {all:,} municipalities have started ({share}%). Published: {published:,}. Held back: {refused:,}.",
            all=totals.municipalities,
            started=totals.started,
            share=percent(totals.started / totals.municipalities),
            published=totals.published,
            refused=totals.refused,
        ),
    ]
    if coverage.looked:
        lines.append(
            choose(
                lang,
                "標準データセット以外も合わせて {datasets:,} データセット、{files:,} ファイル。あと一歩 {n:,} 件。",
                "With all others {datasets:,} datasets, {files:,} files. One step from valid: {n:,}.",
                datasets=totals.datasets,
                files=totals.files,
                n=totals.one_step,
            )
        )
    return lines


def _others(coverage: Coverage, lang: str) -> list[str]:
    """The prefecture itself and bodies that are no municipality, as far as they publish anything."""
    found = [row for row in coverage.others if row.started]
    if not found:
        return []
    head = choose(lang, "市区町村以外の団体（データセット、ファイル）", "Other bodies (datasets, files)")
    return [
        head,
        *(
            f"  {pad(_cut(visible(row.name), HEAD), HEAD)} {row.body.datasets:>6,} {row.body.files:>7,}"
            for row in found
        ),
    ]


def _targets(overview: Overview, lang: str) -> list[str]:
    if not overview.targets:
        return []
    lines = [choose(lang, "目標", "Targets")]
    for aim in overview.targets:
        lines += wrapped("  ", f"{visible(aim.target.name)}: {share(aim, lang)}", COLUMNS)
        lines += wrapped("    ", forecast(aim, lang), COLUMNS)
    return lines


def _key(coverage: Coverage, lang: str) -> list[str]:
    cells = [cell for row in coverage.rows for cell in row.cells]
    # Published data with errors should not exist; the key speaks of it only where it does.
    states = [s for s in MARKS if s in ALWAYS or any(cell.state == s for cell in cells)]
    parts = [f"{MARKS[state]} {choose(lang, *WORDS[state])}" for state in states]
    if any(cell.newer_errors for cell in cells):
        parts.append(choose(lang, "! 更新分に誤り", "! newer file has errors"))
    lines = [""]
    for part in parts:
        if lines[-1] and width(f"{lines[-1]}  {part}") > COLUMNS:
            lines.append("")
        lines[-1] += f"  {part}" if lines[-1] else part
    return lines


def _heads(coverage: Coverage, lang: str) -> Iterator[str]:
    """The datasets by number with how many municipalities publish each, in two columns where they fit."""
    yield choose(
        lang,
        "データセット（公開している市区町村の数）",
        "Datasets (and how many municipalities publish them)",
    )
    room = max((width(visible(column.name)) for column in coverage.columns), default=0)
    entries = [
        _head(
            number,
            column,
            sum(row.cells[number - 1].is_published for row in coverage.rows),
            max(HALF, min(room, HEAD)),
        )
        for number, column in enumerate(coverage.columns, 1)
    ]
    if room > HALF:
        yield from entries
        return
    half = (len(entries) + 1) // 2
    for left, right in zip(entries[:half], [*entries[half:], ""][:half], strict=True):
        yield f"{left}  {right}".rstrip()


def _head(number: int, column: Column, published: int, room: int) -> str:
    return f"{number:>2} {pad(_cut(visible(column.name), room), room)} {published:>4}"


def _to_do(coverage: Coverage, lang: str) -> list[str]:
    """The cells with something that must be fixed, by name."""
    found = [
        (row, column, cell)
        for row in coverage.rows
        for column, cell in zip(coverage.columns, row.cells, strict=True)
        if cell.errors or cell.newer_errors or cell.dead or cell.state == "stale"
    ]
    if not found:
        return []
    found.sort(key=lambda entry: not entry[2].one_step)
    lines = [
        line
        for row, column, cell in found[:LISTED]
        for line in wrapped(
            f"{pad(_mark(cell), 2)} ",
            f"{_name(row, coverage.area)} {_cut(visible(column.name), HEAD)}: {_wrong(cell, coverage.date, lang)}",
            COLUMNS,
        )
    ]
    if len(found) > LISTED:
        lines.append(choose(lang, "   ほか {n:,} 件", "   and {n:,} more", n=len(found) - LISTED))
    return [choose(lang, "直すところがあるデータ", "Data to be fixed"), *lines]


def _wrong(cell: Cell, today: dt.date, lang: str) -> str:
    if cell.errors or cell.newer_errors:
        said = choose(
            lang, "必ず直す {n:,} 件（{day} 確認）", "{n:,} to fix (checked {day})",
            n=cell.newer_errors or cell.errors, day=_day(cell.checked_at or cell.when),
        )  # fmt: skip
        return said + (choose(lang, " あと一歩", " one step") if cell.one_step else "")
    return visible(why(cell, today, lang).partition("。")[0], 60)
