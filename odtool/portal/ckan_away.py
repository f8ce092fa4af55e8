"""Taking a dataset off a CKAN, and looking whether the public still gets any of it.

CKAN keeps the bytes of what is hidden or deleted on its disk, and gives a file under any name to whoever may see its
resource; so hiding, erasing the table and putting other bytes in the place of ours all belong to it.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import requests

from odtool.errors import PortalError
from odtool.planning.plan import Held, Published
from odtool.portal import Payload, PortalStopError
from odtool.portal import ckan_entry as entry
from odtool.portal.action import ActionApi, GoneError

Raw = Mapping[str, Any]
_TOMBSTONE = "取り下げました / withdrawn\n".encode()
_ANY_NAME = "file"
# 400 is the answer where there is no DataStore, 409 that of some portals where there is no such dataset.
_NOT_TO_BE_HAD = (400, 401, 403, 404, 409, 410)


def take_away(
    api: ActionApi, raw: Raw, held: Published, file: Held | None, said: str, *, again: Callable[[], Raw]
) -> None:
    """Hide the dataset and erase our files, or erase and delete the one file. `raw` is the dataset as it was read,
    `again` reads it anew. Goes on where a part fails, and then raises the first PortalError; done again it completes
    the rest."""
    troubles: list[PortalError] = []

    def attempt(action: Callable[[], None]) -> None:
        try:
            action()
        except PortalStopError:
            raise
        except PortalError as error:  # what cannot be hidden can perhaps be erased, and the other way round
            troubles.append(error)

    marks = entry.withdrawing(raw, file.file_name if file else "", said)
    hides: dict[str, Any] = {} if file else {"private": True}
    attempt(partial(again_and_again, api, "package_patch", id=raw["id"], extras=marks, **hides))
    # Another run may have brought a file since the dataset was looked up. What somebody else made stays untouched.
    there = () if held.foreign else again().get("resources") or ()
    for resource in there:
        if not resource.get(entry.FILE) or (file and resource["id"] != file.id):
            continue
        id_ = resource["id"]
        if resource.get("datastore_active"):
            attempt(partial(again_and_again, api, "datastore_delete", resource_id=id_, force=True))
        attempt(partial(_erase, api, resource))
        if file:
            attempt(partial(again_and_again, api, "resource_delete", id=id_))
    if troubles:
        raise troubles[0]


def again_and_again(api: ActionApi, action: str, **parameters: Any) -> None:
    """A call that changes nothing more when it is repeated."""

    def write() -> None:
        with suppress(GoneError):
            api.write(action, **parameters)

    api.surely(write, lambda: False)


def _erase(api: ActionApi, resource: Raw) -> None:
    """Other bytes take the place of the file's."""
    payload = Payload.of(_TOMBSTONE)

    def erase() -> None:
        with payload.open() as stream:
            file = {"upload": (str(resource[entry.FILE]), stream, "text/plain")}
            marks = {"hash": "", entry.WROTE: "", entry.SIZE: str(payload.size), entry.LOADED: ""}
            with suppress(GoneError):
                api.write("resource_patch", files=file, id=resource["id"], **marks)

    api.surely(erase, lambda: False)  # repeating it changes nothing more


def still_public(
    address: str, raw: Raw, name: str, file: Held | None, ask: Callable[[str], requests.Response]
) -> str:
    """The first address at which everybody still gets something of the dataset, or of the file; "" where there is
    none. `ask` gives the answer that everybody gets. Raises PortalError where an answer does not tell."""
    base = f"{address}/api/3/action"
    looks = [] if file else [f"{base}/package_show?id={name}"]
    for resource in raw.get("resources") or ():
        id_ = resource["id"]
        if (file and id_ != file.id) or resource.get("url_type") != "upload":
            continue  # what lies elsewhere is not this portal's to give
        looks += [
            f"{base}/datastore_search?resource_id={id_}&limit=1",
            f"{address}/dataset/{raw['id']}/resource/{id_}/download/{_ANY_NAME}",  # as its former names did
            str(resource.get("url")),
        ]
    return next((url for url in dict.fromkeys(looks) if _to_be_had(url, ask)), "")


def _to_be_had(url: str, ask: Callable[[str], requests.Response]) -> bool:
    answer = ask(url)
    with answer:
        status = answer.status_code
        # A portal may send who is not logged in to its login page; a storage elsewhere gives the file itself.
        page = answer.headers.get("Content-Type", "").startswith("text/html")
        sent_to_page = page and any(r.is_redirect for r in answer.history)
    if status in (200, 206):
        return not sent_to_page
    if status in _NOT_TO_BE_HAD:
        return False
    raise PortalError(
        f"公開の画面から見えなくなったかどうかを確かめられません（{status}）: {url} ログインしていないブラウザーで、すぐに確かめてください。",
        f"It cannot be told whether the public still gets it ({status}): {url} Look at once with a browser that is not "
        "logged in.",
    )
