"""Settings → a source that can be read. What software a portal runs is found out once and remembered, not guessed at
every run."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from odtool.collect import here
from odtool.collect.api import Api, Family
from odtool.collect.dcat import Feed
from odtool.collect.fetch import Fetcher
from odtool.collect.listed import Source, UnseenError
from odtool.collect.settings import Reading
from odtool.text import visible

# Under which paths the action APIs of Japanese portals were found.
CKAN_PATHS = ("/api/3/action", "/ckan/api/3/action", "/data/api/3/action", "/gkan/api/3/action", "")
DATAEYE_PATHS = ("/ckan_api", "")
SHIRASAGI_PATHS = ("/api", "/opendata/api", "/opendata-catalog/api", "")

Found = dict[str, str]
"""What was found out of a portal: its `type` and the address of its `api`."""


def opened(
    said: Reading,
    fetcher: Fetcher,
    *,
    remembered: Callable[[str], Found | None] = lambda _: None,
    remember: Callable[[str, Found], None] = lambda *_: None,
) -> Source:
    """The source of these settings. `remembered` and `remember` keep what was found out of an address. Raises UnseenError
    where it is to be found out and nothing answers."""
    if said.type == "folder":
        return here.Folder(Path(said.path))
    if said.type == "ledger":
        return here.Published(Path(said.path))
    if said.type == "list":
        return here.OpenDataList(said.url, fetcher) if said.url else here.OpenDataList(said.path)
    if said.type == "dcat":
        return Feed(fetcher, said.url)
    found = _stated(said) or remembered(said.url)
    if found is None:
        found = _probed(said, fetcher)
        remember(said.url, found)
    family: Family = (
        "dataeye" if found["type"] == "dataeye" else "shirasagi" if found["type"] == "shirasagi" else "ckan"
    )
    return Api(
        fetcher, found["api"], family, site=_site(found["api"]), organisations=said.organizations, prefecture=said.prefecture
    )  # fmt: skip


def _stated(said: Reading) -> Found | None:
    """Where the settings tell both the software and its API, nothing is to be found out."""
    path = urlsplit(said.url).path
    return (
        {"type": said.type, "api": said.url}
        if said.type and path.endswith(("/action", "/ckan_api", "/api"))
        else None
    )


def _site(api: str) -> str:
    """The portal's address: that of its API without what belongs to the API."""
    for tail in ("/api/3/action", "/api/action"):
        if api.endswith(tail):
            return api.removesuffix(tail)
    return api


def _probed(said: Reading, fetcher: Fetcher) -> Found:
    """What answers below the address. Raises UnseenError where nothing does that can be read."""
    families: Mapping[Family, tuple[str, tuple[str, ...], str]] = {
        "ckan": ("status_show", CKAN_PATHS, ""),
        "dataeye": ("package_list", DATAEYE_PATHS, "?limit=1"),
        "shirasagi": ("package_list", SHIRASAGI_PATHS, "?limit=1"),
    }
    for family, (action, paths, query) in families.items():
        for path in paths if said.type in ("", family) else ():
            try:
                answer = fetcher.json(f"{said.url}{path}/{action}{query}")
            except UnseenError as error:
                if not error.status:  # nobody there, or robots.txt: other paths will not help
                    raise
                continue
            if (
                isinstance(answer, Mapping)
                and answer.get("success") is True
                and _is(family, answer.get("result"))
            ):
                return {"type": family, "api": said.url + path}
    shown = visible(said.url, 200)
    raise UnseenError(
        f"{shown} の下に、読み取れる API（CKAN・dataeye・SHIRASAGI）が見つかりません。設定に type と API の url を書いてください。",
        f"No API that can be read (CKAN, dataeye, SHIRASAGI) was found below {shown}. State type and the address of the API.",
    )


def _is(family: Family, result: object) -> bool:
    """Whether that software answers so: CKAN tells its version; dataeye's ids are numbers."""
    if family == "ckan":
        return isinstance(result, Mapping) and "ckan_version" in result
    if not isinstance(result, list):
        return False
    first = result[0] if result else None
    numbered = isinstance(first, int | Mapping) or (isinstance(first, str) and first.isdecimal())
    return numbered if family == "dataeye" else True


def remembered_as(note: str) -> Found | None:
    """What was remembered as text; None where it is nothing of the kind."""
    try:
        found = json.loads(note)
    except ValueError:
        return None
    good = (
        isinstance(found, dict) and isinstance(found.get("type"), str) and isinstance(found.get("api"), str)
    )
    return {"type": found["type"], "api": found["api"]} if good else None
