"""One dataset of one municipality: what was seen of it → its state.

Of several files the best counts, and each only once: the same bytes on two portals are one file, and a file that a newer
one of the same series replaced is none. What was not seen is never taken for unpublished.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from odtool.clock import JST
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import CellState
from odtool.text import fold

State = Literal[
    "published", "published-warnings", "published-errors", "stale", "not-seen", "refused", "ready", "none"
]
"""公開・適合, 公開・要改善, 公開・不適合, 期限切れ, 確認できず; and three kinds of 未公開: a file of ours that was held back, one
that could be published, nothing known."""

NEVER = datetime.min.replace(tzinfo=JST)
_PUBLIC = frozenset({"published", "published-warnings", "published-errors", "stale"})
_FIVE: dict[State, CellState] = {
    "published": "valid",
    "published-warnings": "improve",
    "published-errors": "invalid",
    "stale": "stale",
    "not-seen": "not-seen",
}
_RANK: dict[State, int] = {
    "published": 5,
    "published-warnings": 4,
    "stale": 3,
    "published-errors": 2,
    "not-seen": 1,
}
# What makes the titles of one series differ: this year's number, era or date.
_YEAR = re.compile(
    r"(令和|平成|(?<![a-z])[rh])(元|[0-9]{1,2})(?=年|[^0-9]|$)|(?<![0-9])(20[0-9]{2})(?![0-9])"
)
_FIRST = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988}  # the year before each first one
_YEARLY = re.compile(r"[0-9]+|令和|平成|昭和|元年|[hr](?=[0-9])|[年月日度末現在.,/_() -]")


@dataclass(frozen=True, slots=True)
class Cell:
    """One dataset of one municipality.

    `errors` and `warnings` belong to what `state` speaks of: the published file, or the checked one where none is
    published; `fixable` counts the errors that a certain repair mends, `rules` names the commonest («rule=count …»).
    `newer_errors` are those of a file checked after the publication. `updated` is the day the data are of, `expected`
    the days after which the next is due, as `expected_by` says; None where nobody says. `open` is whether anybody may use them. `files` is how
    many different files were seen. `seen_at` is when a portal was last looked at, None where only the ledger speaks;
    `before` is how the cell was before it could not be seen. `why` is the collector's word, in both languages.
    `hint` is the title and the id of a file that is called like this dataset and was not recognised as it: a question to
    an officer, and where nobody could look into it, a reason not to call the dataset unpublished. `missed` is the day on
    which its portal could not be read any more, `until` the day since which it is unpublished, having been `before`.
    """

    state: State = "none"
    edition: str = ""
    published_at: datetime | None = None
    checked_at: datetime | None = None
    errors: int = 0
    warnings: int = 0
    newer_errors: int = 0
    portal: str = ""
    url: str = ""
    fixable: int | None = 0
    rules: str = ""
    updated: str = ""
    updated_by: str = ""
    expected: int | None = None
    expected_by: Literal["portal", "settings", ""] = ""
    licence: str = ""
    open: bool | None = None
    format: str = ""
    levels: tuple[int | None, int | None, int | None] = (None, None, None)
    files: int = 0
    dead: bool = False
    there: bool = False
    seen_at: datetime | None = None
    before: CellState = "none"
    why: tuple[str, str] = ("", "")
    hint: tuple[str, str] = ("", "")
    missed: str = ""
    until: str = ""

    @property
    def five(self) -> CellState:
        """One of the five states, or that it was not seen."""
        return _FIVE.get(self.state, "none")

    @property
    def is_published(self) -> bool:
        """Whether it is surely on a portal; what could not be judged may be there all the same."""
        return self.state in _PUBLIC or self.there

    @property
    def when(self) -> datetime | None:
        """When the state came about."""
        return self.published_at or self.seen_at or self.checked_at

    @property
    def one_step(self) -> bool:
        """あと一歩: there are errors, and a certain repair mends them all."""
        return self.errors > 0 and self.fixable is not None and self.fixable >= self.errors

    @property
    def judges_age(self) -> bool:
        """Whether it is known when the data must be renewed; where not, nothing is ever called stale."""
        return self.expected is not None and bool(self.updated)


@lru_cache(maxsize=4096)  # one look notes thousands of files under one time
def moment(written: str) -> datetime:
    """When it was, in Japan. A time without a zone was Japan's; one that cannot be read was long ago."""
    try:
        at = datetime.fromisoformat(written)
        return at.replace(tzinfo=JST) if at.tzinfo is None else at.astimezone(JST)
    except (ValueError, OverflowError):
        return NEVER


def known(at: datetime) -> datetime | None:
    return None if at == NEVER else at


def overdue(updated: str, expected: int | None, today: date) -> int:
    """The days since an update was due; 0 where none is, or where nobody says when."""
    if expected is None or not updated:
        return 0
    try:
        return max(0, (today - date.fromisoformat(updated[:10])).days - expected)
    except ValueError:
        return 0


def seen_cell(files: Sequence[Observation], today: date) -> Cell:
    """The cell of these files, of each its last observation, or two where the last one did not see it."""
    now, past = _latest(files)
    different = {file.sha256 or (file.source, file.dataset_name, file.resource) for file in now}
    candidates = [(_of_file(file, today), file) for file in _current(now)]
    best, file = max(candidates, key=lambda found: _standing(found[0], found[1]))
    if best.state == "not-seen" and not best.there:
        last = past.get((file.source, file.dataset_name, file.resource))
        before = _of_file(last, today) if last else Cell()
        best = replace(before, state="not-seen", before=before.five, seen_at=best.seen_at, why=best.why, errors=0, warnings=0, fixable=0)  # fmt: skip
    return best if len(different) == 1 else replace(best, files=len(different))


def unread(file: Observation) -> bool:
    """Whether nobody could look into it, so that what it is called is all there is to go by."""
    return not file.slug and (file.alive is False or file.verdict == "not-seen" or (file.verdict == "not-checked" and file.rows is None))  # fmt: skip


def hinted_cell(file: Observation) -> Cell:
    """The cell of a file that is called like the dataset and that nobody could look into: neither published nor not."""
    return Cell(
        state="not-seen", portal=file.source, url=file.url, format=file.format, dead=file.alive is False,
        seen_at=known(moment(file.at)), why=(file.why, file.why_en or file.why),
    )  # fmt: skip


def better(one: Cell, other: Cell) -> Cell:
    """The better of two cells; the first where they are equally good."""
    return other if _RANK.get(other.state, 0) > _RANK.get(one.state, 0) else one


def _latest(
    files: Iterable[Observation],
) -> tuple[list[Observation], dict[tuple[str, str, str], Observation]]:
    """The last observation of each file; the last at which it was seen, of those that were not seen."""
    now: dict[tuple[str, str, str], Observation] = {}
    seen: dict[tuple[str, str, str], Observation] = {}
    for file in files:
        key = (file.source, file.dataset_name, file.resource)
        if key not in now or moment(file.at) >= moment(now[key].at):
            now[key] = file
        if file.verdict != "not-seen" and (key not in seen or moment(file.at) >= moment(seen[key].at)):
            seen[key] = file
    return list(now.values()), seen


def _current(files: list[Observation]) -> list[Observation]:
    """Without what a newer file of the same series replaced: last year's population beside this year's."""
    if len(files) == 1:
        return files
    newest: dict[tuple[str, str, str], str] = {}
    ages = [_age(file) for file in files]
    for file, age in zip(files, ages, strict=True):
        if age and file.verdict in ("valid", "invalid"):
            newest[_series(file)] = max(newest.get(_series(file), ""), age)
    return [
        file
        for file, age in zip(files, ages, strict=True)
        if not age or age >= (last := newest.get(_series(file), "")) or last.startswith(age)
    ]


def _age(file: Observation) -> str:
    """The day of the data, or the year alone where the title names no more: enough to say which of two is newer."""
    if file.updated:
        return file.updated
    found = [*_YEAR.finditer(unicodedata.normalize("NFKC", file.title).lower())]
    if not found:
        return ""
    era, number, year = found[-1].groups()
    return year or str(_FIRST[era] + (1 if number == "元" else int(number)))


def _series(file: Observation) -> tuple[str, str, str]:
    return file.source, file.dataset_name, _YEARLY.sub("", fold(file.title))


def _standing(cell: Cell, file: Observation) -> tuple[int, int, int, str, datetime]:
    return _RANK.get(cell.state, 0), -cell.errors, file.edition == "standard", file.updated, moment(file.at)


def _of_file(file: Observation, today: date) -> Cell:
    state, dead, there = _judged(file, today)
    return Cell(
        state=state, edition=file.edition, portal=file.source, url=file.url, errors=file.errors, warnings=file.warnings,
        fixable=None if file.fixable is None else min(file.fixable, file.errors), rules=file.rules, updated=file.updated, updated_by=file.updated_by,
        expected=file.expected, expected_by=file.expected_by, licence=file.licence, open=file.open, format=file.format, levels=file.levels, files=1,
        dead=dead, there=there, seen_at=known(moment(file.at)), why=(file.why, file.why_en or file.why),
    )  # fmt: skip


def _judged(file: Observation, today: date) -> tuple[State, bool, bool]:
    """The state; whether the link is dead; whether the file is there though nobody could judge it."""
    if file.alive is False:  # the portal lists it, and nobody can have it
        return "published-errors", True, False
    if file.verdict == "not-seen":
        return "not-seen", False, False
    if file.verdict == "not-checked":
        return "not-seen", False, True
    if file.verdict == "invalid" or file.errors:
        return "published-errors", False, False
    if overdue(file.updated, file.expected, today):
        return "stale", False, False
    return ("published-warnings" if file.warnings or file.open is False else "published"), False, False
