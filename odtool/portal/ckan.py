"""A CKAN as a place to publish. `action` speaks to it, `ckan_entry` knows how it writes things down.

What it holds to, because CKAN servers do otherwise hurt: datasets are looked up by name, never searched; an entry
and its file are written in one call, so that nothing half-done is ever public; the call carries the moment of the
dataset's last change as it was read (`package_revise` with `match`), so that of two writers one is told and
nothing is written twice; after an unknown outcome it looks before it tries again.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import requests

from odtool.errors import PortalError
from odtool.ledger.journal import Tell, nobody
from odtool.planning.decide import CONTENT, differences
from odtool.planning.metadata import CC_BY, Licence
from odtool.planning.plan import Held, Offer, Published, Refusal
from odtool.portal import NoLicenceError, Payload, ckan_away, foreign, was_withdrawn, web
from odtool.portal import ckan_entry as entry
from odtool.portal.action import (
    ActionApi,
    DeniedError,
    GoneError,
    InvalidError,
    NotFound,
    Upload,
    WrongCallError,
)
from odtool.portal.datastore import DataStore
from odtool.portal.organizations import Organizations

_CC_BY_ADDRESSES = ("creativecommons.org/licenses/by/4.0", "opendefinition.org/licenses/cc-by")
_CHUNK = 1 << 20  # bytes


class Ckan:
    """The CKAN at `address`. `pause` is the unit of waiting between tries in seconds, `pace` the least time between two
    requests, `timeout` the longest to connect and to go without a byte; `tell` hears of every call."""

    by_hand = False

    def __init__(
        self,
        name: str,
        address: str,
        token: str,
        *,
        organization: str = "{code}",
        contact: str = "",
        create_organization: bool = False,
        tables: bool = False,
        views: bool = True,
        places: Mapping[str, str] = entry.PLACES,
        pause: float = 1.0,
        pace: float = 0,
        timeout: tuple[float, float] = web.TIMEOUT,
        tell: Tell = nobody,
    ) -> None:
        self.name = name
        self.address = address
        self.holds = places.keys()
        self._places = places
        self._tables = tables
        self._views = views
        self._timeout = timeout
        self._api = ActionApi(
            address, token, contact=contact, pause=pause, pace=pace, timeout=timeout, tell=tell
        )
        self._organizations = Organizations(self._api, organization, create=create_organization)
        self._store = DataStore(self._api, pause)
        self._raw: dict[str, dict[str, Any]] = {}  # what `find` read last, to be written upon
        self._sent: set[tuple[str, str]] = set()  # files of this run
        self._revises = True  # CKAN 2.9 and later; found out by trying

    # --- looking -------------------------------------------------------------------------------

    def licence(self, wanted: Licence) -> Licence:
        """Portals name the same licence differently (CC-BY-4.0, cc-by-40-intl), and store unknown names silently."""
        listed = [
            known
            for known in self._api.read("license_list")
            if isinstance(known, dict) and isinstance(known.get("id"), str)
        ]
        for known in listed:
            if known.get("id") == wanted.id:
                return wanted
        if wanted.id == CC_BY.id or wanted.url == CC_BY.url:
            for address in _CC_BY_ADDRESSES:  # best first; a stock CKAN has only one without a version
                for known in listed:
                    if str(known.get("url", "")).rstrip("/").removesuffix("/deed.ja").endswith(address):
                        return Licence(str(known["id"]), wanted.title, wanted.url)
        there = ", ".join(sorted(str(known.get("id")) for known in listed))
        raise NoLicenceError(wanted.id, there)

    def find(self, dataset_name: str) -> Published | None:
        self._raw.pop(dataset_name, None)
        try:
            raw = self._api.read("package_show", id=dataset_name)
        except NotFound:
            return None
        except DeniedError:
            return Published(
                dataset_name,
                obstacle=Refusal(
                    "portal",
                    f"ポータルの {dataset_name} は非公開か削除済みで、このトークンでは見られません。"
                    "ポータルの担当者に確かめてください。",
                    f"{dataset_name} on the portal is private or deleted, and this token may not see it. "
                    "Ask those in charge of the portal.",
                ),
            )
        if raw.get("state") == "deleted":  # its name is free: CKAN renames what lies in the trash
            return None
        return self._seen(dataset_name, raw)

    def _seen(self, dataset_name: str, raw: dict[str, Any]) -> Published:
        self._raw[dataset_name] = raw
        return self._judged(raw, entry.published(dataset_name, raw, self._places, tables=self._tables))

    def _judged(self, raw: Mapping[str, Any], found: Published) -> Published:
        """With what stands in the way of writing there."""
        name, extras = found.name, entry.extras_of(raw)
        if extras.get(entry.MARK) != "1":
            hidden = bool(raw.get("private")) or raw.get("state") != "active"
            why = foreign(name, hidden=hidden, withdrawn=found.withdrawn)
            return replace(found, obstacle=Refusal("portal", *why), foreign=True, hidden=hidden)
        organization = (raw.get("organization") or {}).get("name")
        expected = self._organizations.name(extras.get(entry.MUNICIPALITY) or name[:6])
        if organization != expected:
            return replace(
                found,
                withdrawn="",  # to be restored is no reason to write there
                obstacle=Refusal("portal", *_elsewhere(name, organization, expected)),
            )
        if found.withdrawn:
            return replace(found, obstacle=Refusal("portal", *was_withdrawn(name, found.withdrawn)))
        if raw.get("state") != "active" or (raw.get("private") and entry.UNFINISHED not in extras):
            return replace(
                found,
                obstacle=Refusal(
                    "portal",
                    f"ポータルの {name} は非公開にされています。公開してよければ、ポータルで公開に戻してください。",
                    f"{name} was made private on the portal. Make it public there if it may be published.",
                ),
            )
        return found

    def digest(self, held: Held) -> str:
        def read() -> str:
            found, size = hashlib.sha256(), 0
            for chunk in self._downloaded(held):
                found.update(chunk)
                size += len(chunk)
                if held.size is not None and size > held.size:
                    break  # another file already, perhaps without an end
            return found.hexdigest()

        return web.whole(read)

    def content(self, held: Held, most: int) -> bytes | None:
        def read() -> bytes | None:
            found = bytearray()
            for chunk in self._downloaded(held):
                found += chunk
                if len(found) > most:
                    return None
            return bytes(found)

        return web.whole(read)

    def _downloaded(self, held: Held) -> Iterator[bytes]:
        answer = self._public(held.url)
        with answer:
            if answer.status_code != 200:
                raise PortalError(
                    f"ポータルに送ったファイルを読み直せません（{answer.status_code}）: {held.url}",
                    f"The file cannot be read back from the portal ({answer.status_code}): {held.url}",
                )
            try:
                yield from answer.iter_content(_CHUNK)
            except requests.RequestException as error:
                raise web.failure(error, self.address, writing=False) from None

    def _public(self, url: str) -> requests.Response:
        """The answer that everybody gets, its body not yet read."""
        try:
            return self._api.public.get(url, timeout=self._timeout, stream=True)
        except requests.RequestException as error:
            raise web.failure(error, self.address, writing=False) from None

    # --- writing -------------------------------------------------------------------------------

    def save(
        self,
        offer: Offer,
        content: Payload | None,
        held: Published | None,
        fields: Collection[str],
        *,
        takes: str = "",
    ) -> None:
        name = offer.dataset_name
        wanted = {*fields, CONTENT} if content else set(fields)
        expected = held
        if held is None:
            expected = self._create(offer, wanted)

        def write() -> None:
            raw = self._raw.get(name)
            if raw is None:
                raise _gone(name)
            self._require_ours(raw, offer)
            now = entry.published(name, raw, self._places, tables=self._tables)
            self._write(raw, offer, content, entry.dataset_fields(offer, raw, held, fields, self._places),
                        takes or (file.id if (file := now.resources.get(offer.file_name)) else ""))  # fmt: skip

        def done() -> bool:
            """Also reads what there is now, for the next try."""
            found = self.find(name)
            if found is None:
                return False
            if not found.obstacle and not {c.field for c in differences(offer, found)} & wanted:
                return True
            if expected is None or replace(found, details={}) != replace(expected, details={}):
                raise PortalError(
                    f"ポータルの {name} が、書き込むあいだに別の人か別の処理によって変わりました。もう一度実行してください。",
                    f"{name} was changed on the portal by somebody else meanwhile. Run this again.",
                )
            return False

        self._api.surely(write, done)
        self._sent.add((name, offer.file_name))

    def _require_ours(self, raw: Mapping[str, Any], offer: Offer) -> None:
        """Raises PortalError where the dataset, as one that is taken over may, belongs to another body."""
        there = (raw.get("organization") or {}).get("name")
        if there != (expected := self._organizations.name(offer.municipality)):
            raise PortalError(*_elsewhere(offer.dataset_name, there, expected))

    def _create(self, offer: Offer, fields: Collection[str]) -> Published | None:
        """Make the entry, hidden until its file is there, and see what was made."""
        name = offer.dataset_name
        owner = self._organizations.owner(offer.municipality)
        said = entry.dataset_fields(offer, None, None, fields, self._places)
        said["extras"].append({"key": entry.UNFINISHED, "value": "1"})
        self._api.surely(
            lambda: self._api.write("package_create", name=name, owner_org=owner, private=True, **said),
            lambda: self.find(name) is not None,
        )
        # The answer does not tell: of two that create one name at once CKAN lets the second write over the first, and
        # answers it as if there were no file yet.
        found = self.find(name)
        if found and found.obstacle:
            raise PortalError(found.obstacle.ja, found.obstacle.en)
        return found

    def _write(
        self,
        raw: Mapping[str, Any],
        offer: Offer,
        content: Payload | None,
        said: Mapping[str, Any],
        file_id: str,
    ) -> None:
        """Entry and file in one call where the portal can, else the file first: a changed entry may wait for it."""
        private: dict[str, Any] = {"private": False} if raw.get("private") else {}
        if self._revises:
            try:
                self._revise(raw, dict(said) | private, offer, content, file_id)
            except WrongCallError:
                if self._api.knows("package_revise"):  # it was this call that was wrong
                    raise
                self._revises = False  # before 2.9
            else:
                return
        if content:
            with content.open() as stream:
                file = {"upload": (offer.file_name, stream, offer.media_type)}
                where = {"id": file_id} if file_id else {"package_id": offer.dataset_name}
                action = "resource_patch" if file_id else "resource_create"
                self._api.write(action, files=file, **where, **entry.resource_fields(offer))
        self._api.write("package_patch", id=raw["id"], **said, **private)

    def _revise(
        self,
        raw: Mapping[str, Any],
        update: Mapping[str, Any],
        offer: Offer | None,
        content: Payload | None,
        file_id: str,
    ) -> None:
        """Compare and set: refused where the dataset has changed since it was read."""
        call = {
            "match": json.dumps({"id": raw["id"], "metadata_modified": raw["metadata_modified"]}),
            # Lists would be merged place by place; what is filtered out first is replaced.
            "filter": ",".join(f"-{key}" for key in update if key in ("extras", "tags")),
            "update": json.dumps(update),
        }
        if content is None or offer is None:
            self._api.write("package_revise", None, **call)
            return
        place = f"update__resources__{file_id}" if file_id else "update__resources__-1"
        fields = entry.resource_fields(offer)
        if self._views and not file_id:  # CKAN makes them by itself for a file that comes in any other way
            fields[entry.VIEWS] = entry.WANTED
        call |= (
            {place: json.dumps(fields)} if file_id else {"update__resources__extend": json.dumps([fields])}
        )
        with content.open() as stream:
            files: dict[str, Upload] = {f"{place}__upload": (offer.file_name, stream, offer.media_type)}
            self._api.write("package_revise", files=files, **call)

    def load(self, offer: Offer, content: Payload, held: Held) -> None:
        table = self._tables and offer.format == "CSV"
        new = self._store.load(held.id, content) if table else False
        resource = self._resource(offer.dataset_name, held.id)
        if self._views and (new or resource.get(entry.VIEWS) == entry.WANTED):
            self._make_views(resource, table=table, sent=(offer.dataset_name, offer.file_name) in self._sent)
        marks = {entry.VIEWS: "made", **({entry.LOADED: offer.content_sha256} if table else {})}

        def marked() -> bool:
            self.find(offer.dataset_name)
            return marks.items() <= self._resource(offer.dataset_name, held.id).items()

        with suppress(GoneError):
            self._api.surely(lambda: self._api.write("resource_patch", None, id=held.id, **marks), marked)

    def _resource(self, dataset_name: str, id_: str) -> Mapping[str, Any]:
        """As it was read last."""
        resources = self._raw.get(dataset_name, {}).get("resources") or ()
        return next((each for each in resources if each.get("id") == id_), {})

    def _make_views(self, resource: Mapping[str, Any], *, table: bool, sent: bool) -> None:
        """Once. A portal that does not let us is left as it is: its own people may make them."""

        def there() -> bool:
            return bool(self._api.read("resource_view_list", id=resource["id"]))

        def make() -> None:
            self._api.write(
                "resource_create_default_resource_views",
                resource={**resource, "datastore_active": table},
                create_datastore_views=table,
            )

        with suppress(DeniedError, InvalidError, GoneError, NotFound, WrongCallError):
            if sent or not there():  # a run before this one may have got that far
                self._api.surely(make, there)

    # --- taking away ---------------------------------------------------------------------------

    def withdraw(self, held: Published, file: Held | None, said: str) -> None:
        raw = self._raw.get(held.name)
        if raw is None:
            raise _gone(held.name)

        def again() -> Mapping[str, Any]:
            self.find(held.name)
            return self._raw.setdefault(held.name, raw)  # what is not shown any more may still be given away

        ckan_away.take_away(self._api, raw, held, file, said, again=again)

    def still_public(self, held: Published, file: Held | None) -> str:
        raw = self._raw.get(held.name, {})
        return ckan_away.still_public(self.address, raw, held.name, file, self._public)

    def finish(self) -> None:
        """CKAN keeps its own overviews."""

    def close(self) -> None:
        self._api.close()


def _elsewhere(name: str, there: object, expected: str) -> tuple[str, str]:
    """The sentence for a dataset of another organisation."""
    ja = f"ポータルの {name} は組織「{there}」にあり、「{expected}」ではないため触れません。"
    en = f"{name} on the portal belongs to the organisation {there}, not {expected}; it is left alone."
    return (
        f"{ja}組織を移すか、odtool.toml の organization を直してください。",
        f"{en} Move it, or correct organization in odtool.toml.",
    )


def _gone(name: str) -> PortalError:
    return PortalError(
        f"ポータルのデータセット {name} が途中でなくなりました。もう一度実行してください。",
        f"The dataset {name} vanished from the portal. Run this again.",
    )
