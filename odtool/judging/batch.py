"""Many files → reports, in the order given: by several processes, without judging the unchanged again, and then
held against each other where they belong together.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

from odtool import source
from odtool.datasets import catalog
from odtool.errors import FaultError, OdtoolError, UsageError, died, fault, is_fault, late
from odtool.judging import frozen, pairs
from odtool.judging.check import RECOGNISED, Choice, check, recognise
from odtool.model import FileReport
from odtool.text import visible
from odtool.workers import MANY, alone, processors, spread

if TYPE_CHECKING:
    from odtool.judging import cache as cached


def check_all(
    paths: Iterable[str],
    choice: Choice = RECOGNISED,
    jobs: int | None = 1,
    verdicts: "cached.Verdicts | None" = None,
) -> Iterator[FileReport | OdtoolError]:
    """Judge files one by one, or by `jobs` processes, in the order given. An unavailable file is an error value.

    None for `jobs` is: as many as there are processors, where there are many files. Then, too, `verdicts` of
    earlier runs stand for files that have not changed.
    Files that belong together are compared when all are judged; what follows the first of them waits for that.
    """
    yield from _compared(_judged(list(source.expand(paths)), choice, jobs, verdicts), choice)


def _judged(
    files: Sequence[str], choice: Choice, jobs: int | None, verdicts: "cached.Verdicts | None"
) -> Iterator[FileReport | OdtoolError]:
    jobs = (processors() if len(files) >= MANY else 1) if jobs is None else jobs
    if verdicts is None or (len(files) < MANY and not verdicts.always):
        yield from (result for result, _ in _fresh(files, choice, jobs, freezing=False))
        return
    from odtool.judging import cache as cached

    find, basis = _finder(choice), cached.basis(choice)
    known = dict(_known(files, find, basis, verdicts))
    fresh = _fresh([path for path in files if path not in known], choice, jobs, freezing=True)
    new: list[tuple[bytes, str]] = []
    try:
        for path in files:
            if path in known:
                yield known[path]
                continue
            result, text = next(fresh)
            if text and isinstance(result, FileReport) and result.sha256:
                new.append((cached.key(result.sha256, _name(path), basis), text))
                if len(new) >= cached.TOGETHER:
                    verdicts.put(new)
                    new.clear()
            yield result
    finally:  # also where somebody breaks it off: the next run goes on from here
        verdicts.put(new)


def _known(
    files: Sequence[str], find: frozen.Find, basis: bytes, verdicts: "cached.Verdicts"
) -> Iterator[tuple[str, FileReport]]:
    """The files whose verdict is known, and that."""
    from concurrent.futures import ThreadPoolExecutor

    from odtool.judging import cache as cached

    with ThreadPoolExecutor(processors()) as pool:  # reading and hashing need not wait for each other
        digests = zip(files, pool.map(_digest, files), strict=True)
        while some := list(islice(digests, cached.TOGETHER)):
            keys = {path: cached.key(digest, _name(path), basis) for path, digest in some if digest}
            texts = verdicts.find([*dict.fromkeys(keys.values())])
            for path, key in keys.items():
                if text := texts.get(key):
                    with suppress(KeyError, TypeError, ValueError):
                        yield path, replace(frozen.thaw(text, find), path=path)


def _fresh(
    files: Sequence[str], choice: Choice, jobs: int, *, freezing: bool
) -> Iterator[tuple[FileReport | OdtoolError, str | None]]:
    """Each file judged now, with the report as text where that is wanted and possible."""
    find = _finder(choice)
    if alone(len(files), jobs):
        for path in files:
            result = _attempt(path, choice)
            keep = freezing and isinstance(result, FileReport)
            yield result, frozen.freeze(result, find) if keep and isinstance(result, FileReport) else None
        return
    attempt = partial(_frozen_attempt, choice=choice)
    for sent in spread(
        attempt, files, jobs, prepare=lambda: catalog.index().profiles, died=died_at, late=late_at
    ):
        yield (frozen.thaw(sent, find), sent) if isinstance(sent, str) else (sent, None)


def _frozen_attempt(path: str, choice: Choice) -> str | FileReport | OdtoolError:
    """The report as text, which is a small part of it: the dataset need not travel along."""
    result = _attempt(path, choice)
    if isinstance(result, FileReport):
        return frozen.freeze(result, _finder(choice)) or result
    return result


def _finder(choice: Choice) -> frozen.Find:
    chosen = choice.dataset
    return lambda wanted: chosen if chosen and chosen.id == wanted else catalog.find(wanted)


def _digest(path: str) -> str | None:
    try:
        return None if path == source.STDIN else hashlib.sha256(source.content(path)).hexdigest()
    except UsageError:
        return None


def _name(path: str) -> str:
    return PurePath(path.replace("\\", "/")).name


def _attempt(path: str, choice: Choice) -> FileReport | OdtoolError:
    try:
        return check(path, choice)
    except UsageError as error:
        return error
    except BaseException as error:
        if not is_fault(error):
            raise
        return fault(visible(path, 500), error)


def died_at(path: str) -> FaultError:
    """In place of the result for a file of which the process died that read it."""
    return died(visible(path, 500))


def late_at(path: str) -> FaultError:
    """In place of the result for a file with which it came to no end in time."""
    return late(visible(path, 500))


def _compared(
    results: Iterable[FileReport | OdtoolError], choice: Choice
) -> Iterator[FileReport | OdtoolError]:
    """The results as they come, up to the first file that may belong together with another one; the rest when
    these have been compared."""
    if choice.dataset and not choice.dataset.slug:  # a schema of one's own has no companions
        yield from results
        return
    held: list[FileReport | OdtoolError] = []
    for result in results:
        if held or _concerned(result):
            held.append(result)
        else:
            yield result
    together = [result for result in held if isinstance(result, FileReport) and _concerned(result)]
    after = iter(_together(together, choice))
    for result in held:
        yield next(after) if _concerned(result) else result


def _together(reports: Sequence[FileReport], choice: Choice) -> Sequence[FileReport | OdtoolError]:
    """The reports after comparing; where that fails, none of them counts as checked."""
    try:
        return list(pairs.compared(reports, partial(_column, choice=choice)))
    except Exception as error:  # noqa: BLE001 - the files that belong to nothing else go on
        return [fault(visible(report.path, 500), error) for report in reports]


def _concerned(result: FileReport | OdtoolError) -> bool:
    return isinstance(result, FileReport) and _pairable()(result)


@cache
def _pairable() -> Callable[[FileReport], bool]:
    return pairs.concerned(catalog.index().sketches)


def _column(report: FileReport, field: str, choice: Choice) -> dict[str, int] | None:
    """The filled values of a field, each with its first row; None where the file cannot be read a second time."""
    if report.path == source.STDIN:
        return None
    try:
        data = source.content(report.path)
    except UsageError:
        return None
    table = recognise(data, PurePath(report.path.replace("\\", "/")).name, choice).table
    mapped = next((m for m in report.match.mapping if m.field == field), None) if report.match else None
    if table is None or mapped is None or hashlib.sha256(data).hexdigest() != report.sha256:
        return None
    found: dict[str, int] = {}
    for row, record in enumerate(table.grid.records(), 1):
        value = (
            record[mapped.column - 1].strip()
            if row > table.header_row and mapped.column <= len(record)
            else ""
        )
        if value:
            found.setdefault(value, row)
    return found
