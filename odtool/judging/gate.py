"""The gate for personal data: columns judged together, rows that belong to people, sheets nobody looks at.

A single value proves little – one in ten of any twelve-digit numbers could be a My Number, and parks are named
after people. So a column is judged by its name and by the share of its values, and its neighbours count.
Looks at the first rows of a table; the rules on single cells (`odtool.rules.safety`) see all of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from odtool import privacy
from odtool.model import Field, Finding, Grid, Match, Table
from odtool.rules import safety
from odtool.text import column_letter, is_blank, narrow, visible

if TYPE_CHECKING:  # only workbooks need zip and XML
    from odtool.table.hidden import Hidden, Traces
    from odtool.table.workbook import Sheet

LOOKED_AT = 2_000  # rows from which the nature of a column is told
FEW = 3  # values from which a share says something
MOST = 0.5  # share from which a column is taken to consist of such values
LONG = 1_000  # characters of a cell that are looked at here
PART, NEARLY_ALL = 0.3, 0.95
WIDEST = 16_384  # columns of a table, empty or not; more do not fit into a spreadsheet
HEAD = 30  # first rows whose width counts


@dataclass(frozen=True)
class Column:
    """A column as the gate sees it, with its filled values. `field` is what the dataset defines it to be, None where
    it does not."""

    number: int
    label: str
    values: tuple[str, ...]
    field: Field | None

    @cached_property
    def different(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.values))

    def share(self, test: Callable[[str], object]) -> float:
        """The share of the different values for which the test holds."""
        return self.count(test) / max(len(self.different), 1)

    def count(self, test: Callable[[str], object]) -> int:
        return sum(bool(test(value)) for value in self.different)

    def mostly(self, test: Callable[[str], object], few: int = FEW) -> bool:
        return len(self.different) >= few and self.share(test) >= MOST


def personal(table: Table, match: Match | None) -> Iterator[Finding]:
    """What looks personal in the table that is to be published."""
    known = {f.name: f for f in match.dataset.fields} if match else {}
    fields = {m.column: known.get(m.field or "") for m in match.mapping} if match else {}
    records = list(islice(table.grid.records(), table.header_row, table.header_row + LOOKED_AT))
    columns = _columns(table.labels, records, fields)
    yield from judged(columns)
    yield from _rows(columns, records, table.header_row + 1)


def _columns(
    labels: Sequence[str], records: Sequence[Sequence[str]], fields: dict[int, Field | None]
) -> list[Column]:
    labels = labels[: safety.MOST_COLUMNS]
    cells = list(islice(zip_longest(*records, fillvalue=""), len(labels)))
    cells += [()] * (len(labels) - len(cells))
    return [
        Column(
            n,
            label,
            tuple(cell[:LONG] for cell in dict.fromkeys(column) if cell and not cell.isspace()),
            fields.get(n),
        )
        for n, (label, column) in enumerate(zip(labels, cells, strict=True), 1)
    ]


def judged(columns: Sequence[Column]) -> Iterator[Finding]:
    """The columns that look personal, each found once, on the strongest ground there is."""
    own = [column for column in columns if column.field is None and column.values]
    told: set[int] = set()
    for column in columns:
        if number := _number(column):
            told.add(column.number)
            yield number
    people = [column for column in own if column.number not in told and _is_people(column)]
    private = [
        column for column in own if column.number not in told and not privacy.names_an_office(column.label)
    ]
    about = [
        (column, told_of)
        for column in own
        if column.number not in told and (told_of := _about(column, people))
    ]
    for column, (what, what_en, reason, reason_en) in about:
        yield safety.personal_column.finding(
            column=column.number,
            label=column.label,
            what=what,
            what_en=what_en,
            reason=reason,
            reason_en=reason_en,
            advice="個人の情報は公開できません。列ごと消してください。",
            advice_en="What is told of people is not published: delete the column.",
        )
    named = [column.label or column_letter(column.number) for column, _ in about]
    homes = [c.label for c in own if privacy.names_address(c.label) and c.mostly(privacy.is_address, 1)]
    for column in people:
        others = named or (homes if column in private else [])
        yield _people(column, others, strong=column in private)
    yield from _contacts(own, {column.number for column, _ in about} | told)


def _number(column: Column) -> Finding | None:
    """The finding on a column of individual numbers. In columns of the dataset only strong evidence counts."""
    numbers = privacy.of_twelve_digits(column.different)
    says = privacy.SAYS_NUMBER.search(column.label)
    if not numbers or (column.field is not None and column.field.kind != "text" and not says):
        return None
    right = sum(privacy.has_check_digit(privacy.twelve_digits(value) or "0" * 12) for value in numbers)
    share = right / len(numbers)
    where = {"column": column.number, "label": column.label}
    reason = f"12桁の番号{len(numbers):,}個のうち{right:,}個が検査数字と合います"
    reason_en = f"{right:,} of {len(numbers):,} twelve-digit numbers have the right check digit"
    if says:
        return safety.personal_number.finding(
            **where,
            reason=f"項目名と、12桁の番号{len(numbers):,}個",
            reason_en=f"its name, and {len(numbers):,} numbers",
        )
    coded = privacy.names_code(column.label)
    # By chance, all of three numbers are right once in a thousand times; in a column of codes that is not enough.
    if share >= 0.8 and right >= (5 if coded else 1):
        return safety.personal_number.finding(**where, reason=reason, reason_en=reason_en)
    if share >= 0.8 and right >= FEW - 1:
        return safety.personal_number.finding(severity="warning", **where, reason=reason, reason_en=reason_en)
    return None


def _is_people(column: Column) -> bool:
    if privacy.names_a_person(column.label):
        return column.share(privacy.is_person) >= 0.2 or column.count(privacy.is_person) >= FEW
    # Rare names are not known; where all values are written as names are, a part of them being known is enough.
    return column.mostly(privacy.is_person) or (
        column.count(privacy.is_person) >= FEW
        and column.share(privacy.is_person) >= PART
        and column.share(privacy.is_like_a_name) >= NEARLY_ALL
    )


def _about(column: Column, people: Sequence[Column]) -> tuple[str, str, str, str] | None:
    """What a column tells of people, and the ground for thinking so, in both languages."""
    label, name, name_en = column.label, "項目名", "its name"
    if privacy.names_birth(label) and column.mostly(privacy.year_of, 1):
        return "生年月日", "birth dates", name, name_en
    if privacy.names_home(label) and column.mostly(privacy.is_address, 1):
        return "自宅の住所", "home addresses", name, name_en
    if privacy.names_secret(label):
        return "個人についての情報", "what is told of people", name, name_en
    phones = column.count(privacy.mobile)
    if phones and (privacy.names_own_phone(label) or column.mostly(privacy.mobile, 2)):
        return (
            "個人の電話番号",
            "people's telephone numbers",
            f"携帯電話の番号{phones:,}個",
            f"{phones:,} mobile numbers",
        )
    mails = column.count(privacy.personal_mail)
    if mails and column.mostly(privacy.personal_mail, 2):
        return (
            "個人のメールアドレス",
            "people's mail addresses",
            f"個人用のアドレス{mails:,}個",
            f"{mails:,} private addresses",
        )
    years = [year for value in column.different if (year := privacy.year_of(value))]
    if people and len(years) >= FEW and len(years) >= MOST * len(column.different):
        spread = max(years) - min(years)
        if spread >= 15 and not privacy.names_another_day(label):
            return ("生年月日", "birth dates", f"氏名の列があり、日付が{spread}年にわたります",
                    f"there are names, and the dates span {spread} years")  # fmt: skip
    return None


def _people(column: Column, others: Sequence[str], *, strong: bool) -> Finding:
    count = column.count(privacy.is_person)
    reason, reason_en = f"人の名前{count:,}個", f"{count:,} names of people"
    if others:
        labels = [visible(label, 20) for label in others[:4]]
        advice = f"「{'」「'.join(labels)}」と組で個人が分かります。列ごと消してください。"
        advice_en = f"With “{'”, “'.join(labels)}” they tell who a person is. Delete the column."
    elif strong:
        advice, advice_en = (
            "定義にない個人の氏名は公開できません。列ごと消してください。",
            ("The definition has no names of people. Delete the column."),
        )
    else:
        advice, advice_en = "公開してよい名前か確かめてください。", "Check that these names may be published."
    return safety.personal_name.finding(
        severity="error" if strong or others else "warning", column=column.number, label=column.label,
        reason=reason, reason_en=reason_en, advice=advice, advice_en=advice_en,
    )  # fmt: skip


def _contacts(columns: Sequence[Column], told: set[int]) -> Iterator[Finding]:
    """Contact columns that the dataset does not define, with a few numbers or addresses of people among others."""
    for column in columns:
        if column.number in told:
            continue
        where = {
            "severity": "warning",
            "column": column.number,
            "label": column.label,
            "advice": "個人のものは消してください。",
            "advice_en": "Delete those that are people's.",
        }
        if privacy.names_phone(column.label) and (count := column.count(privacy.mobile)):
            yield safety.personal_column.finding(
                **where, what="個人の電話番号を含むかもしれない連絡先", what_en="contacts, some of which may be people's",
                reason=f"携帯電話の番号{count:,}個", reason_en=f"{count:,} mobile numbers",
            )  # fmt: skip
        elif privacy.names_mail(column.label) and (count := column.count(privacy.personal_mail)):
            yield safety.personal_column.finding(
                **where, what="個人のメールアドレスを含むかもしれない連絡先", what_en="contacts, some of which may be people's",
                reason=f"個人用のアドレス{count:,}個", reason_en=f"{count:,} private addresses",
            )  # fmt: skip


def _rows(columns: Sequence[Column], records: Sequence[Sequence[str]], first: int) -> Iterator[Finding]:
    """Rows of people among those of places: named like a person, with a mobile telephone."""
    phones = [
        c for c in columns if c.field is not None and c.field.kind == "phone" and c.count(privacy.mobile)
    ]
    if not phones:  # told first: most tables have none, and names take long to tell
        return
    names = [
        c
        for c in columns
        if (c.field is None or c.field.kind == "text")
        and not privacy.names_an_office(c.label)
        and not privacy.names_phone(c.label)
        and c.count(privacy.is_person)
    ]
    if not names:
        return
    suspects = [
        (row, [_at(record, c.number) for c in names])
        for row, record in enumerate(records, first)
        if any(privacy.mobile(_at(record, c.number)[:LONG]) for c in phones)
    ]
    # Rare names are not known: beside a known one, whatever is written like a name counts.
    rows = [row for row, cells in suspects if any(map(privacy.is_like_a_name, cells))]
    known = [row for row, cells in suspects if any(map(privacy.is_person, cells))]
    if known and len(rows) >= 2:
        shown = "、".join(map(str, rows[:10])) + ("…" if len(rows) > 10 else "")
        yield safety.personal_rows.finding(
            row=rows[0], column=names[0].number, label=names[0].label, count=len(rows), rows=shown
        )


# --- sheets and comments --------------------------------------------------------------------------------------


def reason_in_text(text: str) -> tuple[str, str] | None:
    """Why a text alone looks personal, in both languages."""
    digits = privacy.twelve_digits(text)
    if digits and (privacy.SAYS_NUMBER.search(text) or privacy.has_check_digit(digits)):
        return "マイナンバーに見える番号", "a number like a My Number"
    if found := privacy.mobile(text):
        return f"携帯電話の番号 {found}", f"the mobile number {found}"
    if found := privacy.personal_mail(text):
        return f"個人用のメールアドレス {found}", f"the private address {found}"
    return None


def reason_in_sheet(rows: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """Why a sheet without a dataset looks personal, in both languages; None where it does not.

    Its header is taken to be the row with the most filled cells among the first ones.
    """
    head = [sum(not is_blank(cell) for cell in row) for row in rows[:10]]
    if not head or not max(head):
        return None
    at = head.index(max(head))
    columns = _columns(rows[at], rows[at + 1 : at + 1 + LOOKED_AT], {})
    # The first row of a bare list is data itself; so is what stands above a header.
    bare = [Column(c.number, "", (rows[at][c.number - 1], *c.values), None) for c in columns]
    for finding in (*judged(columns), *judged(bare)):
        if finding.severity == "error":
            column = column_letter(finding.column or 1)
            label = f"「{visible(finding.label, 20)}」" if finding.label else ""
            said = finding.facts
            what = {
                "personal-number": ("マイナンバー", "My Numbers"),
                "personal-name": ("氏名", "names of people"),
            }.get(finding.rule, (said.get("what", ""), said.get("what_en", "")))
            return f"{column}列{label}が{what[0]}とみられます", f"column {column} looks like {what[1]}"
    contact = {c.number for c in columns if privacy.names_phone(c.label) or privacy.names_mail(c.label)}
    for row in rows[:LOOKED_AT]:
        for number, cell in enumerate(row, 1):
            looked_at = number not in contact and privacy.has_signs(cell) and not narrow(cell).isdigit()
            if looked_at and (reason := reason_in_text(cell)):
                return reason
    return None


def other_sheets(grids: Iterable[Grid]) -> Iterator[Finding]:
    """What looks personal in visible sheets that are not the published one."""
    for grid in grids:
        if reason := reason_in_sheet(list(islice(grid.records(), LOOKED_AT))):
            yield _sheet(grid.form.sheet or "", reason, "公開しない", "unpublished")


def _sheet(name: str, reason: tuple[str, str], kind: str, kind_en: str) -> Finding:
    return safety.personal_sheet.finding(
        sheet=name, reason=reason[0], reason_en=reason[1], kind=kind, kind_en=kind_en
    )


def in_book(sheets: "Sequence[Sheet]", traces: "Hidden") -> tuple[Finding, ...]:
    """What a book keeps besides its visible cells, whichever of its sheets is published."""
    found = [
        _sheet(sheet.name, reason, "非表示の", "hidden")
        for sheet in sheets
        if sheet.hidden and (reason := reason_in_sheet(sheet.rows[:LOOKED_AT]))
    ]
    comments = [
        (f"{name}!{cell}", text) for name, trace in traces.sheets.items() for cell, text in trace.comments
    ]
    suspects = [(cell, reason) for cell, text in comments if (reason := reason_in_text(text))]
    for cell, reason in suspects[:1]:
        found.append(safety.personal_comment.finding(cells=cell, reason=reason[0], reason_en=reason[1]))
    if comments and not suspects:
        shown = "、".join(cell for cell, _ in comments[:5]) + ("…" if len(comments) > 5 else "")
        found.append(safety.comment_left.finding(count=len(comments), cells=shown))
    authors = [name for name in traces.authors if privacy.author(name) is not None]
    if authors:
        severity = "warning" if any(map(privacy.author, authors)) else "hint"
        found.append(safety.author_left.finding(severity=severity, names="、".join(authors)))
    return tuple(found)


def in_sheet(sheet: "Sheet", trace: "Traces | None") -> tuple[Finding, ...]:
    """Hidden columns and rows of one sheet, where they hold values."""
    found: list[Finding] = []
    if trace is None:
        return ()
    width = max(map(len, sheet.rows), default=0)
    columns = [
        n for n in trace.columns if n <= width and any(not is_blank(_at(row, n)) for row in sheet.rows)
    ]
    if columns:
        head = max(sheet.rows[:10], key=lambda row: sum(not is_blank(cell) for cell in row))
        labels = [visible(_at(head, n), 20) for n in columns[:10]]
        found.append(
            safety.column_hidden.finding(
                column=columns[0],
                columns="、".join(map(column_letter, columns[:10])) + ("…" if len(columns) > 10 else ""),
                labels="」「".join(labels),
                labels_en="”, “".join(labels),
            )
        )
    rows = [n for n in trace.rows if n <= len(sheet.rows) and not all(map(is_blank, sheet.rows[n - 1]))]
    if rows:
        shown = "、".join(map(str, rows[:10])) + ("…" if len(rows) > 10 else "")
        found.append(safety.row_hidden.finding(row=rows[0], count=len(rows), rows=shown))
    return tuple(found)


def _at(row: Sequence[str], column: int) -> str:
    return row[column - 1] if column <= len(row) else ""


def too_wide(grid: Grid) -> Finding | None:
    """The refusal of a table with more columns than are judged; trailing empty ones do not count."""
    widest = 0
    for record in islice(grid.records(), HEAD):
        if len(record) > safety.MOST_COLUMNS:
            widest = max(widest, len(record) if len(record) > WIDEST else _filled(record))
    return (
        safety.columns_too_many.finding(count=widest, most=safety.MOST_COLUMNS)
        if widest > safety.MOST_COLUMNS
        else None
    )


def _filled(record: Sequence[str]) -> int:
    """The number of the last filled cell."""
    return next((n for n in range(len(record), 0, -1) if not is_blank(record[n - 1])), 0)
