"""The rows of a file and the rows of a table, compared: what is new, what has changed, what is not there any more.

A digest of every row lies in a temporary SQLite file, so a million rows need no more memory than a thousand. Rows
are told apart by the key where there is one; else by all their cells, equal ones counted.
"""

import csv
import hashlib
import io
import json
import random
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Any

from odtool.errors import PortalError
from odtool.judging.read import LONGEST_READ
from odtool.portal import Payload
from odtool.portal.datastore_columns import Type, candidates, columns, may_be_key, survives, types

_BATCH = 5_000  # rows
LARGEST = 5_000_000  # bytes of one call
_ZEROS = re.compile(r"0[0-9]")
_TABLES = """
create table candidate (at integer, value text, primary key (at, value)) without rowid;
create table file (id integer primary key, ident text, k integer not null default 1, digest blob);
create table held (id integer primary key, ident text, k integer not null default 1, digest blob);
"""
_NUMBERED = """
drop index if exists TABLE_ident;
create index TABLE_ident on TABLE (ident, id);
create temp table numbered as
    select id, row_number() over (partition by ident order by id) as k from TABLE;
delete from numbered where k = 1;
create index temp.numbered_id on numbered (id);
update TABLE set k = (select k from numbered where numbered.id = TABLE.id)
    where id in (select id from numbered);
drop table numbered;
"""
"""Rows that are known by the same are numbered; with a key there are none such."""

Record = dict[str, str | None]


class Rows:
    """The rows of `content`, a CSV in UTF-8, beside those of a table. Raises PortalError where it is none."""

    def __init__(self, content: Payload) -> None:
        self._content = content
        self.size = max(content.size, 1)  # bytes
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self.count = 0
        self._zeros: int | None = None  # the first row with a zero to lose
        schema = content.schema
        self._labels = labels = next(self._read(), [])
        kinds, keys = self._survey(types(labels, schema), candidates(labels, schema))
        self.columns = columns(labels, kinds, schema)
        self.key = next(iter(keys), None)
        self._digest_file()

    def __enter__(self) -> "Rows":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    # --- the file ------------------------------------------------------------------------------

    def _read(self) -> Iterator[list[str]]:
        csv.field_size_limit(LONGEST_READ)  # for the whole process: another library may have set its own
        with self._content.open() as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
            try:
                yield from csv.reader(text)
            except (csv.Error, UnicodeDecodeError):
                raise _no_table() from None

    def _survey(self, kinds: list[Type], keys: list[int]) -> tuple[list[Type], list[int]]:
        """The types that all values survive, and which of the possible keys are filled and unique."""
        for batch in _batches(self._records()):
            for at, kind in enumerate(kinds):
                if kind != "text" and not all(survives(record[at], kind) for record in batch):
                    kinds[at] = "text"
            keys = [at for at in keys if all(may_be_key(record[at]) for record in batch)]
            for at in keys:
                values = ((at, record[at]) for record in batch)
                self._database.executemany("insert or ignore into candidate values (?, ?)", values)
            if self._zeros is None:
                found = (n for n, record in enumerate(batch) if any(map(_ZEROS.match, record)))
                self._zeros = next((self.count + n for n in found), None)
            self.count += len(batch)
        told = dict(self._database.execute("select at, count(*) from candidate group by at"))
        self._database.execute("delete from candidate")
        return kinds, [at for at in keys if told.get(at, 0) == self.count]

    def _records(self) -> Iterator[list[str]]:
        width = len(self._labels)
        for record in islice(self._read(), 1, None):
            if len(record) != width:
                raise _no_table()
            yield record

    def _digest_file(self) -> None:
        with _transaction(self._database):
            self._database.executemany(
                "insert into file (id, ident, digest) values (?, ?, ?)",
                ((n, *self._told(record)) for n, record in enumerate(self._records())),
            )
        self._number("file")

    def _told(self, cells: Sequence[object]) -> tuple[str, bytes]:
        """What a row is known by, and a digest of all of it."""
        plain = [column.plain(cell) for column, cell in zip(self.columns, cells, strict=True)]
        digest = hashlib.blake2b(json.dumps(plain).encode(), digest_size=16)
        return (digest.hexdigest() if self.key is None else plain[self.key]), digest.digest()

    def _number(self, table: str) -> None:
        self._database.executescript(_NUMBERED.replace("TABLE", table))

    def records(self, lines: Iterable[int]) -> Iterator[Record]:
        """The rows of these numbers, which rise, as CKAN takes them."""
        wanted = iter(lines)
        line = next(wanted, None)
        for n, cells in enumerate(self._records()):
            if line is None:
                return
            if n == line:
                yield {column.id: cell or None for column, cell in zip(self.columns, cells, strict=True)}
                line = next(wanted, None)

    def sample(self, wanted: int) -> list[int]:
        """The numbers of the first and the last row, of the first with a zero to lose, and of some others; of the same
        contents always the same ones."""
        some = random.Random(self._content.sha256).sample(range(self.count), min(wanted, self.count))  # noqa: S311
        return sorted({0, self.count - 1, *some, *(() if self._zeros is None else (self._zeros,))})

    def digest(self, cells: Sequence[object]) -> bytes:
        """Of a row, its cells in the order of the columns."""
        return self._told(cells)[1]

    # --- the table -----------------------------------------------------------------------------

    def forget(self) -> None:
        """Before the table is read anew."""
        self._database.execute("delete from held")

    def hold(self, records: Iterable[Sequence[Any]]) -> None:
        """Rows of the table: the number that CKAN gave it, then the cells."""
        with _transaction(self._database):
            self._database.executemany(
                "insert or replace into held (id, ident, digest) values (?, ?, ?)",
                ((id_, *self._told(cells)) for id_, *cells in records),
            )

    def compare(self) -> int:
        """To be called when the table is read. How many rows have to be written or deleted."""
        self._number("held")
        return sum(1 for _ in self.new()) + sum(1 for _ in self.changed()) + sum(1 for _ in self.surplus())

    def new(self) -> Iterator[int]:
        """The numbers of the rows that the table does not have."""
        return self._ask(
            "select file.id from file left join held using (ident, k) where held.id is null order by 1"
        )

    def changed(self) -> Iterator[int]:
        """The numbers of the rows that the table has otherwise; there are none such without a key."""
        return self._ask(
            "select file.id from file join held using (ident, k) where held.digest <> file.digest order by 1"
        )

    def surplus(self) -> Iterator[int]:
        """CKAN's numbers of the rows that the file does not have."""
        return self._ask(
            "select held.id from held left join file using (ident, k) where file.id is null order by 1"
        )

    def _ask(self, query: str) -> Iterator[int]:
        return (number for (number,) in self._database.execute(query))


class _transaction:  # noqa: N801 - used like the function it could be
    """One transaction; a million small ones would take minutes."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("begin")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._database.execute("rollback" if kind else "commit")


def _no_table() -> PortalError:
    return PortalError(
        "列の数が行によって違うか、UTF-8 の CSV として読めないため、表にできません。",
        "It cannot become a table: its rows have different numbers of columns, or it is no CSV in UTF-8.",
    )


def _batches(records: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    while batch := list(islice(records, _BATCH)):
        yield batch


def parcels(records: Iterable[Record], largest: int = LARGEST) -> Iterator[list[Record]]:
    """The records in calls that a portal takes: neither too many nor, in bytes, too large."""
    parcel: list[Record] = []
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if parcel and (len(parcel) == _BATCH or size + length > largest):
            yield parcel
            parcel, size = [], 0
        parcel.append(record)
        size += length
    if parcel:
        yield parcel
