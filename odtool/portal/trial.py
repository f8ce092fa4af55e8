"""A trial of writing: a private dataset of its own is made, filled, read back, and deleted again, whatever happens.

Only `odtool doctor --write-test` asks for it. The dataset is never public, and its name tells what it is.
"""

import csv
import io
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests

from odtool import __version__
from odtool.doctor import Finding, not_checked
from odtool.errors import PortalError
from odtool.portal import web
from odtool.portal.action import ActionApi, GoneError, NotFound
from odtool.portal.checkup import unknown
from odtool.portal.reach import TIMEOUT
from odtool.text import visible

PREFIX = "odtool-doctor-"
FILE_NAME = "動作確認.csv"
TITLE = "odtool doctor の動作確認（自動で消えます） / odtool doctor, removed by itself"
ROWS = (("番号", "名称"), ("0012", "確認"), ("007", "先頭のゼロ"))
LONGEST_LAG = 30.0  # seconds waited for the search to find it
LOOK = 0.5  # seconds between two looks
LARGEST = 10_000  # bytes read back; the file has some sixty
_UNSHAPED = (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError)
CLEANINGS = 4  # times it is tried to clean up
STEPS = ("upload", "search-lag", "datastore-write", "clean-up")


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is tried: the organisation's name and id, and whether there is a DataStore."""

    name: str
    id: str
    datastore: bool


class Trial:
    """At `address`, with the token that `api` has, too. `monotonic` and `sleep` are the system's own."""

    def __init__(
        self,
        address: str,
        token: str,
        api: ActionApi,
        *,
        longest_lag: float = LONGEST_LAG,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = address
        self._token = token
        self._api = api
        self._longest = longest_lag
        self._monotonic = monotonic
        self._sleep = sleep
        self.name = PREFIX + secrets.token_hex(8)
        self._content = _csv()

    def run(self, place: Place) -> list[Finding]:
        """Everything found, the cleaning up last; that is tried also where something else breaks off."""
        found: list[Finding] = []
        try:
            found += self._tried(place)
        finally:
            cleaned = self._clean()
        return [*found, cleaned, *self._left_before()]

    def _tried(self, place: Place) -> Iterator[Finding]:
        made = self._monotonic()
        try:
            self._create(place)
        except PortalError as error:
            yield _failed(
                "write", "非公開のデータセットを作れません", "No private dataset can be made", error
            )
            for step in STEPS[:-1]:
                yield not_checked(step, "データセットを作れません", "no dataset could be made")
            return
        yield Finding("write", "ok", f"組織「{place.name}」に、非公開のデータセットを作れました。",
                      f"A private dataset could be made in the organisation {place.name}.",
                      facts={"dataset": self.name, "organization": place.name})  # fmt: skip
        yield self._lag(made)
        resource, told = self._upload()
        yield told
        yield self._table(resource, place)

    # --- steps ---------------------------------------------------------------------------------

    def _create(self, place: Place) -> None:
        self._api.surely(
            lambda: self._write(
                "package_create", name=self.name, title=TITLE, owner_org=place.id, private=True
            ),
            lambda: self._there() is not None,
        )
        if self._there() is None:
            raise _unfit("package_show")

    def _lag(self, made: float) -> Finding:
        """How long after it was made the search finds it."""
        while True:
            try:
                answer = self._read("package_search", fq=f"name:{self.name}", include_private=True, rows=1)
                seen = isinstance(answer, dict) and bool(answer.get("count"))
            except NotFound:
                return unknown("search-lag", _unfit("package_search"))
            except PortalError as error:
                return unknown("search-lag", error)
            passed = self._monotonic() - made
            facts = {"seconds": round(passed, 1) if seen else None}
            if seen:
                return Finding("search-lag", "ok", f"作ってから {passed:.1f} 秒以内に検索で見つかりました。",
                               f"The search found it within {passed:.1f} seconds.", facts=facts)  # fmt: skip
            if passed >= self._longest:
                return Finding(
                    "search-lag", "warning", f"{passed:.0f} 秒待っても検索で見つかりません。公開した直後は、検索や一覧に出ないことがあります。",
                    f"The search does not find it after {passed:.0f} seconds: what was just published may not be listed yet.",
                    "odtool は検索に頼らずに確かめるので、公開に支障はありません。長く続くなら、ポータルの担当者に知らせてください。",
                    "odtool does not rely on the search, so it can publish. If it stays so, tell those in charge of the portal.",
                    facts=facts,
                )  # fmt: skip
            self._sleep(LOOK)

    def _upload(self) -> tuple[str, Finding]:
        """The id of the resource, and whether the very bytes are read back."""
        try:
            file = {"upload": (FILE_NAME, io.BytesIO(self._content), "text/csv")}
            self._write(
                "resource_create",
                files=file,
                package_id=self.name,
                name="動作確認",
                format="CSV",
                url="upload",
            )
        except PortalError as error:
            return "", _failed("upload", "ファイルを送れません", "No file can be uploaded", error)
        try:
            raw = self._there() or {}
        except PortalError as error:
            return "", unknown("upload", error)
        resource = next((r for r in _list(raw.get("resources")) if isinstance(r, dict)), {})
        id_, url = resource.get("id"), resource.get("url")
        if not isinstance(id_, str) or not isinstance(url, str):
            return "", unknown("upload", _unfit("package_show"))
        called = visible(url.rpartition("/")[2] or "?", 100)
        facts = {"sent_as": FILE_NAME, "stored_as": called}
        try:
            content = self._download(str(raw.get("id")), id_)
        except PortalError as error:
            return id_, unknown("upload", error)
        if content != self._content:
            return id_, Finding(
                "upload", "problem", "送ったファイルを読み直すと、中身が違います。", "The file that was read back is not the one that was sent.",
                "ポータルの担当者に知らせてください。公開しても中身を保証できません。",
                "Tell those in charge of the portal. What is published there cannot be relied on.", facts=facts,
            )  # fmt: skip
        return id_, Finding(
            "upload", "ok", f"ファイルを送り、読み直すと1バイトも違いません（「{FILE_NAME}」は「{called}」になりました。公開では英数字の名前を使います）。",
            f"A file was sent and read back byte for byte (“{FILE_NAME}” became “{called}”; publishing uses plain names).", facts=facts,
        )  # fmt: skip

    def _download(self, package: str, resource: str) -> bytes:
        """The file as the owner gets it. The token goes to this portal's own address alone."""
        url = f"{self._address}/dataset/{_part(package)}/resource/{_part(resource)}/download/file"
        try:
            with (
                web.session(f"odtool/{__version__}", 0.5) as session,
                session.get(
                    url,
                    headers={"Authorization": self._token},
                    timeout=TIMEOUT,
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                if answer.status_code != 200:
                    raise PortalError(
                        f"読み直しの答えは {answer.status_code} です",
                        f"reading it back is answered with {answer.status_code}",
                    )
                found = b""
                for chunk in answer.iter_content(1 << 12):
                    found += chunk
                    if len(found) > LARGEST:
                        break
                return found
        except requests.RequestException:
            raise PortalError("送ったファイルを読み直せません", "the file cannot be read back") from None

    def _table(self, resource: str, place: Place) -> Finding:
        if not place.datastore:
            return not_checked("datastore-write", "DataStore がありません", "there is no DataStore")
        if not resource:
            return not_checked("datastore-write", "ファイルを送れていません", "no file was sent")
        header, *rows = ROWS
        try:
            self._write(
                "datastore_create", resource_id=resource, force=True,
                fields=[{"id": name, "type": "text"} for name in header],
                records=[dict(zip(header, row, strict=True)) for row in rows],
            )  # fmt: skip
            answer = self._read("datastore_search", resource_id=resource, limit=10)
            found = [tuple(record[name] for name in header) for record in answer["records"]]
        except NotFound:
            return unknown("datastore-write", _unfit("datastore_search"))
        except PortalError as error:
            return _failed(
                "datastore-write", "DataStore に書き込めません", "The DataStore cannot be written to", error
            )
        except _UNSHAPED:
            return unknown("datastore-write", _unfit("datastore_search"))
        if sorted(found, key=str) != sorted(rows, key=str):
            return Finding(
                "datastore-write", "problem", "DataStore に書いた行を読み直すと、違っています（先頭のゼロなど）。",
                "The rows read back from the DataStore are not those that were written.",
                "ポータルの担当者に知らせ、それまで odtool.toml の datastore を false にしてください。",
                "Tell those in charge of the portal, and until then set datastore to false in odtool.toml.",
            )  # fmt: skip
        return Finding("datastore-write", "ok", "DataStore に書いた行を読み直すと、先頭のゼロまで一致します。",
                       "The rows read back from the DataStore are those that were written, leading zeros and all.")  # fmt: skip

    # --- cleaning up ---------------------------------------------------------------------------

    def _clean(self) -> Finding:
        """Delete whatever of it is there, and look; several times, as a portal that has just failed may fail again."""
        why = ("", "")
        for attempt in range(CLEANINGS):
            try:
                if self._erased():
                    return Finding(
                        "clean-up", "ok", f"試しのデータセット {self.name} は残っていません（作った場合、CKAN のごみ箱には残ります。管理者が完全に消せます）。",
                        f"The dataset {self.name} is not there any more. If it was made, it stays in CKAN's trash, which a sysadmin can empty.",
                        facts={"dataset": self.name},
                    )  # fmt: skip
            except PortalError as error:
                why = (
                    f"（{visible(error.ja, 300).rstrip('。')}）",
                    f" ({visible(error.en, 300).rstrip('.')})",
                )
            self._sleep(LOOK * attempt)
        return Finding(
            "clean-up", "problem", f"試しのデータセット {self.name} を削除したことを確かめられません{why[0]}。非公開のまま残っているかもしれません。",
            f"It cannot be told whether the dataset {self.name} was deleted{why[1]}; it may still be there, private.",
            f"ポータルの画面で {self._address}/dataset/{self.name} を開き、残っていれば削除してください。",
            f"Open {self._address}/dataset/{self.name} in the portal's pages, and delete it if it is there.",
            facts={"dataset": self.name},
        )  # fmt: skip

    def _left_before(self) -> Iterator[Finding]:
        """Trials of before that could not clean up: the machine had died. Deleting them is left to a person."""
        try:
            answer = self._read("package_search", fq=f"name:{PREFIX}*", include_private=True, rows=10)
            names = [entry["name"] for entry in answer["results"] if entry.get("state") == "active"]
        except (NotFound, PortalError, *_UNSHAPED):
            return
        if left := [visible(str(name), 60) for name in names if name != self.name]:
            yield Finding(
                "clean-up", "warning", f"前の試しが残っています: {', '.join(left)}。非公開です。", f"Trials of before are still there, private: {', '.join(left)}.",
                "ポータルの画面で開き、削除してください。", "Open them in the portal's pages, and delete them.", facts={"left": left},
            )  # fmt: skip

    def _erased(self) -> bool:
        """Whether nothing of it is there, having deleted what was."""
        raw = self._there()
        if raw is None:
            return True
        for resource in _list(raw.get("resources")):
            if isinstance(resource, dict) and resource.get("datastore_active"):
                with suppress(PortalError):
                    self._write("datastore_delete", resource_id=str(resource.get("id")), force=True)
        with suppress(GoneError):
            self._write("package_delete", id=self.name)
        return self._there() is None

    # --- calls ---------------------------------------------------------------------------------

    def _there(self) -> dict[str, Any] | None:
        """The dataset as it is; None where there is none, or only in the trash."""
        try:
            raw = self._read("package_show", id=self.name)
        except NotFound:
            return None
        if not isinstance(raw, dict) or raw.get("name") != self.name:
            raise _unfit("package_show")
        return None if raw.get("state") == "deleted" else raw

    def _read(self, action: str, **parameters: Any) -> Any:
        try:
            return self._api.read(action, **parameters)
        except _UNSHAPED:
            raise _unfit(action) from None

    def _write(self, action: str, **parameters: Any) -> Any:
        try:
            return self._api.write(action, **parameters)
        except _UNSHAPED:
            raise _unfit(action) from None


def _failed(name: str, ja: str, en: str, error: PortalError) -> Finding:
    why_ja, why_en = visible(error.ja, 500).rstrip("。"), visible(error.en, 500).rstrip(".")
    return Finding(
        name, "problem", f"{ja}（{why_ja}）。", f"{en}: {why_en}.",
        "ポータルの担当者に、この文をそのまま伝えてください。", "Tell those in charge of the portal just this.",
    )  # fmt: skip


def _unfit(action: str) -> PortalError:
    return PortalError(
        f"「{action}」への返事が CKAN のものではありません", f"what it answers to {action} is not CKAN's"
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _part(id_: str) -> str:
    """A part of an address made of what a portal answered: letters, digits and hyphens only."""
    return "".join(c for c in id_ if c.isascii() and (c.isalnum() or c in "-_"))[:100]


def _csv() -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(ROWS)
    return out.getvalue().encode("utf-8-sig")
