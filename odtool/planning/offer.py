"""A judged file → an offer: whose it is, what it is called on a portal, or why it is not published."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from odtool.former import former, told
from odtool.messages import message
from odtool.model import Dataset, Field, FileReport, Match, Shape
from odtool.municipality import Municipality, belongs, municipalities
from odtool.planning.metadata import Policy
from odtool.planning.plan import Offer, Refusal
from odtool.rules.file import named_code, named_month


@dataclass(frozen=True, slots=True)
class Digest:
    """The contents of a file by their SHA-256 and size in bytes."""

    sha256: str
    size: int


_EDITION_TAGS = {"standard": "自治体標準ODS", "suisho": "推奨データセット"}
# What CKAN takes as a tag; brackets and the middle dot are refused there.
_TAG = re.compile(r"[\w .-]{2,100}")


def offer(
    report: FileReport,
    content: Digest,
    policy: Policy,
    *,
    judged: str,
    municipality: str | None = None,
    holds: Collection[str] | None = None,
) -> Offer:
    """`content` is that of the CSV that would be published, `judged` the day on which the file was judged; `holds` are the
    keys of metadata that the portal has a place for, None where it has one for all."""
    name = PurePath(report.path.replace("\\", "/")).name
    code = municipality or publisher(report, name)
    found = _judged(report, code, judged)
    refusal = _refusal(report, code, name)
    if municipality and _is_another_s(report, municipality):
        found["municipality"] = ""  # whoever gave the wrong code has said nothing of that body's data
    if refusal or not report.match or not code:
        return Offer(**found, refusal=refusal)
    dataset = report.match.dataset
    kept, words = _dated(name, dataset)
    file_name = f"{code}_{kept or dataset.slug}.csv"
    own_name = f"{code}_{dataset.slug}"
    name_there = policy.names.get(own_name, own_name)
    said = _metadata(dataset, municipalities()[code], policy.terms.id) | policy.of(code, own_name)
    return Offer(
        **found,
        dataset_name=name_there,
        file_name=file_name,
        metadata=policy.expressed(said, holds),
        tags=tuple(dict.fromkeys((*_tags(dataset), *policy.tags))),
        content_sha256=content.sha256,
        size=content.size,
        file_title=f"{dataset.name}（{words}）" if words else dataset.name,
        national_title=dataset.name,
        terms=policy.terms,
        report=policy.report_of(name_there, file_name.removesuffix(".csv")),
        refusal=too_large(content.size, policy.largest),
    )


def too_large(size: int, largest: int | None) -> Refusal | None:
    """Told before anything is sent, where the portal's limit in bytes is known."""
    if largest is None or size <= largest:
        return None
    there, most = f"{size / 1e6:,.1f}", f"{largest / 1e6:,.1f}"
    return Refusal(
        "portal",
        f"公開するファイルが{there} MB あり、このポータルの上限{most} MB を超えています。ファイルを分けるか、上限を運営者に相談してください。",
        f"The file to publish has {there} MB, more than the {most} MB that this portal takes. Split the file, or ask those "
        "in charge.",
    )


def _metadata(dataset: Dataset, place: Municipality, licence: str) -> dict[str, str]:
    """What follows from the kind of dataset and whose it is. How often it is updated nobody can tell from a file."""
    return {
        "title": f"【{place.title}】{dataset.name}",
        "description": str(dataset.facts.get("description", "")),
        "licence": licence,
        "dataset": dataset.id,
        "edition": str(dataset.facts.get("editionTitle", "")),
        "schema": str(dataset.facts.get("homepage", "")),
        "spatial": f"{place.prefecture}{place.name}",
        "language": "ja",
    }


def _judged(report: FileReport, code: str | None, judged: str) -> dict[str, Any]:
    dataset = report.match.dataset if report.match else None
    return {
        "path": report.path,
        "source_sha256": report.sha256 or "",
        "municipality": code or "",
        "dataset": dataset.id if dataset else "",
        "edition": dataset.edition if dataset else "",
        "slug": dataset.slug if dataset else "",
        "rows": report.rows,
        "errors": report.counts["error"],
        "warnings": report.counts["warning"],
        "hints": report.counts["hint"],
        "judged": judged,
    }


def publisher(report: FileReport, name: str) -> str | None:
    """The body whose file this is, as told by the rows and by the file's name; None where nothing tells."""
    found = report.municipalities
    named = named_code(name)
    if named is None and (month := named_month(name)) in found:
        named = month
    named = named if named in municipalities() else None
    if named and all(belongs(code, named) for code in found):
        return named  # a prefecture's file with its municipalities' rows, a city's with its wards'
    return found[0] if len(found) == 1 else named


_UNREAD = ("file-format", "file-empty", "workbook-unsafe")
"""Rules of files that are no table: nothing else is found in them, and nothing of their contents is in what is said."""


def _refusal(report: FileReport, code: str | None, name: str) -> Refusal | None:
    if report.status == "invalid":
        errors = report.counts["error"]
        if any(f.severity == "error" and f.rule.startswith("personal-") for f in report.findings):
            return Refusal(
                "data",
                f"個人情報とみられるものがあるので、公開を止めました（誤りは全部で{errors:,}件。odtool validate で一覧を表示）。",
                f"It seems to hold personal data and was stopped ({errors:,} error{'s' * (errors != 1)} in all; "
                "odtool validate lists them).",
            )
        if unread := next((f for f in report.findings if f.rule in _UNREAD), None):
            return Refusal("data", message(unread, "ja"), message(unread, "en"))
        return Refusal(
            "data",
            f"誤りが{errors:,}件あります。直してからもう一度実行してください（odtool validate で一覧を表示）。",
            f"It has {errors:,} error{'s' * (errors != 1)}. Correct them first (odtool validate lists them).",
        )
    if report.status != "valid" or not report.match:
        return Refusal(
            "data", report.reason or "内容を確認していません。", report.reason_en or "It was not checked."
        )
    if not report.match.dataset.slug:
        return Refusal(
            "data",
            "推奨データセットでも自治体標準オープンデータセットでもない形なので、公開する名前が決まりません。",
            "It is none of the national datasets, so there is no name to publish it under.",
        )
    if code and _is_another_s(report, code):
        return _another_s(report.municipalities, code)
    if not code and (gone := former(named_code(name) or "")):
        ja, en = told(gone)
        return Refusal(
            "data",
            f"ファイル名の {gone.code}: {ja}今の団体コードを --municipality で指定してください。",
            f"{gone.code} in its name: {en} Give the present code with --municipality.",
        )
    if not code and (month := named_month(name)):
        title = municipalities()[month].title
        return Refusal(
            "data",
            f"ファイル名の {month} は、{title}の団体コードとも {month[:4]}年{int(month[4:])}月 とも読めるため、どの自治体のデータか分かりません。"
            f"--municipality で団体コードを指定するか、ファイル名に「{title}」と入れてください。",
            f"{month} in its name can be the code of {title} or a month, so it does not tell whose data it is. Give the code "
            f"with --municipality, or write {title} in the name, too.",
        )
    if not code and len(report.municipalities) > 1:
        return _of_several(report.municipalities)
    if not code:
        return Refusal(
            "data",
            "どの自治体のデータか分かりません。ファイル名を 262021_aed.csv のように団体コードで始めるか、"
            "--municipality で団体コードを指定してください。",
            "It does not tell whose data it is. Start the file's name with the municipality's code, "
            "like 262021_aed.csv, or give the code with --municipality.",
        )
    return None


def _of_several(found: tuple[str, ...]) -> Refusal:
    """A layer of a prefecture's system, say, with the rows of all its municipalities."""
    prefectures = {code[:2] for code in found}
    whole = next((code for code in municipalities() if code[:2] in prefectures and code[2:5] == "000"), "")
    one = len(prefectures) == 1 and whole
    ja = (
        f"{municipalities()[whole].title}のデータとして公開するなら、--municipality {whole} を指定してください。"
        if one
        else ""
    )
    en = f" To publish it as data of the prefecture, give --municipality {whole}." if one else ""
    named = [municipalities()[code].title if code in municipalities() else code for code in found[:3]]
    more = len(found) - len(named)
    return Refusal(
        "data",
        f"{len(found):,}団体（{'、'.join(named)}{'など' if more else ''}）の行があるため、どの自治体のデータか分かりません。"
        f"団体ごとのファイルに分けてください。{ja}",
        f"It has rows of {len(found):,} municipalities ({', '.join(named)}{' and others' if more else ''}), so it does not tell "
        f"whose data it is. Split it into a file for each.{en}",
    )


def _is_another_s(report: FileReport, code: str) -> bool:
    found = report.municipalities
    return bool(found) and not any(belongs(other, code) for other in found)


def _another_s(found: tuple[str, ...], code: str) -> Refusal:
    """Every row says that the data is somebody else's: under this code it would be published for the wrong body."""
    named = [
        f"{other}（{place.title}）" if (place := municipalities().get(other)) else other
        for other in found[:3]
    ]
    more = ("ほか", " and others") if len(found) > 3 else ("", "")
    return Refusal(
        "data",
        f"行の団体コードは{'、'.join(named)}{more[0]}で、公開する団体 {code}（{municipalities()[code].title}）と合いません。"
        "--municipality かファイル名、または行のコードを直してください。",
        f"The codes in its rows are {', '.join(found[:3])}{more[1]}, not {code}, for which it would be published. Correct "
        "--municipality, the file's name or the rows.",
    )


def _dated(name: str, dataset: Dataset) -> tuple[str | None, str]:
    """What follows the code in a name with dates in the national way, and the dates in words."""
    stem = PurePath(name).stem
    patterns = [*dataset.facts.get("fileNames", ()), f"{{code}}_{dataset.slug}_{{yyyymmdd}}.csv"]
    for pattern in patterns:
        kept = pattern.removeprefix("{code}_").removesuffix(".csv")
        if "{yyyymmdd}" not in kept:
            continue
        form = re.escape(kept).replace(re.escape("{yyyymmdd}"), "([0-9]{8})")
        match = re.fullmatch(f"(?:[0-9]{{6}}_)?({form})", stem)
        days = [_day(digits) for digits in match.groups()[1:]] if match else []
        if match and all(days):
            return match[1], "〜".join(day for day in days if day)
    return None, ""


def _day(digits: str) -> str | None:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return f"{day.year}年{day.month}月{day.day}日"


def _tags(dataset: Dataset) -> Iterator[str]:
    for tag in (_EDITION_TAGS.get(dataset.edition, ""), dataset.name.removesuffix("一覧")):
        if _TAG.fullmatch(tag):
            yield tag


# --- the schema that travels with the file -----------------------------------------------------


def table_schema(match: Match) -> dict[str, Any]:
    """A Table Schema of the columns as the file has them; only what is confirmed is said of them."""
    known = {field.name: field for field in match.dataset.fields}
    columns = [_column(mapped.label, known.get(mapped.field or "")) for mapped in match.mapping]
    return {"fields": columns, "missingValues": list(match.dataset.missing_values)}


def _column(label: str, field: Field | None) -> dict[str, Any]:
    if field is None:
        return {"name": label, "type": "string"}
    said = {"title": field.title, "description": field.description, "example": field.example}
    column: dict[str, Any] = {"name": label, "type": field.shape.type, "format": field.shape.format}
    column |= {key: value for key, value in said.items() if value}
    constraints = _constraints(field.shape)
    if field.required:
        constraints["required"] = True
    if field.unique:
        constraints["unique"] = True
    return column | ({"constraints": constraints} if constraints else {})


def _constraints(shape: Shape) -> dict[str, Any]:
    stated: Mapping[str, Any] = {
        "pattern": shape.pattern,
        "enum": list(shape.enum) or None,
        "minimum": shape.minimum,
        "maximum": shape.maximum,
        "minLength": shape.min_length,
        "maxLength": shape.max_length,
    }
    return {key: value for key, value in stated.items() if value is not None}
