"""A CKAN, through its action API. The only module that speaks to CKAN.

What it holds to, because CKAN servers do otherwise hurt: datasets are looked up by name, never searched;
only patches, never updates, so that what others wrote stays; the digest of a file is sent in the same call
as the file, so that it never vouches for bytes that did not arrive; after an unknown outcome it looks
before it tries again.
"""

import io
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError
from ckanapi.errors import CKANAPIError, ServerIncompatibleError

from odtool import __version__
from odtool.errors import PortalError, UsageError
from odtool.municipality import municipalities
from odtool.plan import CC_BY, Held, Licence, Offer, Published, Refusal
from odtool.portal import PortalStopError, foreign, web
from odtool.text import visible

MARK = "odtool_managed"
KIND = "odtool_dataset"
FILE = "odtool_file"
_CC_BY_ADDRESSES = ("creativecommons.org/licenses/by/4.0", "opendefinition.org/licenses/cc-by")


class DeniedError(PortalStopError):
    """The portal does not let this token do that."""


class Ckan:
    """The CKAN at `address`. `pause` is the unit of waiting between tries, in seconds."""

    def __init__(
        self,
        name: str,
        address: str,
        token: str,
        *,
        organization: str = "{code}",
        contact: str = "",
        create_organization: bool = False,
        pause: float = 1.0,
    ) -> None:
        self.name = name
        self.address = address
        self._token = token
        self._organization = organization
        self._create_organization = create_organization
        self._pause = pause
        agent = f"odtool/{__version__}" + (f" (+{contact})" if contact else "")
        self._session = web.session(agent, pause)
        self._session.hooks["response"] = [self._keep]
        self._public = web.session(agent, pause)  # no token: downloads must work for everybody
        self._answer: requests.Response | None = None
        self._reader = RemoteCKAN(address, token or None, agent, get_only=True, session=self._session)
        self._writer = RemoteCKAN(address, token or None, agent, session=self._session)
        self._writable: dict[str, str] | None = None

    # --- looking -------------------------------------------------------------------------------

    def licence(self, wanted: Licence) -> Licence:
        """Portals name the same licence differently (CC-BY-4.0, cc-by-40-intl), and store unknown names silently."""
        listed = [entry for entry in self._read("license_list") if isinstance(entry, dict)]
        for entry in listed:
            if entry.get("id") == wanted.id:
                return wanted
        if wanted.id == CC_BY.id:
            for known in _CC_BY_ADDRESSES:  # best first; a stock CKAN has only one without a version
                for entry in listed:
                    if str(entry.get("url", "")).rstrip("/").removesuffix("/deed.ja").endswith(known):
                        return Licence(str(entry["id"]), wanted.title, wanted.url)
        there = ", ".join(sorted(str(entry.get("id")) for entry in listed))
        raise UsageError(
            f"このポータルにライセンス「{wanted.id}」はありません。odtool.toml の licence に次のどれかを書いてください: {there}",
            f"The portal has no licence “{wanted.id}”. Set licence in odtool.toml to one of: {there}",
        )

    def find(self, dataset_name: str) -> Published | None:
        try:
            raw = self._read("package_show", id=dataset_name)
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
        return self._published(dataset_name, raw)

    def _published(self, name: str, raw: Mapping[str, Any]) -> Published:
        extras = _extras(raw)
        resources: dict[str, Held] = {}
        for resource in raw.get("resources") or ():
            held = _held(resource)
            resources.setdefault(held.file_name, held)
        return Published(
            name,
            metadata={
                "title": raw.get("title") or "",
                "licence": raw.get("license_id") or "",
                "dataset": extras.get(KIND, ""),
            },
            tags=tuple(sorted(tag["name"] for tag in raw.get("tags") or ())),
            resources=resources,
            details={
                "notes": raw.get("notes") or "",
                **{r["id"]: r.get("last_modified") or "" for r in raw.get("resources") or ()},
            },
            obstacle=self._obstacle(name, raw, extras),
        )

    def _obstacle(self, name: str, raw: Mapping[str, Any], extras: Mapping[str, str]) -> Refusal | None:
        if extras.get(MARK) != "1":
            return Refusal("portal", *foreign(name))
        organization = (raw.get("organization") or {}).get("name")
        expected = self._organization_name(name[:6])
        if organization != expected:
            return Refusal(
                "portal",
                f"ポータルの {name} は組織「{organization}」にあり、「{expected}」ではないため触れません。"
                "組織を戻すか、odtool.toml の organization を直してください。",
                f"{name} on the portal belongs to the organisation {organization}, not {expected}; it is left alone. "
                "Move it back, or correct organization in odtool.toml.",
            )
        if raw.get("private") or raw.get("state") != "active":
            return Refusal(
                "portal",
                f"ポータルの {name} は非公開にされています。公開してよければ、ポータルで公開に戻してください。",
                f"{name} was made private on the portal. Make it public there if it may be published.",
            )
        return None

    def fetch(self, held: Held) -> bytes:
        try:
            answer = self._public.get(held.url, timeout=web.TIMEOUT)
            content = answer.content
        except requests.RequestException as error:
            raise web.failure(error, self.address, writing=False) from None
        if answer.status_code != 200:
            raise PortalError(
                f"ポータルに送ったファイルを読み直せません（{answer.status_code}）: {held.url}",
                f"The file cannot be read back from the portal ({answer.status_code}): {held.url}",
            )
        return content

    # --- writing -------------------------------------------------------------------------------

    def save_dataset(self, offer: Offer, held: Published | None) -> None:
        name = offer.dataset_name
        if held and (raw := self._show(name)) is not None:
            self._patch(offer, raw)
            return
        owner = self._owner(offer.municipality)
        self._surely(
            lambda: self._write(
                "package_create",
                name=name,
                title=offer.title,
                notes=offer.description,
                license_id=offer.licence,
                owner_org=owner,
                private=False,
                tags=[{"name": tag} for tag in offer.tags],
                extras=[{"key": MARK, "value": "1"}, {"key": KIND, "value": offer.dataset}],
            ),
            lambda: self._show(name) is not None,
        )

    def _show(self, name: str) -> dict[str, Any] | None:
        """The dataset if it is there and ours. Raises PortalError where it is somebody else's."""
        try:
            raw: dict[str, Any] = self._read("package_show", id=name)
        except NotFound:
            return None
        if raw.get("state") == "deleted":
            return None
        if obstacle := self._obstacle(name, raw, _extras(raw)):
            raise PortalError(obstacle.ja, obstacle.en)
        return raw

    def _patch(self, offer: Offer, raw: Mapping[str, Any]) -> None:
        extras = _extras(raw) | {MARK: "1", KIND: offer.dataset}
        tags = dict.fromkeys([*(tag["name"] for tag in raw.get("tags") or ()), *offer.tags])
        patch = {
            "id": raw["id"],
            "title": offer.title,
            "license_id": offer.licence,
            "tags": [{"name": tag} for tag in tags],  # a patch replaces both lists whole
            "extras": [{"key": key, "value": value} for key, value in extras.items()],
        }
        # Repeating it changes nothing more, so an unknown outcome needs no look.
        self._surely(lambda: self._write("package_patch", **patch), lambda: False)

    def save_resource(self, offer: Offer, content: bytes, held: Held | None) -> None:
        said = {
            "name": offer.file_title,
            "format": "CSV",
            "mimetype": "text/csv",
            "hash": f"sha256:{offer.content_sha256}",
            FILE: offer.file_name,
            "odtool_schema": offer.dataset,
            "odtool_validated": offer.judged,
            "odtool_rows": str(offer.rows),
            "odtool_warnings": str(offer.warnings),
        }
        # Every value is a string: lists and objects do not fit beside an upload.
        action, target = (
            ("resource_patch", {"id": held.id})
            if held
            else ("resource_create", {"package_id": offer.dataset_name})
        )
        self._surely(
            lambda: self._write(action, files=_upload(offer.file_name, content), **target, **said),
            lambda: self._arrived(offer),
        )

    def _arrived(self, offer: Offer) -> bool:
        found = self.find(offer.dataset_name)
        file = found.resources.get(offer.file_name) if found else None
        return file is not None and file.sha256 == offer.content_sha256

    def finish(self) -> None:
        """CKAN keeps its own overviews."""

    def close(self) -> None:
        self._session.close()
        self._public.close()

    # --- organisations -------------------------------------------------------------------------

    def _organization_name(self, code: str) -> str:
        return self._organization.replace("{code}", code)

    def _owner(self, code: str) -> str:
        """The id of the municipality's organisation. Raises PortalError where it is not ours to publish to."""
        name = self._organization_name(code)
        if self._writable is None:  # a wrong token is told here: it gets an empty list, not an error
            listed = self._read("organization_list_for_user", permission="create_dataset")
            self._writable = {entry["name"]: entry["id"] for entry in listed}
        if name in self._writable:
            return self._writable[name]
        exists = self._organization_exists(name)
        if not exists and self._create_organization:
            title = municipalities()[code].title
            made = self._surely(
                lambda: self._write("organization_create", name=name, title=title),
                lambda: self._organization_exists(name),
            )
            self._writable[name] = made["id"] if isinstance(made, dict) else name
            return self._writable[name]
        if not self._writable:
            raise PortalStopError(
                "このトークンで公開できる組織がありません。トークンが正しいか、期限が切れていないか、"
                "組織の編集者になっているかを確かめてください。",
                "This token may publish to no organisation. Check that it is right and has not expired, and that "
                "its owner is an editor of the organisation.",
            )
        if exists:
            raise PortalError(
                f"組織「{name}」に公開する権限がこのトークンにありません。ポータルの担当者に編集者の権限を頼んでください。",
                f"This token may not publish to the organisation {name}. Ask for the role of an editor.",
            )
        raise PortalError(
            f"ポータルに組織「{name}」がありません。担当者に作ってもらうか、権限があれば --create-organization を付けてください。",
            f"The portal has no organisation {name}. Have it made, or add --create-organization if you may.",
        )

    def _organization_exists(self, name: str) -> bool:
        try:
            self._read("organization_show", id=name, include_users=False, include_datasets=False)
        except NotFound:
            return False
        return True

    # --- calls ---------------------------------------------------------------------------------

    def _surely(self, do: Callable[[], Any], done: Callable[[], bool]) -> Any:
        """Do it, and after an unknown outcome look whether it is done before trying again."""
        for attempt in range(1, web.TRIES + 1):
            try:
                return do()
            except web.UncertainError as error:
                time.sleep(max(error.wait, self._pause * 2 ** (attempt - 1)))
                if done():
                    return None
                if attempt == web.TRIES:
                    raise (PortalStopError(error.ja, error.en) if error.down else error) from None
        return None

    def _read(self, action: str, **parameters: Any) -> Any:
        # A redirect is not followed: the token would travel with it.
        return self._call(self._reader, action, parameters, {"allow_redirects": False})

    def _write(self, action: str, /, files: Mapping[str, Any] | None = None, **parameters: Any) -> Any:
        return self._call(self._writer, action, parameters, {}, files)

    def _call(
        self,
        api: RemoteCKAN,
        action: str,
        parameters: Mapping[str, Any],
        how: dict[str, Any],
        files: Mapping[str, Any] | None = None,
    ) -> Any:
        """The action's result. Raises NotFound, or PortalError in one of its kinds."""
        self._answer = None
        writing = api is self._writer
        try:
            return api.call_action(
                action, dict(parameters), files=files, requests_kwargs={"timeout": web.TIMEOUT, **how}
            )
        except NotFound:
            if writing:
                raise PortalError(
                    "ポータルのデータセットが途中でなくなりました。もう一度実行してください。",
                    "The dataset vanished from the portal. Run this again.",
                ) from None
            raise
        except NotAuthorized:
            raise DeniedError(
                "ポータルがこのトークンでの操作を断りました（403）。トークンの期限と権限を確かめてください。",
                "The portal refuses this token (403). Check whether it has expired and what it may do.",
            ) from None
        except ValidationError as error:
            raise self._invalid(error.error_dict) from None
        except requests.RequestException as error:
            raise web.failure(error, self.address, writing=writing) from None
        except (CKANAPIError, ServerIncompatibleError):
            assert self._answer is not None
            raise web.refused(self._answer, self.address, writing=writing) from None

    def _invalid(self, fields: Mapping[str, Any]) -> PortalError:
        """CKAN's words are in the portal's language; they are shown, never judged."""
        if "upload" in fields:
            return web.too_large()
        said = "; ".join(f"{key}: {value}" for key, value in fields.items() if not key.startswith("__"))
        said = visible(said.replace(self._token, "…") if self._token else said, 200)
        return PortalError(
            f"ポータルが内容を受け付けませんでした（{said}）。ポータルの担当者に確かめてください。",
            f"The portal did not accept it ({said}). Ask those in charge of the portal.",
        )

    def _keep(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        self._answer = answer


def _upload(file_name: str, content: bytes) -> dict[str, Any]:
    return {"upload": (file_name, io.BytesIO(content), "text/csv")}


def _extras(raw: Mapping[str, Any]) -> dict[str, str]:
    return {extra["key"]: extra["value"] for extra in raw.get("extras") or ()}


def _held(resource: Mapping[str, Any]) -> Held:
    url = str(resource.get("url") or "")
    digest = str(resource.get("hash") or "")
    size = str(resource.get("size") or "")
    return Held(
        # Editing a resource on the portal's own pages drops our key; its address still ends in the name.
        str(resource.get(FILE) or unquote(urlsplit(url).path.rpartition("/")[2])),
        str(resource["id"]),
        digest.removeprefix("sha256:") if digest.startswith("sha256:") else "",
        int(size) if size.isdigit() else None,
        url,
    )
