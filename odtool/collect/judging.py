"""The bytes of a published file → what they are and how good, by their contents alone: names decide nothing here."""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from odtool import catalog, check, elsewhere
from odtool.assets import kinds
from odtool.collect import dates
from odtool.fix import fix, unreadable
from odtool.model import FileReport, Match, Table
from odtool.observation import Verdict
from odtool.readability import judge as readable
from odtool.readability.gather import gather
from odtool.rules.file import named_slug
from odtool.text import fold
from odtool.write import write_all

TABLES = frozenset(
    {"CSV", "TSV", "TXT", "XLSX", "XLSM", "XLS", "ZIP", "EXCEL", "EXCEL (XLSX)", "XLSX/XLS", "CSVファイル"}
)
ZIPPED = 200_000_000  # bytes that a zip may unpack to
RATIO = 200  # times its size
MEMBERS = 2_000
CLOSE_LOOK = (
    5_000_000  # bytes up to which repairs are tried and the 30 rules judged: both hold the whole table
)
RULES_TOLD = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file is. `municipalities` and `days` are those its rows name. `why` is said where it was not judged."""

    verdict: Verdict
    sha256: str
    size: int
    format: str
    slug: str = ""
    edition: str = ""
    dataset: str = ""
    errors: int = 0
    warnings: int = 0
    fixable: int = 0
    rules: str = ""
    rows: int | None = None
    levels: tuple[int | None, int | None, int | None] = (None, None, None)
    municipalities: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    why: str = ""
    why_en: str = ""


def seen(data: bytes, name: str, *, dataset: str = "", promised: bool = True) -> Seen:
    """Judge the bytes of a file called `name`; as `dataset` where an officer said what it is, else as what its columns
    show it to be. `promised` says whether the portal calls it a table: a web page that came instead is then none."""
    digest, size = hashlib.sha256(data).hexdigest(), len(data)
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
    inner, why = _unzipped(data) if form == "zip" else ((name, data), ("", ""))
    if inner is None:
        return _left("not-checked", digest, size, "ZIP", *why)
    name, data = inner
    if form == "zip":
        form = kinds.contents(data[:4096])
    if form not in ("text", "zip", "html", "markup", "") or form == "markup":
        ja, en = kinds.WORDS[form]
        word = "XLS" if form == "ole" else form.upper()
        return _left("not-checked", digest, size, word, f"中身は{ja}です。表として確かめられない形式のため、確認していません。",
                     f"It is {en}, a form that cannot be judged as a table, so it was not checked.")  # fmt: skip
    choice = check.choose(dataset or None, None, 0)
    judged = check.judge_seen(data, name, choice)
    return _told(judged.report, judged.table, data, name=name, digest=digest, size=size)


def _told(report: FileReport, table: Table | None, data: bytes, *, name: str, digest: str, size: int) -> Seen:
    match = report.match
    form = report.form.format.upper() if report.form else "ZIP" if data.startswith(b"PK") else ""
    if match is None or report.status == "not-checked":
        why, why_en = _not_national(report)
        return Seen("not-checked", digest, size, form, rows=report.rows or None, levels=_levels(data, name) if table else (None,) * 3,
                    municipalities=report.municipalities, why=why, why_en=why_en)  # fmt: skip
    errors = report.counts["error"]
    commonest = sorted(report.totals.items(), key=lambda entry: (-entry[1], entry[0]))[:RULES_TOLD]
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
        levels=_levels(data, name),
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


def _mendable(table: Table, match: Match, errors: int, size: int, name: str) -> int:
    """How many of the errors a certain repair takes away."""
    if size > CLOSE_LOOK or unreadable(table):
        return 0
    mended = write_all(fix(table, match, name=name).table)
    after = check.judge(mended, name, check.Choice(match.dataset, 0))[0].counts["error"]
    return max(0, errors - after)


def _levels(data: bytes, name: str) -> tuple[int | None, int | None, int | None]:
    if len(data) > CLOSE_LOOK:
        return None, None, None
    first, second, third = (
        score.points for score in readable(gather(data, name, name, catalog.index())).scores
    )
    return first, second, third


def _left(verdict: Verdict, digest: str, size: int, form: str, *why: str) -> Seen:
    """What is left unjudged, with why in both languages."""
    ja, en = why
    return Seen(verdict, digest, size, form, why=ja, why_en=en)


def _unzipped(data: bytes) -> tuple[tuple[str, bytes] | None, tuple[str, str]]:
    """The one table in a zip, or the workbook that it is; else why there is none."""
    broken = (
        "zip として読めないため、確認していません。",
        "It cannot be read as a zip, so it was not checked.",
    )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            if "[Content_Types].xml" in names or "mimetype" in names or elsewhere.of_archive(data):
                return ("", data), ("", "")
            wanted = [
                info for info in infos[:MEMBERS]
                if PurePosixPath(info.filename).suffix.lower() in (".csv", ".tsv", ".xlsx") and not info.is_dir()
                and not kinds.is_litter(PurePosixPath(info.filename).name)
            ]  # fmt: skip
            if len(wanted) != 1:
                return None, (
                    f"zip の中に表が {len(wanted)} 個あります。1個の場合だけ中身を確認します。",
                    f"The zip holds {len(wanted)} tables; its contents are checked where there is one.",
                )
            info = wanted[0]
            if info.flag_bits & 1:
                return None, (
                    "zip にパスワードがかかっているため、確認していません。",
                    "The zip is locked with a password, so it was not checked.",
                )
            most = min(ZIPPED, max(RATIO * len(data), 1_000_000))
            with archive.open(info) as file:
                content = file.read(most + 1)
            if len(content) > most:
                return None, (
                    "zip を開くと大きくなりすぎるため、確認していません。",
                    "The zip unpacks to too much, so it was not checked.",
                )
            return (PurePosixPath(info.filename).name, content), ("", "")
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
        EOFError,
        IndexError,
    ):
        return None, broken
    except Exception as error:
        if type(error).__name__ in ("error", "LZMAError"):  # zlib's and lzma's own
            return None, broken
        raise


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
    found = {slug for word in words for slug in (named_slug(word, slugs),) if slug}
    folded = [fold(word) for word in words]
    for slug, title in slugs.items():
        bare = fold(title.removesuffix("一覧"))
        if any(bare in word for word in folded):
            found.add(slug)
    return found.pop() if len(found) == 1 else ""
