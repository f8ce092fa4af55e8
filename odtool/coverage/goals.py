"""odtool.toml, or a CSV → the targets of a prefecture."""

import tomllib
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from odtool import source
from odtool.coverage.target import MEASURES, Target, deadline, target
from odtool.errors import UsageError
from odtool.judging.read import read
from odtool.municipality import municipalities, prefectures
from odtool.settings import config
from odtool.text import visible

TARGETS = "targets"
_KEYS = ("name", "measure", "value", "by")


def targets(settings: str | None, area: str) -> list[Target]:
    """The targets of that prefecture in odtool.toml, or in a CSV of that name with the columns 都道府県, 目標, 期限.

    Raises UsageError, naming the entry, where one is none.
    """
    path = Path(settings or config.FILE)
    if path.suffix.lower() == ".csv":
        return [_target(path, place, entry) for place, entry in _of_csv(path, area)]
    config.portals(settings)  # complains of all else that is wrong with the file
    try:
        found = tomllib.loads(path.read_text("utf-8-sig")).get(TARGETS, {})
    except FileNotFoundError:
        return []
    if not isinstance(found, dict):
        raise _off(path, TARGETS, '[targets."京都府"] の形で書きます', 'is written as [targets."京都府"]')
    wanted: list[Target] = []
    for key, entry in found.items():
        place = f"{TARGETS}.{key}"
        written = entry.get("goals") if isinstance(entry, dict) else entry
        if not isinstance(written, list):
            raise _off(path, place, 'には goals = ["令和8年度末までに全市町村"] のように書きます', 'is written as goals = ["令和8年度末までに全市町村"]')  # fmt: skip
        stated = [_target(path, f"{place}.goals[{number}]", goal) for number, goal in enumerate(written, 1)]
        if _prefecture(path, place, key) == area:
            wanted += stated
    return wanted


def _prefecture(path: Path, place: str, key: str) -> str:
    """The prefecture of that name or code."""
    if key in prefectures():
        return key
    if (found := municipalities().get(key)) and not found.city:
        return found.prefecture
    raise _off(path, place, "は都道府県の名前（京都府）かコード（260002）で書きます", "is no prefecture's name (京都府) or code (260002)")  # fmt: skip


def _of_csv(path: Path, area: str) -> list[tuple[str, Any]]:
    grids = read(source.content(str(path))).grids
    rows = list(grids[0].records()) if grids else []
    header = [label.strip() for label in rows[0]] if rows else []
    if "都道府県" not in header or "目標" not in header:
        raise _off(path, "1行目", "には「都道府県」「目標」の列が要ります（「期限」もあれば読みます）", "needs the columns 都道府県 and 目標; 期限 may stand beside them")  # fmt: skip
    found: list[tuple[str, Any]] = []
    for number, row in enumerate(rows[1:], 2):
        said = dict(zip(header, map(str.strip, row), strict=False))
        if said.get("目標") and _prefecture(path, f"{number}行目", said.get("都道府県", "")) == area:
            found.append((f"{number}行目", {"name": said["目標"], "by": said.get("期限", "")}))
    return found


def _target(path: Path, place: str, entry: Any) -> Target:
    if isinstance(entry, str):
        entry = {"name": entry}
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise _off(path, place, "には目標を文で、または name、measure、value、by で書きます", "is a sentence, or a table of name, measure, value and by")  # fmt: skip
    strange = [key for key in entry if key not in _KEYS]
    if strange:
        raise _off(path, f"{place}.{strange[0]}", f"という項目はありません（{'、'.join(_KEYS)} が使えます）", f"is no setting; there are {', '.join(_KEYS)}")  # fmt: skip
    found = target(entry["name"])
    if "measure" in entry:
        measure, value = entry["measure"], entry.get("value")
        if measure not in MEASURES or isinstance(value, bool) or not isinstance(value, int | None):
            raise _off(path, place, f"の measure は {'、'.join(MEASURES)} のどれか、value は整数で書きます", f"has a measure among {', '.join(MEASURES)} and a whole number as value")  # fmt: skip
        if value is None and measure != "municipalities":
            raise _off(path, f"{place}.value", "がありません", "is missing")
        if value is not None and value < 1:
            raise _off(path, f"{place}.value", "は1以上の整数で書きます", "is a whole number from 1")
        found = Target(entry["name"], measure, value, found.by if found else None)
    if found is None:
        raise _off(
            path, place,
            f"「{visible(entry['name'])}」の意味が分かりません。「令和8年度末までに全市町村」「23/23市町」「累計150データセット」のように書くか、measure と value を加えてください",
            f"“{visible(entry['name'])}” is not understood. Write it like 「令和8年度末までに全市町村」 or 「累計150データセット」, or add measure and value",
        )  # fmt: skip
    by = entry.get("by")
    if not by:
        return found
    day = by.date() if isinstance(by, datetime) else by if isinstance(by, date) else None
    if isinstance(by, str):
        day = deadline(by)
    if day is None:
        raise _off(path, f"{place}.by", "は 2027-03-31 か 令和8年度末 のように書きます", "is written like 2027-03-31 or 令和8年度末")  # fmt: skip
    return replace(found, by=day)


def _off(path: Path, place: str, ja: str, en: str) -> UsageError:
    return UsageError(f"{path}: 「{visible(place, 200)}」{ja}。", f"{path}: {visible(place, 200)} {en}.")
