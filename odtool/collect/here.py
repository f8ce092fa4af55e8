"""What lies on this machine: a catalogue in a folder, a list of open data as CSV, the ledger of what we published."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from odtool.collect import shapes
from odtool.collect.fetch import LISTING, Fetched, Fetcher
from odtool.collect.listed import Listed, Resource, UnseenError, digest
from odtool.datasets.catalog import index
from odtool.datasets.identify import FITS
from odtool.errors import UsageError, because
from odtool.judging.check import recognise
from odtool.ledger.record import reading
from odtool.portal import files
from odtool.portal.entries import Entry, entry
from odtool.text import visible

LIST = "open_data_list"  # the slug of the national list, in both editions


class Folder:
    """The catalogue that odtool keeps in a folder; what was withdrawn is not listed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def datasets(self) -> Iterator[Listed]:
        if not self._root.is_dir():
            raise UnseenError(
                f"{visible(str(self._root), 200)} というフォルダーがありません。設定の path を確かめてください。",
                f"There is no folder {visible(str(self._root), 200)}. Check the path in the settings.",
            )
        for place in sorted(self._root.glob("*/datapackage.json")):
            if files.is_plain(place.parent.name) and (found := _entry(place)) and not found.withdrawn:
                yield self._listed(found)

    def _listed(self, found: Entry) -> Listed:
        licence = (found.licence_id, found.licence, found.licence_url)
        return Listed(
            id=found.name,
            name=found.title,
            owner=found.place.code,
            organisation=found.publisher,
            licence=licence,
            tags=found.keywords,
            frequency=found.frequency,
            day=found.updated[:10],
            files=tuple(
                Resource(
                    id=file.name,
                    url=f"{self._root.as_posix()}/{found.name}/{file.name}",
                    name=file.title,
                    format=file.format,
                    size=file.size,
                    mark=_mark(self._root / found.name / file.name),
                    day=file.updated[:10],
                    licence=licence,
                    place=self._root / found.name / file.name,
                )
                for file in found.files
            ),
        )


def _entry(place: Path) -> Entry | None:
    try:
        package: Any = json.loads(place.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return entry(place.parent.name, package) if isinstance(package, Mapping) else None


def _mark(place: Path) -> str:
    """What changes when the file is written again."""
    try:
        found = place.stat()
    except OSError:
        return ""
    return digest([found.st_size, found.st_mtime_ns])


def fetched(resource: Resource, most: int) -> Fetched:
    """The bytes of a file of this machine. Raises UnseenError."""
    assert resource.place is not None
    try:
        if resource.place.stat().st_size > most:
            raise UnseenError(
                f"{visible(str(resource.place), 200)} は読み取る上限（{most:,} バイト）を超えています。",
                f"{visible(str(resource.place), 200)} is larger than the {most:,} bytes that are read.",
            )
        return Fetched("ok", resource.url, resource.place.read_bytes())
    except FileNotFoundError:
        return Fetched("gone", resource.url, status=404)
    except OSError as error:
        raise UnseenError(
            f"{visible(str(resource.place), 200)} を開けません（{because(error)}）。",
            f"{visible(str(resource.place), 200)} cannot be opened ({error.strerror}).",
        ) from None


# --- the national list -----------------------------------------------------------------------------


class OpenDataList:
    """An オープンデータ一覧 of either edition, on this machine or on the web."""

    def __init__(self, where: str, fetcher: Fetcher | None = None) -> None:
        self._where = where
        self._fetcher = fetcher

    def datasets(self) -> Iterator[Listed]:
        rows = list(self._rows())
        made: dict[str, dict[str, list[Mapping[str, str]]]] = {}
        for row in rows:
            name = _first(row, "データセット_ID", "NO", "データセット_タイトル", "データ名称")
            whose = made.setdefault(name, {})
            owner = _owner(row) or next(reversed(whose), "")
            whose.setdefault(owner, []).append(row)
        for name, whose in made.items():
            for owner, found in whose.items() if name else ():
                # Lists of several bodies in one file: each has numbered its own.
                yield _of_list(name if len(whose) == 1 else f"{owner}_{name}", found)

    def _rows(self) -> Iterator[Mapping[str, str]]:
        data, name = self._data()
        seen = recognise(data, name)
        match = next(
            (match for match in seen.matches if match.dataset.slug == LIST and match.score >= FITS), None
        )
        if seen.table is None or match is None:
            raise UnseenError(
                f"{visible(self._where, 200)} はオープンデータ一覧の項目名になっていません。",
                f"{visible(self._where, 200)} does not have the columns of a list of open data.",
            )
        places = {mapped.field: mapped.column - 1 for mapped in match.mapping if mapped.field}
        for number, record in enumerate(seen.table.grid.records(), 1):
            if number > seen.table.header_row and any(record):
                yield {field: record[place].strip() for field, place in places.items() if place < len(record)}

    def _data(self) -> tuple[bytes, str]:
        if self._fetcher is None:
            place = Path(self._where)
            found = fetched(Resource(id="", url=self._where, place=place), LISTING)
        else:
            found = self._fetcher.get(self._where, most=LISTING)
        if found.state == "gone":
            raise UnseenError(
                f"{visible(self._where, 200)} がありません。場所を確かめてください。",
                f"There is no {visible(self._where, 200)}. Check where it is.",
                found.status,
            )
        return found.data, self._where.rpartition("/")[2]


def _of_list(name: str, rows: list[Mapping[str, str]]) -> Listed:
    head = rows[0]
    licence = (_first(head, "ファイル_ライセンス", "ライセンス"), "", _first(head, "ファイル_利用規約"))
    return Listed(
        id=name,
        name=_first(head, "データセット_タイトル", "データ名称"),
        owner=_owner(head),
        organisation=_first(head, "地方公共団体名")
        or head.get("都道府県名", "") + head.get("市区町村名", ""),
        page=_first(head, "データセット_URL", "URL"),
        licence=licence,
        tags=tuple(filter(None, head.get("データセット_キーワード", "").split(";"))),
        frequency=_first(head, "データセット_更新頻度", "更新頻度"),
        day=_first(head, "データセット_最終更新日", "最終更新日"),
        files=tuple(_listed_file(n, row) for n, row in enumerate(rows, 1) if _address(row)),
    )


def _owner(row: Mapping[str, str]) -> str:
    return _first(row, "全国地方公共団体コード", "都道府県コード又は市区町村コード")


def _listed_file(number: int, row: Mapping[str, str]) -> Resource:
    address = _address(row)
    own = (_first(row, "ファイル_ライセンス", "ライセンス"), "", _first(row, "ファイル_利用規約"))
    return Resource(
        id=address or str(number),
        url=address,
        name=_first(row, "ファイル_タイトル", "データ名称"),
        format=_first(row, "ファイル形式", "データ形式").upper(),
        size=shapes.number_of(_first(row, "ファイル_サイズ")),
        day=_first(row, "ファイル_最終更新日", "最終更新日"),
        licence=own,
    )


def _address(row: Mapping[str, str]) -> str:
    """Where the file is; the old edition has one column for page and file."""
    found = _first(row, "ファイル_ダウンロードURL", "ファイル_アクセスURL", "URL")
    return found if found.startswith(("http://", "https://")) else ""


def _first(row: Mapping[str, str], *names: str) -> str:
    return next((row[name] for name in names if row.get(name)), "")


# --- the ledger ------------------------------------------------------------------------------------


class Published:
    """What the ledger says that we published: looked at once more where it is to be found by the public."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def datasets(self) -> Iterator[Listed]:
        try:
            with reading(self._path) as book:
                standing = book.standing()
        except UsageError as error:
            raise UnseenError(error.ja, error.en) from None
        found: dict[tuple[str, str], dict[str, Resource]] = {}
        owners: dict[tuple[str, str], str] = {}
        titles = index().slugs
        names: dict[tuple[str, str], str] = {}
        for noted in standing:
            key = (noted.portal, noted.dataset_name)
            owners[key], names[key] = noted.municipality, titles.get(noted.slug, noted.dataset_name)
            online = noted.url.startswith(("http://", "https://"))
            found.setdefault(key, {})[noted.file_name] = Resource(
                id=noted.file_name,
                url=noted.url,
                name=noted.file_name,
                mark="" if online else _mark(Path(noted.url)),
                day=noted.at[:10],
                place=None if online else Path(noted.url),
            )
        for key, resources in found.items():
            yield Listed(
                id=f"{key[1]}@{key[0]}",
                name=names[key],
                owner=owners[key],
                files=tuple(resources.values()),
            )
