"""A dataset as a specification sheet: its columns, what stands in them, and how sure that is."""

from odtool.model import Dataset, Field, Shape
from odtool.words import EDITIONS

TYPES = {"string": "文字列", "number": "数値", "integer": "整数", "date": "日付", "time": "時刻", "datetime": "日時",
         "boolean": "真偽", "year": "年", "yearmonth": "年月", "any": "自由"}  # fmt: skip
_FORMATS = {"%H:%M": "09:00", "uri": "URL"}
_LEVELS = {"必須": "required", "推奨": "recommended", "任意": "optional", "不明": "unknown"}
_SURE = {"high": "確かめた", "medium": "ほぼ確か", "low": "推定", "none": "未確認"}
_HEADS = {
    "ja": ("番号", "項目名", "型・形", "必須度", "例", "別名"),
    "en": ("No.", "Column", "Type and form", "Requirement", "Example", "Also written"),
}


def dataset_page(dataset: Dataset, lang: str) -> str:
    """The sheet in Markdown, in one language. Column names and examples stay Japanese."""
    en = lang == "en"
    edition = EDITIONS[dataset.edition][en]
    required = sum(_level(field) == "必須" for field in dataset.fields)
    lines = [f"# {dataset.title_en or dataset.name if en else dataset.name}", ""]
    lines += [f"- ID: `{dataset.id}`", f"- {'Edition' if en else '版'}: {edition}"]
    if version := dataset.facts.get("version"):
        lines += [f"- {'Known from (in Japanese)' if en else '確認した版'}: {_cell(str(version))}"]
    if names := dataset.facts.get("fileNames"):
        lines += [f"- {'File name' if en else 'ファイル名'}: {'、'.join(f'`{name}`' for name in names)}"]
    lines += [
        f"- {'Columns' if en else '列の数'}: {len(dataset.fields)}"
        + (f", {required} of them required" if en else f"（うち必須 {required}）"),
        "",
        _line(_HEADS["en" if en else "ja"]),
        _line(["---"] * len(_HEADS["ja"])),
    ]
    lines += [_line(_row(number, field, en)) for number, field in enumerate(dataset.fields, 1)]
    notes = [field for field in dataset.fields if field.description and not en]
    if notes:
        lines += ["", "## 書き方", ""]
        lines += [f"- **{_cell(field.name)}**: {_cell(field.description)}" for field in notes]
    return "\n".join(lines) + "\n"


def _row(number: int, field: Field, en: bool) -> tuple[str, ...]:
    return (
        str(number),
        field.name,
        _form(field, en),
        _requirement(field, en),
        field.example or str(field.facts.get("exampleInferred", "")),
        "、".join(field.aliases),
    )


def _level(field: Field) -> str:
    return "必須" if field.required else field.requirement


def _requirement(field: Field, en: bool) -> str:
    """How far the column must be filled, and how sure that is where it is not certain."""
    level = _level(field)
    said = _LEVELS[level] if en else level
    sure = str(field.facts.get("requirementConfidence", "high"))
    if level != "不明" and sure in _SURE and sure != "high":
        said += f" ({sure} confidence)" if en else f"（{_SURE[sure]}）"
    if blank := field.facts.get("blankMeans"):
        said += "; blank has a meaning" if en else f"。空欄は「{blank}」"
    return said


def _form(field: Field, en: bool) -> str:
    said = _shape(field.shape, en)
    if field.unconfirmed:
        guess = "; ".join(_constraints(field.unconfirmed, en)) or _FORMATS.get(field.unconfirmed.format, "")
        said += f"; not confirmed: {guess}" if en else f"。未確認: {guess}"
    return said


def _shape(shape: Shape, en: bool) -> str:
    parts = [shape.type if en else TYPES.get(shape.type, shape.type)]
    if shape.format != "default":
        parts.append(_FORMATS.get(shape.format, shape.format))
    return ("; " if en else "、").join(parts + _constraints(shape, en))


def _constraints(shape: Shape, en: bool) -> list[str]:
    parts = []
    if shape.pattern:
        parts.append(f"`{shape.pattern}`")
    if shape.enum:
        parts.append(("one of " if en else "") + "・".join(shape.enum))
    if shape.minimum is not None or shape.maximum is not None:
        parts.append(f"{shape.minimum or ''}〜{shape.maximum or ''}")
    if shape.min_length is not None or shape.max_length is not None:
        least, most = ("" if bound is None else bound for bound in (shape.min_length, shape.max_length))
        parts.append(f"{least}〜{most} {'characters' if en else '文字'}")
    return parts


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    """The text on one line, with nothing that ends a cell of a table or begins emphasis."""
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
