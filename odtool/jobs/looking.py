"""What stands at a place among the sources; run as a program of its own, because looking may never end.

A share that does not answer holds whoever asks it inside the operating system, where no time-out of Python reaches; on
Linux not even a signal does. So a process asks that nobody has to wait for (see `share`). It reads one request, a line of
JSON, from standard input, and writes lines of JSON: `{}` as a sign of life, one object for each file, and at last
`{"end": true}`.

What lies on a share is copied on the way, so that nobody needs to go there again.
"""

import hashlib
import json
import os
import shutil
import stat
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from odtool import source, whole
from odtool.assets import bundle
from odtool.assets.descriptor import TOML
from odtool.assets.kinds import KINDS
from odtool.errors import OdtoolError, UsageError, because, fault
from odtool.jobs.filesystem import on_share
from odtool.jobs.patterns import is_pattern, matching
from odtool.text import visible

OFTEN = 0.5  # seconds between signs of life
_PIECE = 1 << 20  # bytes
MAPS = {
    suffix: KINDS[suffix].format
    for suffix in (".shp", ".geojson", ".gpkg", ".kml", ".kmz", ".gml", ".las", ".laz", ".tif", ".tiff")
}
"""Formats of geographic information systems, by suffix."""
Alive = Callable[[], None]


def look(base: str, stated: str, copies: str, alive: Alive) -> Iterator[dict[str, Any]]:
    """The files at that place: `path` where to read it, `origin` where it was copied from ("" where it was not), `real`
    the same for every name of one file; or `error` with its two sentences and exit code. `copies` is the folder for copies.
    Raises UsageError where there is nothing."""
    none = True
    for path, error in named(base, stated, alive):
        none = False
        try:
            if error:
                raise error
            yield _taken(path, Path(copies), alive)
        except OSError as trouble:
            yield _refused(path, _closed(path, trouble))
        except UsageError as refused:
            yield _refused(path, refused)
    if none:
        ja, en = undescribed(aside(base, stated, alive))
        raise UsageError(
            f"{visible(stated, 300)}: CSV も xlsx も zip もありません。"
            + (ja or "場所を確かめてください（共有フォルダーの接続が切れていることもあります）。"),
            f"{visible(stated, 300)}: there is no CSV, xlsx or zip. "
            + (en or "Check the place; a network share may be disconnected."),
        )


def _refused(path: str, error: OdtoolError) -> dict[str, Any]:
    return {"path": path, "error": [error.ja, error.en, error.exit_code]}


def named(base: str, stated: str, alive: Alive) -> Iterator[tuple[str, UsageError | None]]:
    """What stands at that place or fits that pattern, or why a folder below cannot be looked into."""
    place = os.path.join(base, stated)  # noqa: PTH118 - keeps \\server\share as it is
    if not os.path.lexists(place) and is_pattern(stated):
        found, closed = matching(base, stated, alive)
        for path in found:
            yield from _inside(path, alive)
        for trouble in closed:
            yield str(trouble.filename), _closed(str(trouble.filename), trouble)
        return
    if not os.path.lexists(place):
        raise UsageError(
            f"{visible(stated, 300)}: ファイルもフォルダーもありません。場所を確かめてください（共有フォルダーの接続が切れていることもあります）。",
            f"{visible(stated, 300)}: there is no such file or folder. A network share may be disconnected.",
        )
    yield from _inside(place, alive)


def _inside(path: str, alive: Alive) -> Iterator[tuple[str, UsageError | None]]:
    """A file as it is; of a folder the folders of described files, and outside of those its tables and archives."""
    alive()
    if not Path(path).is_dir():
        if _wanted(Path(path)):
            yield path, None
        return
    try:
        described_itself = bundle.descriptor_in(path)
    except OSError as trouble:
        yield path, _closed(path, trouble)
        return
    if described_itself:
        yield path, None
        return
    described: list[str] = []
    tables: list[str] = []
    archives: list[str] = []
    closed: list[OSError] = []
    for folder, below, names in os.walk(path, onerror=closed.append):
        alive()
        if TOML in names and _is_file(Path(folder, TOML)):
            described.append(folder)
            below.clear()
            continue
        for found in (Path(folder, name) for name in names):
            alive()
            if _wanted(found) and _is_file(found):
                (archives if found.suffix.lower() == ".zip" else tables).append(str(found))
    for one in (*sorted(described), *sorted(tables)):
        yield one, None
    for error in closed:
        if not isinstance(error, FileNotFoundError):  # gone since it was listed
            yield str(error.filename or path), _closed(str(error.filename or path), error)
    for one in sorted(archives):
        yield one, None


def aside(base: str, stated: str, alive: Alive) -> dict[str, int]:
    """How many files for maps, by the name of their format, stand at that place undescribed, and so are not published: the
    export of a geographic information system holds them beside its tables. Folders that are closed tell nothing."""
    place = os.path.join(base, stated)  # noqa: PTH118 - keeps \\server\share as it is
    places = (
        matching(base, stated, alive)[0] if not os.path.lexists(place) and is_pattern(stated) else [place]
    )
    count: Counter[str] = Counter()
    for each in places:
        if not Path(each).is_dir():
            count[MAPS.get(Path(each).suffix.lower(), "")] += 1
            continue
        for _, below, names in os.walk(each):
            alive()
            if TOML in names:
                below.clear()
                continue
            count.update(MAPS.get(Path(name).suffix.lower(), "") for name in names)
    del count[""]
    return dict(sorted(count.items()))


def undescribed(found: dict[str, int]) -> tuple[str, str]:
    """What to do about files for maps; empty where there are none."""
    if not found:
        return "", ""
    ja, en = (
        lead.join(f"{name} {n:,}{unit}" for name, n in found.items())
        for lead, unit in (("、", "件"), (", ", ""))
    )
    return (
        f"地図のファイル（{ja}）は、同じフォルダーに説明（{TOML}）がないので公開しません。公開するなら、フォルダーごとに説明を置いてください（書き方は docs/assets.md）。",
        f"Files for maps ({en}) are not published without a description ({TOML}) in their folder (docs/assets.md tells how).",
    )


def _is_file(path: Path) -> bool:
    """Also where that cannot be told: reading it tells why."""
    try:
        return path.is_file()
    except OSError:
        return True


def _wanted(path: Path) -> bool:
    return path.suffix.lower() in source.SUFFIXES | {".zip"} and not path.name.startswith((".", "~$"))


def _closed(path: str, error: OSError) -> UsageError:
    return UsageError(
        f"{visible(path, 500)}: 開けません（{because(error)}）。ほかのソフトで開いていないか、権限があるか確かめてください。",
        f"{visible(path, 500)}: cannot be opened ({error.strerror}).",
    )


def _taken(path: str, copies: Path, alive: Alive) -> dict[str, Any]:
    """The file or folder of described files, copied where it lies on a share. Raises OSError, UsageError."""
    real = os.path.realpath(path)
    form = os.stat(path).st_mode  # noqa: PTH116 - a path of Windows stays as it is
    if not stat.S_ISREG(form) and not stat.S_ISDIR(form):
        raise UsageError(
            f"{visible(path, 500)}: ふつうのファイルではないため、読みません（名前付きパイプや装置です）。",
            f"{visible(path, 500)} is no ordinary file but a pipe or a device, and is not read.",
        )
    if not on_share(path):
        return {"path": path, "origin": "", "real": real}
    folder = copies / hashlib.sha256(real.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    goal = folder / Path(path).name
    if stat.S_ISREG(form):
        _copy(path, goal, alive)
    else:
        shutil.rmtree(goal, ignore_errors=True)
        for below, folders, names in os.walk(path, onerror=_raised):
            place = goal / Path(below).relative_to(path)
            for name in names:
                _copy(os.path.join(below, name), place / name, alive)  # noqa: PTH118
            for name in folders:
                (place / name).mkdir(parents=True, exist_ok=True)
    return {"path": str(goal), "origin": path, "real": real}


def _raised(error: OSError) -> None:
    raise error


def _copy(path: str, goal: Path, alive: Alive) -> None:
    def pieces() -> Iterator[bytes]:
        with Path(path).open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
                alive()

    goal.parent.mkdir(parents=True, exist_ok=True)
    whole.put(goal, pieces())
    with suppress(OSError):
        shutil.copystat(path, goal)


def checked(found: dict[str, Any]) -> dict[str, Any]:
    """What would be in the way of reading the file, without reading it."""
    path, error = found["path"], None
    if not os.access(path, os.R_OK):
        error = UsageError(
            f"{visible(path, 300)}: 読む権限がありません。", f"{visible(path, 300)}: may not be read."
        )
    elif path.lower().endswith(".zip") and not zipfile.is_zipfile(path):
        error = UsageError(
            f"{visible(path, 300)}: zip として読めません。", f"{visible(path, 300)}: is no zip archive."
        )
    return _refused(path, error) if error else found


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    last = 0.0

    def tell(line: dict[str, Any]) -> None:
        nonlocal last
        last = time.monotonic()
        sys.stdout.write(json.dumps(line) + "\n")  # ASCII, also of names that are no text
        sys.stdout.flush()

    def alive() -> None:
        if time.monotonic() - last > OFTEN:
            tell({})

    tell({})
    try:
        if asked["check"]:
            places = named(asked["base"], asked["stated"], alive)
            for path, error in places:
                tell(_refused(path, error) if error else checked({"path": path}))
            tell({"aside": aside(asked["base"], asked["stated"], alive)})
        else:
            for found in look(asked["base"], asked["stated"], asked["copies"], alive):
                tell(found)
        tell({"end": True})
    except OdtoolError as refused:
        tell({"refused": [refused.ja, refused.en, refused.exit_code]})
    except Exception as error:  # noqa: BLE001 - whoever asked passes it on
        tell({"fault": [type(error).__name__, fault("", error).trace]})


if __name__ == "__main__":
    main()
