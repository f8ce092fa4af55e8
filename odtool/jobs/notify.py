"""Who is told what of the runs: each reader one digest, nothing twice, nothing where nothing is new.

What a reader was told is kept beside each job, and is written only after the message has gone: what could not be
delivered is told with the next run.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from odtool.errors import OdtoolError, UsageError
from odtool.exits import worst
from odtool.jobs import mail, place, webhook
from odtool.jobs.digest import Digest, Entry
from odtool.jobs.part import Part
from odtool.jobs.place import Place
from odtool.jobs.settings import Job, Reader


class UnnotedError(UsageError):
    """A reader knows all there is to know, but that could not be written down."""


Warn = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class News:
    """What a run has to tell: its digest, what the ledger knows by runs since each one, and of what was told before,
    by its key, whether the run looked at it, so that what it does not tell any more is settled."""

    job: Job
    where: Place
    digest: Digest
    since: Callable[[str], tuple[list[Entry], str]]
    seen: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Told:
    """What a reader knows of a job: the last run of the ledger, and by key the mark and name of all that still holds."""

    after: str
    standing: Mapping[str, tuple[str, str]]


def notify(
    news: Sequence[News], readers: Mapping[str, Reader], warn: Warn, *, environment: Mapping[str, str]
) -> int:
    """Tell everybody who is named by any of the jobs. The exit code: that of the error where a reader must be reached
    and was not, else 0. `warn` is told of every message that could not be delivered."""
    codes = []
    for name, reader in readers.items():
        try:
            _notified(reader, [each for each in news if name in each.job.notify], environment)
        except UnnotedError as error:
            codes.append(error.exit_code)
            warn(error.ja, error.en)
        except mail.PartlyError as error:
            codes.append(error.exit_code if reader.required else 0)
            warn(error.ja, error.en)
        except OdtoolError as error:
            codes.append(error.exit_code if reader.required else 0)
            warn(
                f"{name} に知らせを送れませんでした（公開には影響ありません。次の実行で知らせます）: {error.ja}",
                f"{name} could not be told (nothing else is affected; the next run will tell it): {error.en}",
            )
        except Exception as error:  # noqa: BLE001 - the others are told
            kind = type(error).__name__  # no more: what it says may hold an address or a password
            codes.append(OdtoolError.exit_code)
            warn(
                f"{name} に知らせを送れませんでした（プログラムの不具合: {kind}。公開には影響ありません）。開発者に知らせてください。",
                f"{name} could not be told (a fault of the program: {kind}; nothing else is affected). Please tell us.",
            )
    return worst(codes)


def _notified(reader: Reader, news: Sequence[News], environment: Mapping[str, str]) -> None:
    """Tell one reader what is new, and remember that. Raises OdtoolError."""
    found = [(each, *_part(each, reader)) for each in news]
    partly = None
    if parts := [part for _, part, _ in found if not part.empty]:
        try:
            send(reader, parts, environment)
        except (
            mail.PartlyError
        ) as error:  # else one address that is gone has the others told the same every night
            partly = error
    try:
        for each, _, told in found:
            _remember(each.where, reader.name, told)
    except UsageError as error:
        sent = (
            ("知らせは送りました", "The message was sent")
            if parts
            else ("知らせることはありませんでした", "There was nothing to tell")
        )
        raise UnnotedError(
            f"{reader.name}: {sent[0]}が、その控えを書けないので、次の実行で同じことをもう一度知らせるかもしれません。{error.ja}",
            f"{reader.name}: {sent[1]}, but that cannot be noted, so the next run may tell the same again. {error.en}",
        ) from None  # fmt: skip
    if partly:
        raise partly


def send(reader: Reader, parts: Sequence[Part], environment: Mapping[str, str]) -> None:
    """Raises OdtoolError where the message could not be delivered."""
    if reader.type == "mail":
        mail.send(reader, parts, environment)
    else:
        webhook.send(reader, parts, environment)


def _part(news: News, reader: Reader) -> tuple[Part, Told]:
    before = told_of(news.where, reader.name)
    try:
        events, newest = news.since(before.after)
    except OdtoolError:
        if not news.digest.of("error"):
            raise
        events, newest = [], before.after  # the ledger may be what is wrong: what it knows is told later
    now = {f"{entry.kind} {entry.key}": entry for entry in news.digest.entries}
    new = [entry for key, entry in now.items() if before.standing.get(key, ("", ""))[0] != entry.mark]
    gone = {key: told for key, told in before.standing.items() if key not in now}
    unseen = {key: told for key, told in gone.items() if not news.seen(key)}
    settled = tuple(name for key, (_, name) in gone.items() if key not in unseen)
    standing = unseen | {key: (entry.mark, entry.name) for key, entry in now.items()}
    digest = replace(news.digest, entries=(*new, *_once(events)))
    link, report = (_link(reader, news.digest, page) for page in (news.digest.page, news.digest.report))
    return Part(digest, settled, link, report if digest.of("refused") else ""), Told(newest, standing)


def _once(entries: Iterable[Entry]) -> list[Entry]:
    """Of what happened several times to one file, the last."""
    return list({(entry.kind, entry.key): entry for entry in entries}.values())


def _link(reader: Reader, digest: Digest, page: str) -> str:
    """Where the reader finds a page of the run."""
    if reader.pages and page:
        return f"{reader.pages.rstrip('/')}/{digest.job}/runs/{PurePath(page).name}"
    return page


def told_of(where: Place, reader: str) -> Told:
    found = place.stored(where.told).get(reader)
    entry: dict[str, Any] = found if isinstance(found, dict) else {}
    after, standing = entry.get("after"), entry.get("standing")
    pairs = standing.items() if isinstance(standing, dict) else ()
    fit = {k: (str(v[0]), str(v[1])) for k, v in pairs if isinstance(v, list) and len(v) == 2}
    return Told(after if isinstance(after, str) else "", fit)


def strangers(where: Place, readers: Iterable[str]) -> list[str]:
    """Those who were never told anything of the job."""
    known = place.stored(where.told)
    return [name for name in readers if name not in known]


def introduce(where: Place, readers: Iterable[str], after: str) -> None:
    """From now on they are told what comes after that run of the ledger."""
    for name in readers:
        _remember(where, name, Told(after, {}))


def _remember(where: Place, reader: str, told: Told) -> None:
    everybody = place.stored(where.told)
    everybody[reader] = {"after": told.after, "standing": {k: list(v) for k, v in told.standing.items()}}
    place.write(where.told, json.dumps(everybody, ensure_ascii=False) + "\n")
