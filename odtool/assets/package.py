"""An existing datapackage.json as a descriptor. Source: Data Package v1 and v2 (https://datapackage.org/standard/).

Keys that say nothing about publishing are left alone: the format is open, other programs write there too.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from odtool.assets.descriptor import PACKAGE, Descriptor, Draft, Wanted, leads_out
from odtool.municipality import municipalities

# Keys of METADATA that a data package may carry under a name of its own.
_PLAIN = ("title", "description", "temporal", "spatial", "frequency", "language")


def of_package(content: bytes) -> Descriptor:
    draft = Draft(PACKAGE)
    try:
        table = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        draft.off("broken", what="JSON", detail=str(error)[:100], detail_en=str(error)[:100])
        return draft.done()
    if not isinstance(table, dict):
        draft.wrong_type("datapackage.json", "{ } の形", "an object")
        return draft.done()
    draft.describe(_told(table))
    slug = draft.text(table, "name").lower().replace(".", "-")
    lead = slug.partition("_")[0]
    code = draft.text(table, "municipality") or (lead if lead in municipalities() else "")
    code, name = draft.name(code, slug)
    tags = draft.tags(table["keywords"], "keywords") if table.get("keywords") else ()
    files = tuple(_resources(draft, table.get("resources")))
    return draft.done(name=name, municipality=code, tags=tags, crs=draft.system(table), files=files)


def _told(table: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: table[key] for key in _PLAIN if table.get(key) is not None}
    licence = next(_objects(table.get("licenses")), {})
    found |= {"licence": licence["name"]} if "name" in licence else {}
    if "licence" not in found and "path" in licence:
        found["licence"] = licence["path"]
    for person in _objects(table.get("contributors")):
        roles = person.get("roles", person.get("role", "author"))
        for role in ("author", "maintainer"):
            if (
                role in (roles if isinstance(roles, list) else [roles])
                and role not in found
                and person.get("title")
            ):
                found[role] = person["title"]
                if person.get("email"):
                    found[f"{role}_email"] = person["email"]
    source = next(_objects(table.get("sources")), {})
    address = source.get("path") or table.get("homepage")
    return found | ({"source_url": address} if address else {})


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def _resources(draft: Draft, value: Any) -> Iterator[Wanted]:
    if not isinstance(value, list) or not value:
        draft.off(
            "descriptor-missing", key="resources", what="公開するファイルの並び", what_en="the list of files"
        )
        return
    for number, entry in enumerate(value, 1):
        key = f"resources[{number}]"
        if not isinstance(entry, dict):
            draft.wrong_type(key, "{ } の形", "an object")
            continue
        paths = entry.get("path")
        for path in paths if isinstance(paths, list) else [paths]:
            if not isinstance(path, str) or re.match(r"[a-z][a-z0-9+.-]*://", path, re.IGNORECASE):
                draft.off("descriptor-remote", key=key)
            elif leads_out(path):
                draft.off("descriptor-path", key=key, value=path)
            else:
                yield _wanted(draft, entry, key, path, parted=isinstance(paths, list) and len(paths) > 1)


def _wanted(draft: Draft, entry: Mapping[str, Any], key: str, path: str, *, parted: bool) -> Wanted:
    """`parted` where several files are one resource: size and checksum are then those of all together."""
    size, digest = entry.get("bytes"), entry.get("hash", "")
    if not isinstance(size, int) or isinstance(size, bool) or parted:
        size = None
    if (
        not isinstance(digest, str)
        or parted
        or not (match := re.fullmatch(r"sha256:([0-9a-fA-F]{64})", digest))
    ):
        digest, match = "", None
    if entry.get("hash") and not match:
        draft.off("checksum-other", key=f"{key}.hash")
    title = draft.text(entry, "title", f"{key}.") or draft.text(entry, "name", f"{key}.")
    described = draft.text(entry, "description", f"{key}.")
    system = draft.system(entry, f"{key}.")
    digest = match[1].lower() if match else ""
    return Wanted(key, path, title, described, crs=system, sha256=digest, size=size, literal=True)
