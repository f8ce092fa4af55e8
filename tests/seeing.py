"""Observations as collecting would leave them."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from odtool.coverage.matrix import Coverage, Seen, coverage, members
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import Correction, Progress

TODAY = date(2026, 11, 20)
AT = "2026-11-20T03:00:00+09:00"
BODIK = "https://data.bodik.example"
DATASETS = {"aed": "AED設置箇所一覧", "event": "イベント一覧", "population": "地域・年齢別人口"}
EDITIONS = {"standard-aed": ("aed", "standard"), "standard-event": ("event", "standard")}
UJI, KYOTO, KYOTO_FU = "262048", "261009", "260002"
DONE = Progress(BODIK, at=AT, state="done")

_AED = Observation(
    AT, BODIK, "262048_aed", "r1", url=f"{BODIK}/r1.csv", title="【宇治市】AED設置箇所一覧", organisation="宇治市", municipality=UJI,
    slug="aed", edition="standard", dataset="standard-aed", recognised_by="contents", verdict="valid", licence="CC-BY-4.0",
    open=True, format="CSV", updated="2026-04-01", updated_by="data", alive=True, sha256="a" * 64,
)  # fmt: skip


def seen(**parts: Any) -> Observation:
    """A valid AED list of Uji, but for these parts."""
    return replace(_AED, **parts)


def other(code: str, number: int, resource: str = "r1", **parts: Any) -> Observation:
    """A file of a dataset that is no national one."""
    plain: dict[str, Any] = {
        "dataset_name": f"{code}_{number}", "resource": resource, "municipality": code, "title": f"データ{number}", "slug": "",
        "dataset": "", "edition": "", "recognised_by": "", "verdict": "not-checked", "sha256": f"{code}/{number}/{resource}",
        "organisation": "",
    }  # fmt: skip
    return replace(_AED, **plain | parts)


def drawn(
    *files: Observation,
    area: str = "京都府",
    words: tuple[Correction, ...] = (),
    sources: tuple[Progress, ...] = (DONE,),
    today: date = TODAY,
) -> Coverage:
    return coverage(
        [], [], datasets=DATASETS, today=today, area=area, municipalities=members(area) if area else None,
        seen=Seen(files, words, EDITIONS, sources),
    )  # fmt: skip


def stored(path: Path, *files: Observation) -> Path:
    """A store in which they stand."""
    from odtool.coverage.observed import store

    with store(path) as book:
        book.note(files, progress=[DONE])
    return path
