"""Rules on the header: which columns there are, and how they are called.

Each check gets the table, the dataset's match and which columns hold any data (`filled`).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from odtool.model import Mapped, Match, Table
from odtool.rule import Hit, rule
from odtool.rules import mends
from odtool.rules.file import MACHINE_READABILITY
from odtool.text import column_letter, fold, is_blank

NATIONAL = "推奨データセット／自治体標準オープンデータセットの項目定義"
# What goes with a finding that the definition, as far as it is known, does not bear out: a hint that says so.
_UNSURE = {"severity": "hint", "unconfirmed": True}


@rule(
    "header",
    severity="error",
    ja="項目名が{header_row}行目にあります。1行目が項目名になるように、上の行（「{above}」など）を消してください。",
    en="The column names are in row {header_row}. Delete what stands above them (“{above}” …), "
    "so that they are in row 1.",
    bad="AED設置箇所一覧⏎名称,住所",
    good="名称,住所",
    source=f"{MACHINE_READABILITY} L3-01",
    mends=mends.TITLE_ROWS,
)
def header_not_first(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """1行目は項目名、2行目からデータです。表題や注記は上に置きません。

    Row 1 holds the column names, row 2 the first data; no title or note stands above.
    """
    if table.header_row > 1:
        above = next((cell for record in table.grid.records() for cell in record if cell.strip()), "空の行")
        if above in table.labels:
            above = "空の行"
        yield {"row": table.header_row, "header_row": table.header_row, "above": above}


@rule(
    "header",
    severity="error",
    ja="必須の項目「{field}」の列がありません。{place}に列を加えてください。",
    en="The required column “{field}” is missing. Add it {place_en}.",
    bad="（必須の「名称」がない）",
    good="…,名称,名称_カナ,…",
    source=NATIONAL,
)
def column_missing(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """必須の項目の列がなければ、その表は定義に沿っているとはいえません。

    Without the column of a required field a table does not follow the definition.
    """
    yield from _missing(match, needed=True)


@rule(
    "header",
    severity="warning",
    ja="項目「{field}」（{level}）の列がありません。値がなくても、{place}に列だけは置いてください。",
    en="The column “{field}” ({level_en}) is missing. Add it {place_en}, even if it stays empty.",
    bad="（任意の「備考」がない）",
    good="…,URL,備考",
    source=NATIONAL,
    mends=mends.COLUMN_ABSENT,
)
def column_absent(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """必須でない項目や、必須かどうか確認できていない項目も、値がなくても列は定義どおりに置きます。

    Columns that are not required, or not known to be, are still part of the layout, even if empty.
    """
    yield from _missing(match, needed=False)


def _missing(match: Match | None, needed: bool) -> Iterator[Hit]:
    """Fields without a column. Only what is confirmed as required is needed; of another schema, all."""
    if match is None:
        return
    present = {mapped.field for mapped in match.mapping}
    before = None
    for field in match.dataset.fields:
        certain = field.required or field.requirement == "必須" or match.dataset.edition == "schema"
        if field.name not in present and certain == needed:
            yield {
                "field": field.name,
                "place": f"「{before}」の次" if before else "先頭",
                "place_en": f"after “{before}”" if before else "at the beginning",
                "level": {"推奨": "推奨", "任意": "任意"}.get(field.requirement, "必須かどうか未確認"),
                "level_en": {"推奨": "recommended", "任意": "optional"}.get(
                    field.requirement, "requirement unknown"
                ),
                **(_UNSURE if field.facts.get("existence") == "unconfirmed" else {}),
            }
        before = field.name


@rule(
    "header",
    severity="warning",
    ja="「{label}」は定義にない列です。独自の列なら、公開してよい内容か確かめてください。",
    en="The column “{label}” is not in the definition. If it is your own, check that it may be published.",
    bad="…,備考,担当者メモ",
    good="…,備考",
    source=NATIONAL,
)
def column_extra(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """定義にない列は、公開前に要るかどうかを確かめます。

    A column that the definition does not have is looked at before publication.
    """
    if match:
        for mapped in match.mapping:
            left_over = _nameless(mapped.label) and not filled[mapped.column - 1]
            if (
                mapped.field is None
                and not is_blank(mapped.label)
                and not left_over
                and not _repeats(mapped, match)
                and not _merged(mapped.label, match)
            ):
                # Where not all columns of the definition are known, this may be one of them.
                unsure = _UNSURE if match.dataset.facts.get("incomplete") else {}
                yield {"column": mapped.column, "label": mapped.label, **unsure}


@rule(
    "header",
    severity="error",
    ja="データがあるのに項目名がありません。項目名を書くか、要らない列なら列ごと消してください。",
    en="This column has data but no name. Name it, or delete the whole column.",
    bad="名称,,住所",
    good="名称,名称_カナ,住所",
    source=f"{MACHINE_READABILITY} L1-05",
)
def column_unnamed(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """データのある列には、意味の分かる項目名を付けます。

    Every column with data has a name that tells its meaning.
    """
    for column, label in enumerate(table.labels, 1):
        if is_blank(label) and filled[column - 1]:
            yield {"column": column}


@rule(
    "header",
    severity="warning",
    ja="データのない余分な列が{count}列あります（{columns}列）。列ごと消してください。",
    en="{count} superfluous columns hold no data (column {columns}). Delete them.",
    bad="名称,住所,,,",
    good="名称,住所",
    source=f"{MACHINE_READABILITY} L1-03",
    mends=mends.COLUMN_BLANK,
)
def column_blank(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """表の途中や右端に空の列を残しません。

    No empty columns are left inside the table or at its right.
    """
    blank = [n for n, label in enumerate(table.labels, 1) if _nameless(label) and not filled[n - 1]]
    if blank:
        names = [column_letter(n) for n in blank]
        run = f"{names[0]}〜{names[-1]}" if len(blank) > 2 else ", ".join(names)
        yield {"column": blank[0], "count": len(blank), "columns": run}


@rule(
    "header",
    severity="warning",
    ja="項目名「{label}」は、定義では「{field}」です。「{field}」に書き換えてください。",
    en="“{label}” is called “{field}” in the definition. Write “{field}”.",
    bad="名称カナ",
    good="名称_カナ",
    source=NATIONAL,
    mends=mends.COLUMN_RENAMED,
)
def column_renamed(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """項目名は、括弧や下線の全角・半角まで定義のとおりに書きます。

    Column names are written exactly as defined, down to the width of brackets and underscores.
    """
    if match:
        for mapped in match.mapping:
            if mapped.field is not None and mapped.label != mapped.field:
                yield {
                    "column": mapped.column,
                    "label": mapped.label,
                    "field": mapped.field,
                    "suggestion": mapped.field,
                }


@rule(
    "header",
    severity="error",
    ja="項目名「{label}」が{count}回あります（{columns}列）。同じ名前の列は一つにしてください。",
    en="“{label}” occurs {count} times (columns {columns}). Every column needs a name of its own.",
    bad="名称,住所,名称",
    good="名称,住所,名称_通称",
    source=f"{MACHINE_READABILITY} L2-03",
)
def column_repeated(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """同じ項目名は一度だけ使います。全角・半角だけの違いも同じ名前とみなします。

    A column name is used once; names that differ only in width are the same.
    """
    folded = [fold(label) for label in table.labels]
    for name, count in Counter(name for name in folded if name).items():
        if count > 1:
            places = [n for n, other in enumerate(folded, 1) if other == name]
            yield {
                "column": places[1],
                "label": table.labels[places[1] - 1],
                "count": count,
                "columns": ", ".join(column_letter(n) for n in places),
            }


@rule(
    "header",
    severity="warning",
    ja="列の順序が定義と違います。「{field}」は「{before}」より{side}に置いてください。",
    en="The order of columns differs from the definition: “{field}” belongs {side_en} “{before}”.",
    bad="経度,緯度",
    good="緯度,経度",
    source=NATIONAL,
    mends=mends.COLUMN_ORDER,
)
def column_order(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """列は定義の順に並べます。

    Columns stand in the order of the definition.
    """
    if match is None:
        return
    positions = {field.name: n for n, field in enumerate(match.dataset.fields)}
    facts = match.dataset.facts
    # Of some definitions the order is known for no column, or only for the first ones.
    sure = len(positions) if facts.get("orderConfirmed", True) else facts.get("orderConfirmedFields", 0)
    highest: Mapped | None = None
    for mapped in match.mapping:
        if mapped.field is None:
            continue
        if highest and highest.field and positions[mapped.field] < positions[highest.field]:
            yield {
                "column": mapped.column,
                "label": mapped.label,
                "field": mapped.field,
                "before": highest.field,
                "side": "前（左）",
                "side_en": "before",
                **({} if positions[highest.field] < sure else _UNSURE),
            }
            return
        highest = mapped


@rule(
    "header",
    severity="warning",
    ja="項目名「{label}」の1つのセルに、{names}の{count}項目の名前が入っています。列を分け、1列に1項目だけを入れてください。",
    en="One cell of the header holds the names of {count} columns ({names_en}). Split it: one column for each.",
    bad="「緯度、経度」という1列",
    good="緯度,経度",
    source=NATIONAL,
)
def header_merged(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """項目名の1つのセルには、1つの項目の名前だけを書きます。改行や「、」「/」でつないで2つの項目を1列にしません。

    One cell of the header holds the name of one column. Two are not put into one with a line break, a comma or a slash.
    """
    if match:
        for column, label in enumerate(table.labels, 1):
            if names := _merged(label, match):
                shown = "".join(f"「{name}」" for name in names)
                joined = ", ".join(names)
                yield {
                    "column": column,
                    "label": label,
                    "names": shown,
                    "names_en": joined,
                    "count": len(names),
                }


def _merged(label: str, match: Match) -> list[str]:
    """The fields whose names one label joins; none where it is a name itself or a part of it is no name."""
    parts = [fold(part) for part in re.split(r"[\r\n、，,/／]+", label) if not is_blank(part)]
    if len(parts) < 2:
        return []
    known = {
        fold(name): field.name for field in match.dataset.fields for name in (*field.aliases, field.name)
    }
    names = list(dict.fromkeys(known[part] for part in parts if part in known))
    whole = fold(label) in known
    return names if not whole and len(names) == len(parts) else []


def _repeats(mapped: Mapped, match: Match) -> bool:
    """Whether an unmapped column only repeats a name that another column has taken."""
    return any(
        other.field is not None and fold(other.label) == fold(mapped.label)
        for other in match.mapping
        if other is not mapped
    )


def _nameless(label: str) -> bool:
    """No name, or only the one that a spreadsheet gives by itself."""
    return is_blank(label) or re.fullmatch(r"(?:Column|列|Unnamed: )[0-9]+", label.strip()) is not None
