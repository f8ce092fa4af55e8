"""Entries of datasets as portals answer them, of every age and make, → `Listed`. Whatever is missing or odd is ""."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from odtool.collect.listed import Listed, Resource, digest

FILES = 10_000  # of one dataset
NOTE = 500  # characters of what stands beside a file
MARKS = ("hash", "last_modified", "revision_id", "size", "updated", "url")
# The last is SHIRASAGI's own, as its source spells it.
_ADDRESSES = ("download_url", "url", "original_url", "originai_url")
_FREQUENCIES = ("frequency", "frequency_of_update", "update_frequency", "accrual_periodicity", "更新頻度")


def ckan(raw: Mapping[str, Any], base: str) -> Listed | None:
    """A package of CKAN's. `base` is the portal's address; files below its host are kept by the portal itself. None where
    it is none of the public's datasets."""
    name = text(raw.get("name")) or text(raw.get("id"))
    if not name or raw.get("private") is True or text(raw.get("state")) not in ("", "active"):
        return None
    owner = obj(raw.get("organization"))
    extras = _extras(raw)
    licence = (text(raw.get("license_id")), text(raw.get("license_title")), text(raw.get("license_url")))
    return Listed(
        id=name,
        name=text(raw.get("title")) or name,
        owner=text(owner.get("name")),
        organisation=text(owner.get("title")) or text(owner.get("name")) or text(extras.get("publisher")),
        page=f"{base}/dataset/{name}",
        licence=licence,
        notes=(text(extras.get("copyright")), *_tags(raw)),
        tags=_tags(raw),
        frequency=next(
            filter(None, (text(extras.get(key)) or text(raw.get(key)) for key in _FREQUENCIES)), ""
        ),
        day=text(raw.get("metadata_modified"))[:10],
        files=told_apart(_files(raw, base, licence)),
    )


def dataeye(raw: Mapping[str, Any], base: str) -> Listed | None:
    """A dataset of dataeye's: CKAN's words, numbers for ids, and `title` where CKAN's resources have `name`."""
    numbered = text(raw.get("id")) or text(raw.get("name"))
    if not numbered:
        return None
    found = ckan({**raw, "name": numbered, "state": raw.get("state") or "active"}, base)
    if found is None:
        return None
    host, _, _ = base.partition("/ckan_api")
    owner = raw.get("organization")
    if not isinstance(owner, Mapping):  # there it is a name alone
        found = replace(found, owner=text(owner), organisation=text(owner))
    return replace(found, page=f"{host}/datasets/{numbered}")


def shirasagi(raw: Mapping[str, Any], base: str) -> Listed | None:
    """A dataset of SHIRASAGI's: `name` is the title, licences are objects of the files, dates carry their zone.

    As its Opendata::Api::Converter writes it (https://github.com/shirasagi/shirasagi). Files that it copies from an address
    of somebody else's come after its own: they have `originai_url` (so spelled) in place of an address, and their
    `license_id` is a row number of the portal's, which names no licence.
    """
    key = text(raw.get("uuid")) or text(raw.get("id"))
    if not key or text(raw.get("state")) not in ("", "public", "active"):
        return None
    groups = [text(group.get("name")) for group in objects(raw.get("groups"))]
    areas = [text(area.get("name")) for area in objects(raw.get("areas"))]
    files = []
    for number, entry in enumerate(objects(raw.get("resources")), 1):
        if text(entry.get("state")) not in ("", "public", "active"):
            continue
        held = obj(entry.get("license"))
        address = next(filter(None, (text(entry.get(key)) for key in _ADDRESSES)), "")
        files.append(
            Resource(
                id=text(entry.get("uuid")) or text(entry.get("id")) or str(number),
                url=_joined(base, address),
                name=text(entry.get("name")),
                format=text(entry.get("format")).upper(),
                size=number_of(entry.get("size")),
                mark=_mark(entry, address, base),
                day=(text(entry.get("updated")) or text(entry.get("original_updated")))[:10],
                note=text(entry.get("text"))[:NOTE],
                licence=(text(held.get("uid")), text(held.get("name")), text(held.get("url"))),
            )
        )
    licences = list(dict.fromkeys(file.licence for file in files))
    return Listed(
        id=key,
        name=text(raw.get("name")) or key,
        owner=groups[0] if groups else "",
        organisation=next(filter(None, (*groups, *areas, text(obj(raw.get("site")).get("name")))), ""),
        page=text(raw.get("url")),
        licence=licences[0] if len(licences) == 1 else ("", "", ""),
        tags=_tags(raw),
        frequency=text(raw.get("update_plan")),
        day=text(raw.get("updated"))[:10],
        files=told_apart(files),
    )


def told_apart(files: Iterable[Resource]) -> tuple[Resource, ...]:
    """The files, each with an id of its own whatever the portal says, and as many as a dataset can have: of those beyond,
    an entry without an address tells how many they are."""
    found: dict[str, Resource] = {}
    met: Counter[str] = Counter()
    more = 0
    for file in files:
        if len(found) >= FILES:
            more += 1
            continue
        key = file.id
        while key in found:
            met[file.id] += 1
            key = f"{file.id}#{met[file.id] + 1}"
        found[key] = file if key == file.id else replace(file, id=key)
    rest = (
        Resource(
            "#more", "", f"ほか {more:,} ファイル（1つのデータセットにあるのは {FILES:,} までとみなします）"
        ),
    )
    return (*found.values(), *(rest if more else ()))


def _files(raw: Mapping[str, Any], base: str, licence: tuple[str, str, str]) -> Iterator[Resource]:
    for number, entry in enumerate(objects(raw.get("resources")), 1):
        if text(entry.get("state")) not in ("", "active"):
            continue
        own = next(
            filter(None, (text(entry.get(key)) for key in ("resource_license_id", "license_id", "license"))),
            "",
        )
        address = text(entry.get("url")) or text(entry.get("download_url"))
        yield Resource(
            id=text(entry.get("id")) or str(number),
            url=_joined(base, address),
            name=text(entry.get("name")) or text(entry.get("title")) or text(entry.get("description"))[:200],
            format=text(entry.get("format")).strip(" .").upper(),
            size=number_of(entry.get("size")),
            mark=_mark(entry, address, base),
            day=(
                text(entry.get("last_modified"))
                or text(entry.get("last_modified_date"))
                or text(entry.get("created"))
            )[:10],
            licence=(own, "", "") if own else licence,
            note=text(entry.get("description"))[:NOTE],
        )


def _mark(entry: Mapping[str, Any], address: str, base: str) -> str:
    """What the portal tells of the bytes, where it keeps them itself: a link elsewhere can change behind its back."""
    try:
        same = urlsplit(_joined(base, address)).netloc == urlsplit(base).netloc
    except ValueError:
        same = False
    told = {key: text(entry.get(key)) for key in MARKS}
    if not same or not any(told[key] for key in ("hash", "last_modified", "revision_id", "updated")):
        return ""
    return digest(told)


def _extras(raw: Mapping[str, Any]) -> dict[str, Any]:
    listed = raw.get("extras")
    if isinstance(listed, Mapping):  # CKAN's oldest form
        return dict(listed)
    return {text(entry.get("key")): entry.get("value") for entry in objects(listed)}


def _tags(raw: Mapping[str, Any]) -> tuple[str, ...]:
    listed = raw.get("tags")
    if not isinstance(listed, list):
        return ()
    names = (
        text(tag.get("display_name")) or text(tag.get("name")) if isinstance(tag, Mapping) else text(tag)
        for tag in listed
    )
    return tuple(filter(None, (name.strip() for name in names)))[:100]


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(f"{base.rstrip('/')}/", address.strip()) if address.strip() else ""
    except ValueError:
        return address


def text(value: Any) -> str:
    """A text, or a number as one; "" for anything else."""
    if isinstance(value, str):
        return value[:5_000]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number_of(value: Any) -> int | None:
    """A size that is a whole number, perhaps written as text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else None


def obj(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in value if isinstance(entry, Mapping)) if isinstance(value, list) else iter(())
