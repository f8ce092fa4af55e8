"""Level 3: the rules on the documents that go with the data (L3-02, L3-03, L3-04, L3-08)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from odtool.readability.criterion import criterion
from odtool.readability.facts import Column, Facts, Package
from odtool.readability.level2 import is_mark
from odtool.readability.model import Place, Undecided, Words
from odtool.readability.places import cells, columns, in_column, listed
from odtool.readability.values import UNITS, plain_text
from odtool.text import visible

_NO_PACKAGE = Words(
    "表だけでは分かりません。データパッケージ（datapackage.json）を表と同じ場所に置くか、--package で指定してください",
    "the table alone does not tell; put a data package (datapackage.json) beside it or name one with --package",
)


def _without(facts: Facts) -> Words:
    """Why there is no package to look into, and what to do."""
    if note := facts.package_note:
        return Words(
            f"表だけでは分かりません。{note.ja}。この表の記載を加えてください",
            f"the table alone does not tell, and {note.en}; describe this table there",
        )
    return _NO_PACKAGE


_CODED = re.compile("区分|種別|分類|コード|フラグ|category|type|code|flag", re.IGNORECASE)


@criterion(
    "L3-02", "回答のコード表が別添されているか", "Does a code table come with coded columns?", weight="critical",
    advice="コードの列ごとに、値と意味の表をデータパッケージ（enum と説明、または別のリソース）に書いてください。",
    advice_en="Describe the codes of every coded column in the data package (categories, or a resource of its own).",
    bad="「区分」の列に 1〜5 だけ", good="datapackage.json に 1=市立、2=県立…",
)  # fmt: skip
def code_table(facts: Facts) -> Iterator[Place]:
    """コードの列（「区分」「種別」などの名前で、値が短い番号や記号の列）の意味が、データパッケージに書かれていれば満たします。
    国の定義が決める列は、定義がコード表です。データパッケージがなければ判定しません。

    Met where the data package tells the meaning of every coded column (named 区分, 種別 … and holding short
    numbers or letters). For columns of a national definition, the definition is the code table. Without a
    package it is not judged.
    """
    coded = [(s, c) for s in facts.tables for c in s.columns if _is_coded(c)]
    if not coded:
        national = any(
            c.field and (c.field.shape.enum or c.role == "code") and c.filled
            for s in facts.tables
            for c in s.columns
        )
        if not national:
            yield Undecided(Words("コードの列が見当たりません", "no coded column was found"))
        return
    for sheet, column in coded:
        where = columns([column.number])
        name = visible(column.label, 40)
        if facts.package is None:
            yield Undecided(
                Words(
                    f"「{name}」の列はコードのようですが、{_without(facts).ja}",
                    f"column “{name}” seems coded, but {_without(facts).en}",
                ),
                where,
                sheet.name,
            )
        elif not _has_codes(facts.package, column):
            yield Place(Words(f"「{name}」の列のコードの意味が、データパッケージに書かれていません。",
                              f"The data package does not tell the codes of the column “{name}”."), where, sheet.name)  # fmt: skip


def _is_coded(column: Column) -> bool:
    if column.national or column.role in ("contact", "coordinate") or not column.values:
        return False
    named = _CODED.search(column.label) is not None
    short = all(re.fullmatch("[0-9A-Za-z]{1,3}", plain_text(text)) for text in column.values)
    return named and short and len(column.values) <= 50


def _has_codes(package: Package, column: Column) -> bool:
    entry = package.about(column)
    if entry is None:
        return False
    if entry.get("categories") or entry.get("enumLabels") or entry.get("codeList"):
        return True
    schema = package.resource.get("schema")
    keys = schema.get("foreignKeys") if isinstance(schema, Mapping) else None
    for key in keys if isinstance(keys, list) else ():
        fields = key.get("fields") if isinstance(key, Mapping) else None
        if entry.get("name") in ([fields] if isinstance(fields, str) else fields or ()):
            return True
    told = " ".join(str(entry.get(part) or "") for part in ("description", "title"))
    return len(re.findall(r"[0-9A-Za-z]{1,3}\s*[=:：＝]", told)) > 1


@criterion(
    "L3-03", "数値データの同一列内に特殊記号（秘匿等）を使用する場合は、その定義を明記しているか",
    "Are special marks in columns of numbers defined?", weight="major",
    advice="使った記号の意味（秘匿、調査対象外、四捨五入して0など）を、データパッケージの missingValues と説明に書いてください。",
    advice_en="Tell the meaning of every mark in the data package (missingValues and description).",
    bad="人口の列に「X」、説明なし", good="datapackage.json に「X: 秘匿」",
)  # fmt: skip
def marks_are_defined(facts: Facts) -> Iterator[Place]:
    """数値の列に「-」「X」「…」などの記号がなければ満たします。あるときは、データパッケージに定義があれば満たし、なければ満たしません。
    国の定義のある列では、値がないときは空欄と決まっているため、記号は満たしません。データパッケージがなければ判定しません。

    Met where no mark (-, X, …) stands in a column of numbers. Where one does: met if the data package defines
    it, else not. National definitions ask for an empty cell, so there a mark does not meet the rule. Without
    a package it is not judged.
    """
    numbers = [(s, c) for s in facts.tables for c in s.by_role("number", "coordinate") if c.values]
    if not numbers:
        yield Undecided(Words("数値の列がありません", "there is no column of numbers"))
    for sheet, column in numbers:
        marks = [text for text in column.values if is_mark(text)]
        if not marks:
            continue
        shown = listed(marks)
        if facts.package:
            undefined = [mark for mark in marks if not _defines(facts.package, column, mark)]
            if undefined:
                yield in_column(sheet, column, undefined, "記号「{value}」などの意味が、データパッケージに書かれていません。",
                                "the data package does not define the mark “{value}”.")  # fmt: skip
        elif column.national:
            yield in_column(sheet, column, marks, "記号「{value}」があります。国の定義では、値がないときは空欄にします。",
                            "there is the mark “{value}”; in the national definition a missing value is an empty cell.")  # fmt: skip
        else:
            name = visible(column.label, 40)
            yield Undecided(
                Words(f"「{name}」の列などの記号（{shown.ja}）の意味は、{_without(facts).ja}", f"what the marks ({shown.en}) in column “{name}” mean: {_without(facts).en}"),
                cells(column.number, [row for mark in marks for row in column.values[mark]]), sheet.name,
                sum(len(column.values[mark]) for mark in marks),
            )  # fmt: skip


def _defines(package: Package, column: Column, mark: str) -> bool:
    if mark.strip() in (package.missing_values(column) or ()):
        return True
    entry = package.about(column) or {}
    return f"「{mark.strip()}」" in str(entry.get("description") or "")


_UNIT_NAMED = re.compile(
    rf"[（(［\[〔【_＿/／・,，]\s*(?:単位\s*[:：]?\s*)?(?:{UNITS}|[^\s（）()]{{0,6}}(?:当たり|あたり)[^\s（）()]{{0,6}})\s*(?:[）)］\]〕】]|$)",
    re.IGNORECASE,
)
_UNIT_IMPLIED = re.compile(
    "数$|数[（(_]|人口|世帯|人員|定員|年齢|歳|西暦|平方メートル|立方メートル|メートル$|率|割合|比率|構成比|指数|係数|回数|件数|金額|費$|額$|料$|価格|売上|利益|原価|収入|支出|予算|決算"
    "|percent|ratio|rate|count|number|population|households|age|amount|price|sales|profit|cost|revenue|％|%|倍率|得点|点数|順位|順番|階$|年$|月$|日$|連番|通番|ランク|段階|レベル|level|rank|score|index",
    re.IGNORECASE,
)  # fmt: skip


@criterion(
    "L3-04", "データの単位を記載しているか", "Are the units stated?", weight="major",
    advice="項目名に単位を書く（例 面積（㎡））か、データパッケージの unit に書いてください。",
    advice_en="State the unit in the name, e.g. 面積（㎡）, or in the data package (unit).",
    bad="面積", good="面積（㎡）",
)  # fmt: skip
def units_are_stated(facts: Facts) -> Iterator[Place]:
    """数値の列の単位が、項目名（「面積（㎡）」「人口」「施設数」のように単位の分かる名前を含む）、国の定義、データパッケージのどこにも
    なければ満たしません。緯度・経度・年・番号は除きます。国の定義に単位が書かれていない列は参考です。

    Not met where the unit of a column of numbers is neither in its name (or implied by it: 人口, 施設数), nor in
    the national definition or the data package. Coordinates, years and numbers that are names are excepted;
    a column whose national definition states no unit is a note.
    """
    numbers = [(s, c) for s in facts.tables for c in s.by_role("number") if c.filled]
    if not numbers:
        yield Undecided(Words("数値の列がありません", "there is no column of numbers"))
    for sheet, column in numbers:
        entry = facts.package.about(column) if facts.package else None
        if _unit_in_name(column.label) or (
            entry and (entry.get("unit") or _unit_in_name(str(entry.get("title") or "")))
        ):
            continue
        if column.field and (column.field.facts.get("unit") or column.field.facts.get("unitInferred")):
            continue
        name = visible(column.label, 40)
        if column.national:
            yield Place(
                Words(f"「{name}」の列の単位は、国の定義の写しにもありません。分かる資料があれば説明に書いてください。",
                      f"The unit of column “{name}” is not in our copy of the national definition either."),
                columns([column.number]), sheet.name, note=True,
            )  # fmt: skip
        else:
            yield Place(Words(f"「{name}」の列の単位が分かりません。", f"The unit of column “{name}” is not stated."),
                        columns([column.number]), sheet.name, 1, column.label)  # fmt: skip


def _unit_in_name(label: str) -> bool:
    name = label[:200].replace("\n", "")
    return any(_UNIT_NAMED.search(text) or _UNIT_IMPLIED.search(text) for text in (name, plain_text(name)))


@criterion(
    "L3-08", "データの定義や更新履歴が記載されているか", "Are definitions and the history of changes stated?", weight="major",
    advice="datapackage.json に、項目の定義、出典、更新日と更新頻度、英数字の項目名、文字コードと BOM の有無を書いてください。",
    advice_en="State definitions, sources, dates of change, alphanumeric field names, encoding and BOM in the data package.",
    bad="（CSV だけを公開）", good="CSV と datapackage.json を公開",
)  # fmt: skip
def definitions_are_stated(facts: Facts) -> Iterator[Place]:
    """データパッケージに、どの列の定義（説明）、出典、更新の日付か版、英数字の項目名、文字コード（CSV では BOM の有無も）が書かれていれば
    満たします。データパッケージがなければ判定しません。

    Met where the data package states a definition of every column, sources, a date or version, alphanumeric
    field names, and the encoding (of a CSV also whether it has a BOM). Without a package it is not judged.
    """
    if facts.package is None:
        yield Undecided(_without(facts))
        return
    package = facts.package
    for sheet in facts.tables:
        undescribed = [c for c in sheet.columns if not _described(package, c)]
        if undescribed:
            names = listed(c.label for c in undescribed)
            yield Place(Words(f"定義（description）のない列があります（{names.ja}）。", f"Columns without a description ({names.en})."),
                        columns([c.number for c in undescribed]), sheet.name, len(undescribed))  # fmt: skip
        nameless = [c for c in sheet.columns if not _physical_name(package, c)]
        if nameless:
            names = listed(c.label for c in nameless)
            yield Place(Words(f"英数字の項目名（物理名）が決められていない列があります（{names.ja}）。", f"Columns without an alphanumeric field name ({names.en})."),
                        columns([c.number for c in nameless]), sheet.name, len(nameless))  # fmt: skip
    missing = [
        words for words, keys in (
            (("出典（sources）", "sources"), ("sources", "contributors")),
            (("更新日か版（version、created など）", "a date or version"), ("version", "created", "modified", "lastModified", "updated", "history", "changes")),
        ) if not package.stated(*keys)
    ]  # fmt: skip
    if facts.is_text:
        if not package.resource.get("encoding"):
            missing.append(("文字コード（encoding）", "the encoding"))
        dialect = package.resource.get("dialect")
        told = str(package.resource.get("encoding") or "") + str(package.stated("description") or "")
        if (
            not re.search("sig|bom", told, re.IGNORECASE)
            and not _states_bom(package.resource)
            and not _states_bom(dialect)
        ):
            missing.append(("BOM の有無", "whether there is a BOM"))
    for ja, en in missing:
        yield Place(
            Words(f"データパッケージに{ja}が書かれていません。", f"The data package does not state {en}.")
        )


def _states_bom(part: Any) -> bool:
    return isinstance(part, Mapping) and any(str(key).lower() in ("bom", "byteordermark") for key in part)


def _described(package: Package, column: Column) -> bool:
    entry = package.about(column)
    return bool(entry and (entry.get("description") or (column.field and column.field.description)))


def _physical_name(package: Package, column: Column) -> bool:
    entry = package.about(column)
    if entry is None:
        return False
    names = [entry.get(key) for key in ("name", "nameEn", "physicalName")]
    return any(isinstance(name, str) and re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) for name in names)
