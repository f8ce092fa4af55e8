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
    required = sum(level(field) == "必須" for field in dataset.fields)
    lines = [f"# {dataset.title_en or dataset.name if en else dataset.name}", ""]
    lines += [f"- ID: `{dataset.id}`", f"- {'Edition' if en else '版'}: {edition}"]
    if version := dataset.facts.get("version"):
        lines += [f"- {'Known from (in Japanese)' if en else '確認した版'}: {_cell(str(version))}"]
    if names := dataset.facts.get("fileNames"):
        lines += [f"- {'File name' if en else 'ファイル名'}: {'、'.join(f'`{name}`' for name in names)}"]
    lines += _sureness(dataset, en)
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
    lines += _variants(dataset, en)
    lines += _others(dataset, en)
    return "\n".join(lines) + "\n"


def _sureness(dataset: Dataset, en: bool) -> list[str]:
    """How sure the definition as a whole is; every dataset of ours says so, a Table Schema does not."""
    sure = dataset.facts.get("confidence")
    if sure is None:
        return []
    lines = [f"- {'Confidence' if en else '確度'}: {sure if en else _SURE[str(sure)]}"]
    if not dataset.facts.get("orderConfirmed", True):
        first = dataset.facts.get("orderConfirmedFields")
        lines.append(
            f"- {'Order of the columns' if en else '列の順序'}: "
            + (
                (
                    f"confirmed for the first {first}"
                    if en
                    else f"先頭の{first}列は確かめた。それより後は未確認"
                )
                if first
                else ("not confirmed" if en else "未確認")
            )
        )
    if dataset.facts.get("incomplete"):
        lines.append(
            "- Not all columns of the definition are known."
            if en
            else "- 定義のすべての列は確かめられていません。ここにない列も、定義にあることがあります。"
        )
    if not en and (note := dataset.facts.get("confidenceNote")):
        lines.append(f"- 確かさの根拠: {_cell(str(note))}")
    return lines


def _variants(dataset: Dataset, en: bool) -> list[str]:
    """The layouts that circulate beside the definition."""
    if not dataset.variants:
        return []
    lines = ["", "## Layouts in circulation" if en else "## 流通している形", ""]
    lines += (
        ["A file that follows one of these is judged by it.", ""]
        if en
        else ["公開データに見られる形です。これに沿うファイルは、その形として確認します。", ""]
    )
    for variant in dataset.variants:
        seen = "、".join(variant.observed_at)
        title = variant.title_en if en else variant.title
        sure = variant.confidence if en else _SURE[variant.confidence]
        lines.append(
            f"- **{_cell(title)}** ({seen}; {sure})" if en else f"- **{_cell(title)}**（{seen}。{sure}）"
        )
        said = (
            ("added" if en else "加わる列", [field.name for field, _ in variant.added]),
            ("left out" if en else "ない列", list(variant.dropped)),
            ("renamed" if en else "名前の違う列", [f"{old} → {new}" for old, new in variant.renamed.items()]),
        )
        lines += [f"  - {what}: {_cell('、'.join(names))}" for what, names in said if names]
    return lines


def _others(dataset: Dataset, en: bool) -> list[str]:
    """The files that belong together with this one."""
    lines = []
    for companion in dataset.facts.get("companionFiles", ()):
        files = "、".join(f"`{name}`" for name in companion.get("fileNames", ()))
        known = f" `{companion['dataset']}`" if companion.get("dataset") else ""
        lines.append(f"- {companion['title']}{known}" + (f" ({files})" if files else ""))
    lines += [
        f"- {reference['field']} → `{reference['dataset']}` {reference['to']}"
        + ("" if reference["confidence"] != "low" else " (not confirmed)" if en else "（未確認）")
        for reference in dataset.facts.get("references", ())
    ]
    return ["", "## Files that belong with it" if en else "## 組になるファイル", "", *lines] if lines else []


def _row(number: int, field: Field, en: bool) -> tuple[str, ...]:
    return (
        str(number),
        field.name,
        _form(field, en),
        requirement(field, en),
        field.example or str(field.facts.get("exampleInferred", "")),
        "、".join(field.aliases),
    )


def level(field: Field) -> str:
    """必須, 推奨, 任意 or 不明."""
    return "必須" if field.required else field.requirement


def requirement(field: Field, en: bool) -> str:
    """How far the column must be filled, and how sure that is where it is not certain."""
    how_far = level(field)
    said = _LEVELS[how_far] if en else how_far
    sure = str(field.facts.get("requirementConfidence", "high"))
    if how_far != "不明" and sure in _SURE and sure != "high":
        said += f" ({sure} confidence)" if en else f"（{_SURE[sure]}）"
    if how_far == "不明" and (guess := field.facts.get("requirementInferred")):
        said += f" (inferred: {_LEVELS[guess['level']]})" if en else f"（類推では{guess['level']}）"
    if blank := field.facts.get("blankMeans"):
        said += "; blank has a meaning" if en else f"。空欄は「{blank}」"
    return said


def _form(field: Field, en: bool) -> str:
    said = _shape(field.shape, en)
    if unit := field.facts.get("unit"):
        said += f"; in {unit}" if en else f"、単位 {unit}"
    elif unit := field.facts.get("unitInferred"):
        said += f"; unit not confirmed: {unit}" if en else f"。単位は未確認: {unit}"
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
