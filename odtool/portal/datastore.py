"""The rows of a published file in CKAN's DataStore, brought there by difference and read back.

One step is repeated until nothing is left to do: read the table, compare it with the file, write what differs.
So the outcome of a lost call is never guessed at, a run that was killed is completed by the next one, and no row
comes twice, with a key or without. A table is empty for a moment only where its columns have changed: CKAN changes
the type of none, and a table cannot be put in the place of another.
"""

import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from odtool import clock
from odtool.errors import PortalError
from odtool.portal import Payload, PortalStopError, web
from odtool.portal.action import ActionApi, DeniedError, GoneError, InvalidError, NotFound, WrongCallError
from odtool.portal.datastore_rows import LARGEST, Record, Rows, parcels

READ_WHOLE = 10_000  # rows; of a larger table a sample is read back
_SAMPLE = 10  # rows
_MOST_ROWS = 32_000  # that CKAN gives at once
_PAGE = 4_000_000  # bytes, about, of one answer
_DELETED = 1_000  # rows of one call
_LONGEST_WORD = 40  # letters of a cell that is looked for
_LOADERS = ("datapusher", "xloader")
_BUSY = frozenset({"submitting", "pending", "running"})
_LOADER_DEAD = timedelta(hours=1)  # it has not moved for so long
_LOADER_LOOKS = 10


class DataStore:
    """The tables of a CKAN. `pause` is the unit of waiting between tries, in seconds."""

    def __init__(self, api: ActionApi, pause: float) -> None:
        self._api = api
        self._pause = pause
        self._loaders: tuple[str, ...] | None = None  # found out at the first file

    def load(self, resource_id: str, content: Payload) -> bool:
        """Make the table hold the rows of the file, and read it back. Whether a new table was made. Raises
        PortalError where it does not hold them in the end."""
        with Rows(content) as rows:
            self._await_loader(resource_id)
            return _Loading(self._api, self._pause, resource_id, rows).run()

    def _await_loader(self, resource_id: str) -> None:
        """A portal that loads uploaded files by itself drops our table when it begins: let it finish first. What it
        made is then replaced; our data dictionary tells it which types to keep if it ever loads the file again."""
        there = []
        for kind in _LOADERS if self._loaders is None else self._loaders:
            for look in range(_LOADER_LOOKS):
                busy = self._busy(resource_id, kind)
                if busy is None:
                    break
                there += [kind] * (look == 0)
                if not busy:
                    break
                time.sleep(self._pause * min(2**look, 10))
            else:
                raise PortalError(
                    "ポータルが自分でこのファイルを表に読み込んでいるところで、終わりません。時間をおいて、もう一度実行してください。",
                    "The portal itself is loading this file into a table and does not finish. Run this again later.",
                )
        if self._loaders is None:
            self._loaders = tuple(there)

    def _busy(self, resource_id: str, kind: str) -> bool | None:
        """Whether the portal's own loader works on the file; None where it never did."""
        try:
            task = self._api.read("task_status_show", entity_id=resource_id, task_type=kind, key=kind)
        except (NotFound, WrongCallError, DeniedError):
            return None
        if not isinstance(task, dict) or task.get("state") not in _BUSY:
            return False
        return not _long_ago(str(task.get("last_updated")))


class _Loading:
    """One table being brought up to date."""

    def __init__(self, api: ActionApi, pause: float, resource_id: str, rows: Rows) -> None:
        self._api = api
        self._pause = pause
        self._id = resource_id
        self._rows = rows
        self._largest = LARGEST
        self._there = False
        self._made = False
        self._defined = False  # key and dictionary are as they should be
        self._settled = False  # all was written and every call was answered

    def run(self) -> bool:
        """Whether a new table was made. Some looks in a row that find no less to do are a fault."""
        least, tries = math.inf, 0
        failure: PortalError = _unlike()
        while True:
            if self._settled and self._sampled():
                return self._made
            left = self._look()
            if left == 0 and self._defined:
                return self._made
            if left is not None and left < least:  # it goes forward
                least, tries = left, 0
            if tries == web.TRIES:
                down = isinstance(failure, web.UncertainError) and failure.down
                raise PortalStopError(failure.ja, failure.en) if down else failure
            tries += 1
            self._settled = False
            try:
                if left is None:
                    self._make()
                else:
                    self._bring_up()
                self._settled = self._rows.count > READ_WHOLE
                failure = _unlike()
            except InvalidError as error:  # somebody else may have been quicker
                failure = error
            except web.UncertainError as error:
                failure = error
                time.sleep(max(error.wait, self._pause * 2 ** (tries - 1)))

    # --- reading -------------------------------------------------------------------------------

    def _search(self, **how: Any) -> dict[str, Any]:
        """Raises NotFound where there is no table. Lists and objects travel as JSON text: this is a GET."""
        try:
            found = self._api.read("datastore_search", resource_id=self._id, **how)
        except WrongCallError:
            raise PortalError(
                "このポータルには DataStore がありません。odtool.toml の datastore を false にするか、ポータルの担当者に確かめてください。",
                "The portal has no DataStore. Set datastore to false in odtool.toml, or ask those in charge of the portal.",
            ) from None
        if not isinstance(found, dict):
            raise _unlike()
        return found

    def _look(self) -> int | None:
        """How many rows have to be written or deleted; None where the table is not there, or is another one."""
        rows = self._rows
        rows.forget()
        limit = _page(rows)
        offset, last = 0, -1
        while True:
            try:
                page = self._search(limit=limit, offset=offset, sort="_id", records_format="lists",
                                    include_total="false")  # fmt: skip
            except NotFound:
                self._there = False
                return None
            self._there = True
            if not self._same_columns(page):
                return None
            records = self._records(page)
            if records and records[0][0] <= last:  # a portal that does not turn the page would never end
                raise _unlike()
            last = records[-1][0] if records else last
            rows.hold(records)
            offset += len(records)
            given = page.get("limit")
            if len(records) < (min(limit, given) if isinstance(given, int) else limit):
                return rows.compare()

    def _same_columns(self, page: Mapping[str, Any]) -> bool:
        found = [field for field in _fields(page) if field[0] != "_id"]
        return found == [(column.id, column.type) for column in self._rows.columns]

    def _records(self, page: Mapping[str, Any]) -> list[list[Any]]:
        """CKAN's number of each row, then its cells in the order of our columns."""
        names = [name for name, _ in _fields(page)]
        try:
            order = [names.index(name) for name in ("_id", *(column.id for column in self._rows.columns))]
            records = [[record[at] for at in order] for record in page["records"]]
        except (KeyError, IndexError, TypeError, ValueError):
            raise _unlike() from None
        if not all(isinstance(record[0], int) for record in records):
            raise _unlike()
        return records

    def _sampled(self) -> bool:
        """Whether the table holds as many rows as the file, and some of them cell by cell."""
        rows = self._rows
        try:
            if self._search(limit=0).get("total") != rows.count:
                return False
            lines = rows.sample(_SAMPLE)
            return all(map(self._holds, rows.records(lines)))
        except NotFound:
            return False

    def _holds(self, record: Mapping[str, str | None]) -> bool:
        """Whether the row is there, looked for by its key or by its short cells."""
        rows = self._rows
        cells = [record[column.id] for column in rows.columns]
        if rows.key is not None:
            words = {rows.columns[rows.key].id: cells[rows.key]}
        else:
            words = {key: cell for key, cell in record.items() if cell and len(cell) <= _LONGEST_WORD}
            words = dict(list(words.items())[:8])
        page = self._search(filters=json.dumps(words), limit=1_000, records_format="lists")
        wanted = rows.digest(cells)
        return any(rows.digest(found) == wanted for _, *found in self._records(page))

    # --- writing -------------------------------------------------------------------------------

    def _make(self) -> None:
        """A new table in the place of whatever is there, its first rows in the same call."""
        if self._there:
            with suppress(GoneError):
                self._api.write("datastore_delete", resource_id=self._id, force=True)
        self._made = True
        parts = parcels(self._rows.records(range(self._rows.count)), self._largest)
        first = next(parts, [])
        try:
            self._create(first)
        except web.TooLargeError:
            self._create([])
            self._send("insert", first)
        for part in parts:
            self._send("insert", part)

    def _create(self, records: list[Record]) -> None:
        """Of a table that is there only key and dictionary are brought up to date."""
        rows = self._rows
        self._api.write(
            "datastore_create",
            resource_id=self._id,
            force=True,  # or CKAN leaves the table of an uploaded file alone
            fields=[column.definition for column in rows.columns],
            primary_key=[] if rows.key is None else [rows.columns[rows.key].id],
            records=records,
        )
        self._defined = True

    def _bring_up(self) -> None:
        """Write what differs; what is too much goes last, so the table is never without its rows."""
        if not self._defined:
            try:
                self._create([])
            except InvalidError as error:
                if "constraints" not in error.fields:
                    raise
                self._make()  # what is there breaks the key
                return
        for method, lines in (("insert", self._rows.new()), ("upsert", self._rows.changed())):
            for part in parcels(self._rows.records(lines), self._largest):
                self._send(method, part)
        surplus = self._rows.surplus()
        while some := list(islice(surplus, _DELETED)):
            self._api.write("datastore_delete", resource_id=self._id, force=True, filters={"_id": some})

    def _send(self, method: str, records: list[Record]) -> None:
        """In as many calls as the portal wants; rows are some times larger here than in the file it took."""
        for part in parcels(records, self._largest):
            try:
                self._api.write(
                    "datastore_upsert", resource_id=self._id, force=True, method=method, records=part
                )
            except web.TooLargeError:
                if len(part) == 1:
                    raise
                self._largest //= 2
                self._send(method, part)


def _fields(page: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and type of every column."""
    try:
        return [(str(field["id"]), str(field["type"])) for field in page["fields"]]
    except (KeyError, TypeError):
        raise _unlike() from None


def _page(rows: Rows) -> int:
    """How many rows to ask for at once, so that no answer is much larger than _PAGE."""
    return max(100, min(_MOST_ROWS, _PAGE * max(rows.count, 1) // rows.size))


def _long_ago(moment: str) -> bool:
    """Whether nothing has moved since; CKAN writes the time of UTC without saying so."""
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return False
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return datetime.fromisoformat(clock.now()) - then > _LOADER_DEAD


def _unlike() -> PortalError:
    return PortalError(
        "書き込んだ表を読み直すと、ファイルと一致しません。別の人か別の処理が書き込んでいるかもしれません。もう一度実行してください。",
        "The table that was read back is not like the file. Somebody else may be writing to it. Run this again.",
    )
