"""The bytes of a published file → what they are and how good, by their contents alone: names decide nothing here."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import PurePosixPath

from odtool.assets import kinds
from odtool.collect import dates, oldbook, within
from odtool.coverage.observation import Verdict
from odtool.datasets import catalog
from odtool.judging import check
from odtool.mending.fix import fix, unreadable
from odtool.model import FileReport, Match, Table
from odtool.readability import judge as readable
from odtool.readability.gather import gather
from odtool.rules.file import named_slug
from odtool.table.write import write_all
from odtool.text import fold

TABLES = frozenset(
    {"CSV", "TSV", "TXT", "XLSX", "XLSM", "XLS", "ZIP", "EXCEL", "EXCEL (XLSX)", "XLSX/XLS", "CSVファイル"}
)
CLOSE_LOOK = (
    5_000_000  # bytes up to which repairs are tried and the 30 rules judged: both hold the whole table
)
RULES_TOLD = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file is. `municipalities` and `days` are those its rows name. `why` is said where it was not judged.
    `fixable` None means that nobody tried. `inside` are the tables of a zip that holds several, by their names there."""

    verdict: Verdict
    sha256: str
    size: int
    format: str
    slug: str = ""
    edition: str = ""
    dataset: str = ""
    errors: int = 0
    warnings: int = 0
    fixable: int | None = 0
    rules: str = ""
    rows: int | None = None
    levels: tuple[int | None, int | None, int | None] = (None, None, None)
    municipalities: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    why: str = ""
    why_en: str = ""
    inside: "tuple[tuple[str, Seen], ...]" = ()


def seen(
    data: bytes,
    name: str,
    *,
    dataset: str = "",
    inside: Mapping[str, str] | None = None,
    promised: bool = True,
) -> Seen:
    """Judge the bytes of a file called `name`; as `dataset` where an officer said what it is, else as what its columns
    show it to be; `inside` is what was said of single tables of a zip, by their names. `promised` says whether the portal calls it a table: a web page that came instead is then none."""
    digest, size = hashlib.sha256(data).hexdigest(), len(data)
    if not data:
        return _left("not-checked", digest, 0, "", "ファイルの中身が空（0 バイト）です。載せ直してください。",
                     "The file is empty (0 bytes); upload it again.")  # fmt: skip
    form = kinds.contents(data[:4096])
    if form == "html" and not promised:
        return _left(
            "not-checked",
            digest,
            size,
            "HTML",
            "ウェブページへのリンクです。",
            "It is a link to a web page.",
        )
    if form == "html":
        return _left("not-seen", digest, size, "HTML", "ファイルの代わりにウェブページが返ってきました。公開されているか確認できません。",
                     "A web page came in place of the file; whether it is published cannot be seen.")  # fmt: skip
    if form == "zip" and not within.is_document(data):
        return _of_zip(data, dataset, inside or {}, digest=digest, size=size)
    return _of_file(data, name, form, dataset, digest=digest, size=size)


def _of_zip(data: bytes, dataset: str, inside: Mapping[str, str], *, digest: str, size: int) -> Seen:
    """Where one table is all that it holds, the zip is that table; of several each is judged as a file of its own."""
    tables = within.tables(data)
    first, second = next(tables, None), next(tables, None)
    if first is None:
        return _left("not-checked", digest, size, "ZIP", "zip の中に表（CSV・Excel）がないため、確認していません。",
                     "There is no table (CSV, Excel) in the zip, so it was not checked.")  # fmt: skip
    if second is None:
        if any(first.why):
            return _left("not-checked", digest, size, "ZIP", *first.why)
        name, form = PurePosixPath(first.name).name, kinds.contents(first.data[:4096])
        return _of_file(first.data, name, form, dataset, digest=digest, size=size)
    found: dict[str, Seen] = {}
    for table in chain((first, second), tables):
        name = table.name
        while name in found:  # a zip may hold one name twice
            name += "+"
        inner, length = hashlib.sha256(table.data).hexdigest(), len(table.data)
        if any(table.why):
            found[name] = _left("not-checked", "", 0, "", *table.why)
            continue
        form, said = kinds.contents(table.data[:4096]), inside.get(name, dataset)
        found[name] = _of_file(
            table.data, PurePosixPath(table.name).name, form, said, digest=inner, size=length
        )
    told = _left("not-checked", digest, size, "ZIP", f"zip の中の {len(found):,} 個の表を、それぞれ1つのファイルとして確認しました。",
                 f"The {len(found):,} tables in the zip were each looked at as a file of its own.")  # fmt: skip
    return replace(told, inside=tuple(found.items()))


def _of_file(data: bytes, name: str, form: str, dataset: str, *, digest: str, size: int) -> Seen:
    """`digest` and `size` are those of the file that was fetched."""
    if form == "ole" and (old := _of_old_book(data, name, dataset, digest=digest, size=size)):
        return old
    if form not in ("text", "zip", "html", "markup", "") or form == "markup":
        ja, en = kinds.WORDS[form]
        word = "XLS" if form == "ole" else form.upper()
        return _left("not-checked", digest, size, word, f"中身は{ja}です。表として確かめられない形式のため、確認していません。",
                     f"It is {en}, a form that cannot be judged as a table, so it was not checked.")  # fmt: skip
    choice = check.choose(dataset or None, None, 0)
    judged = check.judge_seen(data, name, choice)
    return _told(judged, data, name=name, digest=digest, size=size)


def _of_old_book(data: bytes, name: str, dataset: str, *, digest: str, size: int) -> Seen | None:
    """The sheet of an xls that is most like a dataset, as validate chooses among those of an xlsx; None where there is
    nothing to read. That it is an xls is one thing to improve, and repairs of it were not tried: odtool fix takes none."""
    choice = check.choose(dataset or None, None, 0)

    def worth(sheet: bytes) -> tuple[float, int]:
        found = check.recognise(sheet, name, choice)
        return (found.matches[0].score if found.table and found.matches else 0.0), len(sheet)

    found = oldbook.sheets(data)
    if not found:
        return None
    sheet = max(found, key=worth) if len(found) > 1 else found[0]
    judged = check.judge_seen(sheet, name, choice)
    told = _told(judged, sheet, name=name, digest=digest, size=size)
    told = replace(told, format="XLS", levels=(None, None, None))
    if told.verdict == "not-checked":
        return told
    return replace(told, warnings=told.warnings + 1, fixable=None if told.errors else 0,
                   why="古い形式の Excel（xls）です。CSV か xlsx でも公開してください。",
                   why_en="It is an old Excel file (xls): publish it as CSV or xlsx, too.")  # fmt: skip


def _told(judged: check.Judged, data: bytes, *, name: str, digest: str, size: int) -> Seen:
    report, table = judged.report, judged.table
    match = report.match
    form = report.form.format.upper() if report.form else "ZIP" if data.startswith(b"PK") else ""
    if match is None or report.status == "not-checked":
        why, why_en = _not_national(report)
        return Seen("not-checked", digest, size, form, rows=report.rows or None, levels=_levels(data, name, judged) if table else (None,) * 3,
                    municipalities=report.municipalities, why=why, why_en=why_en)  # fmt: skip
    errors = report.counts["error"]
    # What makes the file invalid comes first, however common all else is.
    errs = {found.rule for found in report.findings if found.severity == "error"}
    commonest = sorted(report.totals.items(), key=lambda entry: (entry[0] not in errs, -entry[1], entry[0]))[
        :RULES_TOLD
    ]
    return Seen(
        "invalid" if report.status == "invalid" else "valid",
        digest,
        size,
        form,
        slug=match.dataset.slug,
        edition=match.dataset.edition,
        dataset=match.dataset.id,
        errors=errors,
        warnings=report.counts["warning"],
        fixable=_mendable(table, match, errors, len(data), name) if errors and table else 0,
        rules=" ".join(f"{rule}={count}" for rule, count in commonest),
        rows=report.rows,
        levels=_levels(data, name, judged),
        municipalities=report.municipalities,
        days=tuple(dates.in_rows(table, match)),
    )


def _not_national(report: FileReport) -> tuple[str, str]:
    if report.status == "not-checked" and report.reason and report.reason.startswith("「"):
        return report.reason, report.reason_en or ""  # a standard of somebody else's
    if report.status == "invalid":
        return (
            "表として読めないため、確認していません。",
            "It cannot be read as a table, so it was not checked.",
        )
    return (
        "国のデータセットの項目名ではないため、確認していません。",
        "It has not the columns of a national dataset, so it was not checked.",
    )


def _mendable(table: Table, match: Match, errors: int, size: int, name: str) -> int | None:
    """How many of the errors a certain repair takes away; None where the file is too large to try."""
    if size > CLOSE_LOOK:
        return None
    if unreadable(table):
        return 0
    mended = write_all(fix(table, match, name=name).table)
    after = check.judge(mended, name, check.Choice(match.dataset, 0))[0].counts["error"]
    return max(0, errors - after)


def _levels(data: bytes, name: str, judged: check.Judged) -> tuple[int | None, int | None, int | None]:
    if len(data) > CLOSE_LOOK:
        return None, None, None
    first, second, third = (
        score.points for score in readable(gather(data, name, name, catalog.index(), judged=judged)).scores
    )
    return first, second, third


def _left(verdict: Verdict, digest: str, size: int, form: str, *why: str) -> Seen:
    """What is left unjudged, with why in both languages."""
    ja, en = why
    return Seen(verdict, digest, size, form, why=ja, why_en=en)


def promised(form: str, url: str) -> bool:
    """Whether the portal calls a file a table, by its stated form or its extension."""
    return form in TABLES or _suffix(url) in (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".zip")


def worth_fetching(form: str, url: str) -> bool:
    """Whether a file may hold a table: it is called one, or nothing is said of what it is."""
    return promised(form, url) or (not form and _suffix(url) not in kinds.KINDS)


def _suffix(url: str) -> str:
    return PurePosixPath(url.partition("?")[0].partition("#")[0]).suffix.lower()


def hint(words: Sequence[str], slugs: Mapping[str, str]) -> str:
    """The slug that names, titles and tags alone suggest; "" for none, and for more than one."""
    known = tuple(slugs.items())
    found = frozenset[str]().union(*(_hinted(word, known) for word in words))
    return next(iter(found)) if len(found) == 1 else ""


def _own(title: str) -> str:
    """What of a title is its own: the word «オープンデータ» stands in titles of every kind, as in
    «消防水利施設一覧(自治体標準オープンデータセット)»."""
    return fold(title if title == "オープンデータ一覧" else title.removesuffix("一覧"))


@lru_cache(maxsize=1_024)  # a dataset's own name, title and tags are looked at with each of its files
def _hinted(word: str, slugs: tuple[tuple[str, str], ...]) -> frozenset[str]:
    named, folded = named_slug(word, dict(slugs)), fold(word)
    titled = {slug for slug, title in slugs if _own(title) in folded}
    return frozenset(titled | ({named} if named else set()))
