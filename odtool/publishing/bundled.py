"""A folder of files that are no tables → offers, one for each file; and their contents as streams.

What these files hold is inspected, not judged by the rules for tables; so a table among them is refused: it would
pass the gate for personal data by.
"""

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from odtool.assets import bundle
from odtool.assets.descriptor import TOML
from odtool.assets.model import Asset, Bundle
from odtool.errors import because
from odtool.municipality import municipalities
from odtool.planning.metadata import Policy
from odtool.planning.offer import too_large
from odtool.planning.plan import Offer, Refusal, StalePlanError
from odtool.portal import Payload


def folders(path: str) -> Iterator[str]:
    """The folders with a dataset.toml: the one named, with a datapackage.json also, or those below it."""
    place = Path(path)
    if not path or not _is_folder(place):
        return
    if bundle.descriptor_in(place):
        yield path
        return
    yield from sorted(str(found.parent) for found in place.rglob(TOML) if found.is_file())


def below(path: str, folders: Iterable[str]) -> bool:
    """Whether the file lies in one of these folders."""
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except (OSError, ValueError):
        return False


def offers(
    folder: str, found: Bundle, policy: Policy, *, judged: str, holds: Collection[str] | None = None
) -> list[Offer]:
    """An offer for each file of the folder, or one refusal for all."""
    whole = _refused_whole(found)
    made = [_offer(folder, asset, found, policy, whole, judged=judged, holds=holds) for asset in found.assets]
    if made:
        return made
    nothing = Refusal("data", "公開するファイルがありません。", "There are no files to publish.")
    return [Offer(folder, "", bundle=folder, refusal=whole or nothing)]


def _refused_whole(found: Bundle) -> Refusal | None:
    errors = [finding for finding in found.findings if finding.severity == "error"]
    if errors:
        return Refusal("data", errors[0].text("ja"), errors[0].text("en"))
    if found.municipality not in municipalities() or not found.name:
        return Refusal(
            "data",
            "dataset.toml に municipality（6桁の団体コード）と name（英小文字の名前）を書いてください。",
            "Write municipality (a code of six digits) and name into dataset.toml.",
        )
    return None


def _offer(
    folder: str,
    asset: Asset,
    found: Bundle,
    policy: Policy,
    whole: Refusal | None,
    *,
    judged: str,
    holds: Collection[str] | None,
) -> Offer:
    refusal = whole or _refused(asset) or too_large(asset.size, policy.largest)
    name = policy.names.get(found.name, found.name)
    place = municipalities().get(found.municipality)
    said = {
        "licence": policy.terms.id,
        "language": "ja",
        "spatial": f"{place.prefecture}{place.name}" if place else "",
        **policy.of(found.municipality, found.name),
        **{key: value for key, value in found.metadata.items() if key != "licence"},
    }
    return Offer(
        path=asset.path,
        source_sha256=asset.sha256,
        bundle=folder,
        municipality=found.municipality,
        slug=found.name.partition("_")[2],
        dataset_name="" if refusal else name,
        file_name="" if refusal else asset.file_name,
        metadata=policy.expressed(said, holds),
        tags=tuple(dict.fromkeys((*found.tags, *policy.tags))),
        content_sha256=asset.sha256,
        size=asset.size,
        errors=asset.count("error"),
        warnings=asset.count("warning"),
        hints=asset.count("hint"),
        refusal=refusal,
        file_title=asset.title,
        file_description=_described(asset),
        facts=_facts(asset),
        format=asset.format,
        media_type=asset.mimetype,
        national_title=found.title,
        terms=policy.terms,
        judged=judged,
        report=policy.report_of(name, asset.file_name),
    )


def _refused(asset: Asset) -> Refusal | None:
    errors = [finding for finding in asset.findings if finding.severity == "error"]
    if not errors:
        return None
    more = f"（ほか{len(errors) - 1}件）" if len(errors) > 1 else ""
    more_en = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return Refusal("data", errors[0].text("ja") + more, errors[0].text("en") + more_en)


def _described(asset: Asset) -> str:
    """What a reader needs to use the file: where it lies, and in which coordinates."""
    parts = [asset.description]
    if asset.crs:
        parts.append(f"座標系: {asset.crs.name}" + (f"（EPSG:{asset.crs.code}）" if asset.crs.code else ""))
    if asset.extent:
        e = asset.extent
        parts.append(f"範囲: 西 {e.west:.6f} 南 {e.south:.6f} 東 {e.east:.6f} 北 {e.north:.6f}")
    return "\n".join(filter(None, parts))


def _facts(asset: Asset) -> Mapping[str, str]:
    """The same for programs, under names of our own."""
    facts: dict[str, str] = {}
    if asset.crs and asset.crs.code:
        facts["crs"] = f"EPSG:{asset.crs.code}"
    if asset.extent:
        e = asset.extent
        facts["extent"] = f"{e.west},{e.south},{e.east},{e.north}"
    return facts


def contents(wanted: Offer) -> Payload:
    """The file as a stream. Raises StalePlanError where it is not the one that was inspected, or cannot be read."""
    try:
        with Path(wanted.path).open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == wanted.content_sha256
    except OSError as error:  # of one file; the others are published all the same
        raise StalePlanError(
            f"{wanted.path} が読めません（{because(error)}）。",
            f"{wanted.path} cannot be read ({error.strerror}).",
        ) from None
    if not same:
        raise _changed(wanted.path)
    return Payload(wanted.size, wanted.content_sha256, partial(_opened, wanted))


def _opened(wanted: Offer) -> BinaryIO:
    """Raises StalePlanError where the file has another size than the one that was inspected."""
    stream = Path(wanted.path).open("rb")  # noqa: SIM115 - whoever asked for it closes it
    if os.fstat(stream.fileno()).st_size != wanted.size:
        stream.close()
        raise _changed(wanted.path)
    return cast(BinaryIO, _Held(stream, wanted))


def _changed(path: str) -> StalePlanError:
    return StalePlanError(f"{path} が計画の後で変わりました。", f"{path} has changed since.")


class _Held:
    """A file on its way that is held to its digest: its last bytes are given away only where it is still the one that
    was inspected, so that nothing else ever arrives whole."""

    def __init__(self, stream: BinaryIO, wanted: Offer) -> None:
        self._stream = stream
        self._wanted = wanted
        self._left = wanted.size
        self._found = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._found.update(data)
        self._left -= len(data)
        ended = self._left <= 0 or (size != 0 and not data)
        if ended and (self._left != 0 or self._found.hexdigest() != self._wanted.content_sha256):
            raise _changed(self._wanted.path)
        return data

    def __enter__(self) -> "_Held":
        return self

    def __exit__(self, *why: object) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
