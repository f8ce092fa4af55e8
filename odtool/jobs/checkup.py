"""What is wrong with the jobs of the settings, before any of them runs. Nothing is written, nothing is fetched."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

from odtool.collect import guard
from odtool.datasets import catalog
from odtool.errors import OdtoolError, UsageError
from odtool.jobs import credential, heartbeat
from odtool.jobs.columns import columns, remembered
from odtool.jobs.looking import undescribed
from odtool.jobs.schedule import abroad
from odtool.jobs.settings import Job, Jobs, Reader
from odtool.jobs.share import there
from odtool.settings import config, secret
from odtool.text import visible

Level = Literal["ok", "warning", "problem"]
Look = Callable[[], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing looked at: `about` is the job or the reader, `place` its key in the settings."""

    about: str
    place: str
    level: Level
    ja: str
    en: str
    code: int = 0

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


def checkup(
    declared: Jobs, jobs: list[Job], folder: Path, *, environment: Mapping[str, str], now: datetime
) -> Iterator[Remark]:
    """Remarks on the jobs and those who are told of them, in the order of the settings."""
    missed = {each.job: each for each in heartbeat.late(jobs, folder, now)}
    never = [name for name, each in missed.items() if each.state == "never"]
    if len(never) > 1:  # one sentence for all of them
        missed = {name: each for name, each in missed.items() if name not in never}
    for job in jobs:
        about = f"jobs.{job.name}"
        for source in job.sources:
            yield _tried(about, "sources", partial(_source, job, source))
        yield _tried(about, "mapping", partial(_mapping, job))
        yield _tried(about, "dataset", partial(_dataset, job))
        yield _tried(about, "portal", partial(_portal, declared, job, environment))
        if not job.schedule:
            yield Remark(
                about,
                "schedule",
                "warning",
                "予定がないため、手で実行したときだけ動きます。",
                "It has no schedule, and runs only by hand.",
            )
        if job.prune and job.max_delete is None:
            yield Remark(about, "prune", "warning", "prune には max_delete も書くことを勧めます（誤って空になったとき、まとめて取り下げないため。書かなければ、データが1つもなくなった団体の分は取り下げずに知らせます）。",
                         "Beside prune, max_delete is advisable: a folder emptied by mistake would withdraw everything. Without it, what a municipality published is told and left where it offers nothing any more.")  # fmt: skip
        if late := missed.get(job.name):
            yield Remark(about, "schedule", "warning", late.text("ja"), late.text("en"))
    if len(never) > 1:
        yield Remark("jobs", "", "warning", *heartbeat.never(never))
    if any(job.schedule for job in jobs) and any(told := abroad(now)):
        yield Remark("jobs", "schedule", "warning", *told)
    wanted = {name for job in jobs for name in job.notify}
    for name in declared.readers:
        if name in wanted:
            yield from _reader(declared.readers[name], environment)
    yield _folder(folder)


def _tried(about: str, place: str, look: Look) -> Remark:
    try:
        ja, en = look()
    except OdtoolError as error:
        return Remark(about, place, "problem", error.ja, error.en, error.exit_code)
    return Remark(about, place, "ok", ja, en)


def _source(job: Job, source: str) -> tuple[str, str]:
    shown = visible(source, 200)
    if "://" in source:
        goal = guard.target(source, private=True)
        inside = goal.host in job.intranet
        guard.allowed(guard.target(source, private=inside), private=inside)
        return (
            f"{shown}: 相手の名前を確かめました（中身は実行のときに読みます）。",
            f"{shown}: its host is known; it is read when the job runs.",
        )
    aside: dict[str, int] = {}
    found = list(there(job.base, source, job.timeout, aside))
    left_ja, left_en = undescribed(aside)
    if not found:
        raise UsageError(
            f"{shown}: CSV も xlsx も zip もありません。{left_ja}",
            f"{shown}: there is no CSV, xlsx or zip. {left_en}".rstrip(),
        )
    if error := next((each.error for each in found if each.error), None):
        raise error
    return (
        f"{shown}: {len(found):,}件あります。{left_ja}",
        f"{shown}: {len(found):,} found. {left_en}".rstrip(),
    )


def _mapping(job: Job) -> tuple[str, str]:
    columns(job)
    found = len(remembered(job)) + bool(job.mapping)
    return f"項目名の対応表は {found:,}件です。", f"{found:,} mappings of columns."


def _dataset(job: Job) -> tuple[str, str]:
    if job.dataset is None:
        return "データセットはファイルごとに判定します。", "Each file's dataset is recognised."
    wanted = catalog.dataset(job.dataset)
    return f"{wanted.id}（{wanted.name}）として確認します。", f"Judged as {wanted.id}."


def _portal(declared: Jobs, job: Job, environment: Mapping[str, str]) -> tuple[str, str]:
    settings = config.portal_named(job.portal, str(declared.path))
    if settings.type == "ckan" and secret.find(settings, environment) is None:
        raise UsageError(
            f"{settings.name} のトークンがありません。環境変数 {settings.token_variable}、token_file、または odtool token set で渡してください。",
            f"There is no token for {settings.name}. Hand it over by {settings.token_variable}, token_file or odtool token set.",
        )
    return (
        f"{settings.name}: 設定は揃っています（接続は odtool doctor で確かめます）。",
        f"{settings.name}: its settings are complete (odtool doctor tries the connection).",
    )


def _reader(reader: Reader, environment: Mapping[str, str]) -> Iterator[Remark]:
    about = f"notify.{reader.name}"

    def look() -> tuple[str, str]:
        needs = reader.type != "mail" or bool(reader.user)
        if needs and not credential.credential(reader, environment):
            raise credential.needed(reader)
        return (
            "知らせるのに要るものは揃っています（送ってはいません）。",
            "All that is needed is there (nothing was sent).",
        )

    yield _tried(about, "type", look)
    if reader.secret_file and (exposed := secret.exposed(reader.secret_file)):
        yield Remark(about, "file", "warning", *exposed)
    if reader.type == "mail" and reader.tls == "none":
        yield Remark(
            about,
            "tls",
            "warning",
            "メールを暗号化せずに送ります。庁内のサーバーだけにしてください。",
            "Mail goes in the open. Only inside the office.",
        )
    if not reader.pages:
        yield Remark(
            about,
            "pages",
            "ok",
            "実行のページへの案内は、このパソコンのフォルダーの場所になります。",
            "The pages of runs are named by their place on this machine.",
        )


def _folder(folder: Path) -> Remark:
    """Whether the pages and logs can be written: looked at, not tried."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if place.is_dir() and os.access(place, os.W_OK):
        return Remark("odtool-jobs", "", "ok", f"{folder} に書き込めます。", f"{folder} can be written to.")
    return Remark(
        "odtool-jobs", "", "problem", f"{folder} に書き込めません。", f"{folder} cannot be written to.", 2
    )
