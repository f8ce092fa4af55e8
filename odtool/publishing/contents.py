"""A judged file → the bytes that would be published of it: their digest for many files, and the bytes for one."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from odtool import source
from odtool.datasets import catalog
from odtool.datasets.identify import against
from odtool.errors import FaultError, UsageError, fault, is_fault
from odtool.judging.batch import died_at, late_at
from odtool.judging.check import Choice, recognise
from odtool.model import FileReport, Table
from odtool.planning.offer import Digest, table_schema
from odtool.planning.plan import Offer, StalePlanError
from odtool.portal import Payload
from odtool.table.write import write
from odtool.text import visible
from odtool.workers import spread

if TYPE_CHECKING:
    from odtool.judging import cache as cached


NOTHING = Digest("", 0)


def digests(
    reports: Sequence[FileReport], choice: Choice, jobs: int | None, verdicts: "cached.Verdicts | None" = None
) -> Iterator[Digest | FaultError]:
    """What would be published of each file, in their order; NOTHING of those that are not valid or have changed since
    they were judged, and an error value where we failed at one. `verdicts` of earlier runs stand for files that have not changed."""
    key = _keys(choice) if verdicts else None
    known = dict(_known(reports, key, verdicts)) if verdicts and key else {}
    wanted = [report for report in reports if report.status == "valid" and report.path not in known]
    made = spread(
        partial(_digest, choice=choice),
        [(report.path, report.sha256 or "") for report in wanted],
        jobs,
        prepare=lambda: catalog.index().profiles,
        died=lambda file: died_at(file[0]),
        late=lambda file: late_at(file[0]),
    )
    for report in reports:
        if report.status != "valid":
            yield NOTHING
        elif report.path in known:
            yield known[report.path]
        else:
            found = next(made)
            if verdicts and key and isinstance(found, Digest) and found != NOTHING:
                verdicts.put([(key(report), json.dumps([found.sha256, found.size]))])
            yield found


def _digest(file: tuple[str, str], choice: Choice) -> Digest | FaultError:
    try:
        table = _table(*file, choice)
        content = write(table) if table else b""
    except BaseException as error:
        if not is_fault(error):
            raise
        return fault(visible(file[0], 500), error)
    return Digest(hashlib.sha256(content).hexdigest(), len(content)) if content else NOTHING


def _known(
    reports: Iterable[FileReport], key: Callable[[FileReport], bytes], verdicts: "cached.Verdicts"
) -> Iterator[tuple[str, Digest]]:
    for report in reports:
        if report.status == "valid" and (text := verdicts.get(key(report))):
            sha256, size = json.loads(text)
            yield report.path, Digest(sha256, size)


def _keys(choice: Choice) -> Callable[[FileReport], bytes]:
    from odtool.judging import cache as cached

    basis = cached.basis(choice) + b"contents"
    return lambda report: cached.key(report.sha256 or "", _name(report.path), basis)


def contents(wanted: Offer, choice: Choice) -> Payload:
    """The CSV of an offer, made anew. Raises StalePlanError where its file is no longer the one that was judged."""
    table = _table(wanted.path, wanted.source_sha256, choice)
    if table:
        schema = table_schema(against(table, choice.dataset or catalog.dataset(wanted.dataset)))
        payload = Payload.of(write(table), schema)
        if payload.sha256 == wanted.content_sha256:
            return payload
    raise StalePlanError(f"{wanted.path} が計画の後で変わりました。", f"{wanted.path} has changed since.")


def _table(path: str, sha256: str, choice: Choice) -> Table | None:
    """None where the file is not the one of that digest any more, or is not to be had."""
    try:
        data = source.content(path)
    except UsageError:
        return None
    same = hashlib.sha256(data).hexdigest() == sha256
    return recognise(data, _name(path), choice).table if same else None


def _name(path: str) -> str:
    return PurePath(path.replace("\\", "/")).name
