"""A portal without an API to write: files and a sheet to copy from, ready for a person. Nothing of it is public.

<root>/files/<dataset>/<file>.csv, metadata.xlsx, README.txt, and odtool-upload.json: what is in the folder and since
when. That file is what the next run compares with, so only what changed is written again; the two others are made
from it.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from odtool.errors import PortalError
from odtool.planning.decide import TAGS, written
from odtool.planning.metadata import KEYS, Licence
from odtool.planning.plan import Held, Offer, Published
from odtool.portal import Payload, files
from odtool.portal.hand_sheet import Row, sheet
from odtool.portal.hand_words import readme
from odtool.settings.profile import Profile

SCHEMA = "odtool-upload/1"
STATE, FILES, SHEET, README = "odtool-upload.json", "files", "metadata.xlsx", "README.txt"


class Hand:
    """What is to be registered by hand on a portal of that profile, kept in the folder `path`."""

    by_hand = True

    def __init__(self, name: str, path: str, profile: Profile) -> None:
        self.name = name
        self.address = Path(path).as_posix()
        self.holds = KEYS.keys()
        self._root = Path(path)
        self._profile = profile

    def licence(self, wanted: Licence) -> Licence:
        return wanted

    # --- what is there -------------------------------------------------------------------------

    def find(self, dataset_name: str) -> Published | None:
        known = self._state().get(dataset_name)
        if known is None:
            return None
        there = {name: self._held(dataset_name, name) for name in known["files"]}
        return Published(
            dataset_name,
            metadata=dict(known["metadata"]),
            tags=tuple(known["tags"]),
            resources={name: held for name, held in there.items() if held},
            written=dict(known["written"]),
        )

    def _held(self, dataset_name: str, file_name: str) -> Held | None:
        """The file as it lies there. Whoever changed or lost it gets it again: here nothing is edited."""
        place = self._place(dataset_name, file_name)
        if not place.is_file():
            return None
        where = f"{dataset_name}/{file_name}"
        return Held(
            file_name, where, files.digest(place), place.stat().st_size, f"{self.address}/{FILES}/{where}"
        )

    def _place(self, dataset_name: str, file_name: str) -> Path:
        return files.inside(self._root / FILES, dataset_name, file_name)

    def _state(self) -> dict[str, Any]:
        place = self._root / STATE
        if not place.exists():
            return {}
        try:
            found = json.loads(files.get(place))
            if found["schema"] != SCHEMA:
                raise ValueError(found["schema"])
            return {str(name): _known(entry) for name, entry in found["datasets"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise PortalError(
                f"{place}: 前に作った一式の控えとして読めません。フォルダーごと別の場所に移して、もう一度実行してください。",
                f"{place}: cannot be read as the record of what was made before. Move the folder away and run this again.",
            ) from None

    # --- writing -------------------------------------------------------------------------------

    def save(
        self,
        offer: Offer,
        content: Payload | None,
        held: Published | None,
        fields: Collection[str],
        *,
        takes: str = "",  # noqa: ARG002 - nothing here was made by others
    ) -> None:
        with files.locked(self._root):
            datasets = self._state()
            known = datasets.get(offer.dataset_name) or {"metadata": {}, "tags": [], "files": {}}
            said = {key: value for key, value in offer.metadata.items() if key in fields}
            known["metadata"] = {**known["metadata"], **said}
            if TAGS in fields:
                known["tags"] = list(dict.fromkeys([*known["tags"], *offer.tags]))
            known["licence"] = f"{offer.terms.title} {offer.terms.url}".strip()
            known["written"] = written(offer, held, fields)
            if fields:
                known["changed"] = offer.judged
            if content:
                with content.open() as stream:
                    files.stream(self._place(offer.dataset_name, offer.file_name), stream)
                before = known["files"].get(offer.file_name, {})
                known["files"][offer.file_name] = {
                    "title": offer.file_title,
                    "format": offer.format,
                    "sha256": offer.content_sha256,
                    "size": offer.size,
                    "rows": offer.rows,
                    "added": before.get("added", offer.judged),
                    "changed": offer.judged,
                }
            datasets[offer.dataset_name] = known
            self._keep(datasets)

    def _keep(self, datasets: Mapping[str, Any]) -> None:
        text = json.dumps(
            {"schema": SCHEMA, "datasets": datasets}, ensure_ascii=False, indent=1, sort_keys=True
        )
        files.put(self._root / STATE, f"{text}\n".encode())

    def load(self, offer: Offer, content: Payload, held: Held) -> None:
        """There is no table store."""

    def digest(self, held: Held) -> str:
        dataset_name, _, file_name = held.id.partition("/")
        return files.digest(self._place(dataset_name, file_name))

    def finish(self) -> None:
        """Make the sheet and the page of instructions anew; each is written only where it differs."""
        with files.locked(self._root):
            rows = [row for name, known in sorted(self._state().items()) for row in _rows(name, known)]
            rows.sort(key=lambda row: row.changed, reverse=True)
            if rows:
                files.put(self._root / SHEET, sheet(rows, self._profile))
                files.put(self._root / README, readme(rows, self._profile, self.name))

    # --- what cannot be done from here ---------------------------------------------------------

    def content(self, held: Held, most: int) -> bytes | None:
        place = self._place(*held.id.split("/"))
        return None if (held.size or 0) > most else files.get(place)

    def withdraw(self, held: Published, file: Held | None, said: str) -> None:  # noqa: ARG002 - as the protocol has it
        raise PortalError(
            f"{self.name} には odtool から書き込めないため、取り下げもできません。ポータルの管理画面で"
            f"{held.metadata.get('title') or held.name}を今すぐ非公開にし、公開の画面で消えたことを確かめてください。",
            f"odtool cannot write to {self.name}, so it cannot withdraw anything there. Make {held.name} private on the "
            "portal's administration pages now, and look whether it is gone.",
        )

    def still_public(self, held: Published, file: Held | None) -> str:  # noqa: ARG002 - as the protocol has it
        return ""

    def close(self) -> None:
        """Nothing is open."""


def _known(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a dataset, in the shape that `save` writes; whatever else stands there is an error."""
    return {
        "metadata": {str(key): str(value) for key, value in entry["metadata"].items()},
        "tags": [str(tag) for tag in entry["tags"]],
        "licence": str(entry["licence"]),
        "written": {str(key): str(value) for key, value in entry["written"].items()},
        "changed": _day(entry["changed"]),
        "files": {
            str(name): {
                "title": str(known["title"]),
                "format": str(known["format"]),
                "sha256": str(known["sha256"]),
                "size": int(known["size"]),
                "rows": int(known["rows"]),
                "added": _day(known["added"]),
                "changed": _day(known["changed"]),
            }
            for name, known in entry["files"].items()
            if files.is_plain(str(name))
        },
    }


def _day(text: Any) -> str:
    return dt.date.fromisoformat(text).isoformat()


def _rows(dataset_name: str, known: Mapping[str, Any]) -> list[Row]:
    said = {key: value for key, value in known["metadata"].items() if key != "dataset"}  # our own word for it
    metadata = {**said, "tags": "、".join(known["tags"]), "licence": known["licence"]}
    return [
        Row(
            dataset_name,
            file_name,
            {
                **metadata,
                "file": f"{FILES}/{dataset_name}/{file_name}",
                "file_title": file["title"],
                "format": file["format"],
            },
            file["added"],
            max(known["changed"], file["changed"]),
        )
        for file_name, file in sorted(known["files"].items())
    ]
