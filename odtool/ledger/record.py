"""The ledger: every run, plan, call, answer, publication, read-back and withdrawal, in one SQLite file, append only.

Rows are never changed or removed, which triggers in the database itself hold to. Every entry is in the file when the
call that notes it returns, and survives the death of the program. What no later look at the portal could find out
again (a publication, a withdrawal, how a run began and ended) also survives that of the machine: there the ledger
waits for the disk. It does not for the rest, which would be 1,500 times in a large run; the next entry that waits takes
all before it along. (NORMAL and FULL in WAL mode: https://www.sqlite.org/pragma.html#pragma_synchronous)
"""

import getpass
import hashlib
import platform
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, replace
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

from odtool import __version__
from odtool.errors import OdtoolError, UsageError
from odtool.ledger.journal import (
    Call,
    Check,
    Entry,
    Planned,
    PlannedItem,
    Publication,
    Readback,
    Run,
    RunEnd,
    Unpublished,
    Withdrawal,
)
from odtool.ledger.tables import (
    LATER,
    TABLES,
    Kind,
    column,
    comparison,
    flags,
    insertion,
    names,
    opened_to_read,
    opened_to_write,
    told,
)
from odtool.text import visible

__all__ = ["Check", "Ledger", "Publication", "Running", "ledger", "reading"]

LONGEST = 500  # characters of a text that comes from outside
E = TypeVar("E", bound=Entry)

_STANDING = (  # a publication p after which no withdrawal came that was seen to have worked
    "NOT EXISTS (SELECT 1 FROM withdrawals w WHERE w.verified AND w.portal = p.portal"  # noqa: S608 - our own names
    f" AND w.dataset_name = p.dataset_name AND w.file_name IN ('', p.file_name) AND w.{LATER} >= p.rowid)"
)
_LAST = "SELECT max(rowid) FROM publications WHERE portal = placed(?) GROUP BY dataset_name, file_name"
# Of each file its first row, its last, and the last that changed it: a run a night makes hundreds of others.
_TELLING = (
    f"WITH s AS (SELECT p.rowid AS n, p.* FROM publications p WHERE {_STANDING})"  # noqa: S608 - our own names
    " SELECT min(n) FROM s GROUP BY dataset_name, file_name, portal, municipality, slug"
    " UNION SELECT max(n) FROM s GROUP BY dataset_name, file_name, portal, municipality, slug"
    " UNION SELECT max(n) FROM s WHERE action <> 'unchanged' GROUP BY dataset_name, file_name, portal, municipality, slug"
)

# Of each file what changed it, what was judged otherwise than before, and what brought it back: a run a night makes
# hundreds of others. A withdrawal comes after the publications that were there before it.
_CHANGES = (
    f"SELECT n, {', '.join(names(Publication))} FROM (SELECT rowid AS n, p.*, lag(rowid) OVER w AS last, lag(errors > 0) OVER w AS erred,"  # noqa: S608 - our own names
    " lag(warnings > 0) OVER w AS warned FROM publications p WINDOW w AS (PARTITION BY dataset_name, file_name, portal"
    " ORDER BY rowid)) p WHERE action <> 'unchanged' OR last IS NULL OR erred <> (errors > 0) OR warned <> (warnings > 0)"
    " OR EXISTS (SELECT 1 FROM withdrawals w WHERE w.dataset_name = p.dataset_name AND w.portal = p.portal AND"
    f" w.verified AND w.{LATER} >= p.last AND w.{LATER} < p.n) ORDER BY n"
)


class Ledger:
    """Opened for one piece of work; may be used by several threads. Whatever fails is a UsageError."""

    def __init__(self, connection: sqlite3.Connection, path: str | Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = Lock()
        self._waits: bool | None = None

    # --- writing -------------------------------------------------------------------------------

    def note(self, *entries: Entry) -> None:
        """Write them down, all or none."""
        with self._lock, told(self._path):
            self._wait(any(map(_lasting, entries)))
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                for entry in entries:
                    self._connection.execute(insertion(type(entry)), _storable(astuple(entry)))

    def _wait(self, wanted: bool) -> None:
        if wanted is not self._waits:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if wanted else 'NORMAL'}")
            self._waits = wanted

    @contextmanager
    def run(self, command: str, *, portal: str, address: str, now: Callable[[], str]) -> Iterator["Running"]:
        """One run, from its beginning to its end, however it ends. `now` gives an ISO time with zone."""
        began = now()
        running = Running(self, f"{began[:19].translate(_BARE)}-{secrets.token_hex(3)}", now)
        self.note(Run(running.id, began, command, portal, address, _who(), __version__))
        try:
            yield running
        except BaseException as error:
            with suppress(UsageError):  # the ledger itself may be what failed
                self.note(_ended_by(error, running.id, now()))
            raise
        self.note(RunEnd(running.id, now(), running.code))

    # --- reading -------------------------------------------------------------------------------

    def checks(self) -> list[Check]:
        """All checks, oldest first."""
        return self.select(Check)

    def publications(self) -> list[Publication]:
        """All publications, oldest first."""
        return self.select(Publication)

    def standing(self) -> list[Publication]:
        """What was not taken off its portal afterwards, oldest first: of each file the first publication, the last, and
        the last that changed it."""
        return self._publications(f"p.rowid IN ({_TELLING})")

    def latest_checks(self) -> list[Check]:
        """The last check of each file as whatever dataset it was judged, oldest first."""
        last = "SELECT max(rowid) FROM checks GROUP BY path, municipality, slug"
        query = f"SELECT {', '.join(names(Check))} FROM checks WHERE rowid IN ({last}) ORDER BY rowid"  # noqa: S608 - our own names
        return self._read(Check, query, ())

    def changes(self) -> list[Publication | Withdrawal]:
        """All that made a difference to what is published, in the order in which it was noted."""
        query = f"SELECT {', '.join(names(Withdrawal))} FROM withdrawals WHERE verified ORDER BY rowid"  # noqa: S608 - our own names
        withdrawals = self._read(Withdrawal, query, ())
        with self._lock, told(self._path):
            found: list[tuple[int, int, Publication | Withdrawal]] = [
                (n, 0, Publication(*row)) for n, *row in self._connection.execute(_CHANGES)
            ]
            later = self._connection.execute(
                f"SELECT {LATER} FROM withdrawals WHERE verified ORDER BY rowid"  # noqa: S608 - our own names
            )
            # Another program may have noted one more in between.
            found += [(n, 1, entry) for (n,), entry in zip(later, withdrawals, strict=False)]
        return [entry for _, _, entry in sorted(found, key=lambda entry: entry[:2])]

    def days(self) -> list[str]:
        """The days (ISO) on which anything was published, changed or not, oldest first."""
        query = "SELECT DISTINCT substr(at, 1, 10) FROM publications ORDER BY 1"
        with self._lock, told(self._path):
            return [day for (day,) in self._connection.execute(query)]

    def published(self, portal: str) -> list[Publication]:
        """What odtool keeps on the portal of that address: the last publication of each file of each dataset,
        unless it was withdrawn since."""
        return self._publications(f"p.rowid IN ({_LAST}) AND {_STANDING}", portal)

    def renewals(self, portal: str) -> list[Publication]:
        """The publications on the portal of that address that changed something, oldest first."""
        return self._publications("p.portal = placed(?) AND p.action <> 'unchanged'", portal)

    def _publications(self, condition: str, *values: str) -> list[Publication]:
        columns = ", ".join(f"p.{name}" for name in names(Publication))
        query = f"SELECT {columns} FROM publications p WHERE {condition} ORDER BY p.rowid"  # noqa: S608 - our own names
        return self._read(Publication, query, values)

    def select(self, kind: type[E], **equal: str) -> list[E]:
        """The entries of a kind, oldest first, in which each of those fields has that value."""
        query = (
            f"SELECT {', '.join(names(kind))} FROM {TABLES[kind]} WHERE {_where(kind, equal)} ORDER BY rowid"  # noqa: S608 - our own names
        )
        return self._read(kind, query, tuple(equal.values()))

    def count(self, kind: Kind, by: str, **equal: str) -> dict[str, int]:
        """How many entries of a kind there are of each value of the field `by`."""
        query = (
            f"SELECT {column(kind, by)}, count(*) FROM {TABLES[kind]} WHERE {_where(kind, equal)} GROUP BY 1"  # noqa: S608 - our own names
        )
        with self._lock, told(self._path):
            found = self._connection.execute(query, tuple(equal.values()))
            return {str(value): number for value, number in found}

    def _read(self, kind: type[E], query: str, values: Sequence[str]) -> list[E]:
        true_or_false = flags(kind)
        made = cast(Callable[..., E], kind)
        with self._lock, told(self._path):
            rows = self._connection.execute(query, values)
            return [made(*(bool(v) if n in true_or_false else v for n, v in enumerate(row))) for row in rows]


class Running:
    """One run being written down: whatever it is told gets the run's id, and every call its number."""

    def __init__(self, book: Ledger, run: str, now: Callable[[], str]) -> None:
        self.id = run
        self.code = 0
        self._book = book
        self._now = now
        self._lock = Lock()
        self._calls = 0

    def note(self, entry: Check | Publication | Unpublished | Withdrawal | Readback) -> None:
        self._book.note(replace(entry, run=self.id))

    def call(self, call: Call) -> None:
        """The hook of a portal: `journal.Tell`."""
        with self._lock:
            self._calls += 1
            number = self._calls
        self._book.note(
            replace(
                call,
                action=visible(call.action.partition("?")[0], LONGEST),  # what stands behind it may be a key
                target=visible(call.target, LONGEST),
                told=visible(call.told, LONGEST),
                sequence=number,
                run=self.id,
            )
        )

    def plan(self, text: str, items: Iterable[PlannedItem]) -> None:
        """The digest of a plan, whose JSON is `text`; which of its items change or refuse something, and how many
        of each action there are."""
        found = [replace(item, run=self.id) for item in items]
        counts = Counter(item.action for item in found)
        summary = " ".join(f"{action}={number}" for action, number in counts.items())
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        changing = (item for item in found if item.action != "unchanged")
        self._book.note(Planned(self._now(), digest, summary, self.id), *changing)


@contextmanager
def ledger(path: str | Path) -> Iterator[Ledger]:
    """The ledger in that file, made where there is none. Raises UsageError where it cannot be used."""
    with closing(opened_to_write(Path(path))) as connection:
        yield Ledger(connection, path)


@contextmanager
def reading(path: str | Path) -> Iterator[Ledger]:
    """The ledger in that file, to be read only. Raises UsageError where there is none: reading makes no file."""
    if not Path(path).is_file():
        raise UsageError(
            f"{path}: 台帳がありません。公開すると作られます。別の場所にあれば --ledger で指定してください。",
            f"{path}: there is no ledger. Publishing makes one; if it is elsewhere, say where with --ledger.",
        )
    with closing(opened_to_read(Path(path))) as connection:
        yield Ledger(connection, path)


_BARE = str.maketrans({"T": "-", ":": None, "-": None})  # 2026-11-20T09:00:00 → 20261120-090000


def _where(kind: Kind, equal: Iterable[str]) -> str:
    return " AND ".join(comparison(kind, name) for name in equal) or "TRUE"


def _lasting(entry: Entry) -> bool:
    """Whether the disk is waited for. What was found unchanged, the next run finds again."""
    if isinstance(entry, Publication):
        return entry.action != "unchanged"
    return isinstance(entry, Withdrawal | Run | RunEnd)


def _ended_by(error: BaseException, run: str, at: str) -> RunEnd:
    if isinstance(error, OdtoolError):
        return RunEnd(run, at, error.exit_code, error.ja, error.en)
    kind = type(error).__name__
    if isinstance(error, Exception) and kind != "Abort":  # click's word for an interruption
        return RunEnd(
            run, at, 4, f"odtool の不具合（{kind}）で止まりました。", f"odtool itself failed ({kind})."
        )
    return RunEnd(run, at, 130, "中断されました。", "It was interrupted.")


def _who() -> str:
    """user@host, as far as the system tells."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user has no name
        user = "?"
    return f"{user}@{platform.node() or '?'}"


def _storable(values: tuple[str | int, ...]) -> list[str | int]:
    """A file name that is no UTF-8 comes from the system with surrogates, which SQLite does not take."""
    return [v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values]
