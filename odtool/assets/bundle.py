"""A folder with a descriptor → Bundle: one dataset of many files, ready to be offered to a portal."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from odtool.assets import names
from odtool.assets.descriptor import LARGEST, PACKAGE, TOML, Descriptor, Wanted, of_toml
from odtool.assets.inspect import inspect, work
from odtool.assets.model import Asset, AssetFinding, Bundle, Extent
from odtool.assets.notes import finding
from odtool.assets.package import of_package
from odtool.assets.placing import Area
from odtool.assets.source import Progress
from odtool.errors import UsageError, because
from odtool.municipality import box, municipalities
from odtool.text import visible


@dataclass(frozen=True, slots=True)
class Contents:
    """What a descriptor and its folder say before any file is read. `files` are paths below the folder."""

    folder: Path
    descriptor: Descriptor
    files: tuple[tuple[str, Wanted], ...]
    findings: tuple[AssetFinding, ...]

    @property
    def work(self) -> int:
        """Bytes that reading will report as done."""
        return sum(work(self.folder / path) for path, _ in self.files)


def descriptor_in(folder: str | Path) -> Path | None:
    """dataset.toml, else datapackage.json; None where the folder has neither, or may not be looked into."""
    for name in (TOML, PACKAGE):
        with suppress(PermissionError):
            if (Path(folder) / name).is_file():
                return Path(folder) / name
    return None


def contents(folder: str | Path) -> Contents:
    """Reads the descriptor and finds its files. Raises UsageError where there is none or it cannot be read."""
    folder = Path(folder)
    path = descriptor_in(folder)
    named = visible(str(folder), 500)
    if path is None:
        raise UsageError(
            f"{named}: {TOML} も {PACKAGE} もありません。データセットの説明を {TOML} に書いてください。",
            f"{named}: has neither {TOML} nor {PACKAGE}. Describe the dataset in {TOML}.",
        )
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        shown = visible(str(path), 500)
        raise UsageError(
            f"{shown}: 読めません（{because(error)}）。", f"{shown}: cannot be read ({error.strerror})."
        ) from None
    descriptor = of_toml(content) if path.name == TOML else of_package(content)
    files, findings = _files(folder, descriptor)
    return Contents(folder, descriptor, files, (*descriptor.findings, *findings))


def bundle(folder: str | Path, *, progress: Progress | None = None) -> Bundle:
    """The dataset in a folder, every file read once. Raises UsageError as `contents` and `inspect` do."""
    return read(contents(folder), progress=progress)


def read(found: Contents, *, progress: Progress | None = None) -> Bundle:
    descriptor = found.descriptor
    safe = names.unique([path for path, _ in found.files])
    area = _area(descriptor.municipality)
    assets = [
        _asset(found, path, wanted, name, area, progress=progress)
        for (path, wanted), name in zip(found.files, safe, strict=True)
    ]
    return Bundle(
        name=descriptor.name,
        title=descriptor.metadata.get("title", ""),
        municipality=descriptor.municipality,
        metadata=descriptor.metadata,
        assets=tuple(_twins(assets)),
        findings=found.findings,
        tags=descriptor.tags,
        extent=_joined(asset.extent for asset in assets),
        descriptor=descriptor.source,
    )


def _asset(
    found: Contents, path: str, wanted: Wanted, name: str, area: Area | None, *, progress: Progress | None
) -> Asset:
    stem = visible(Path(path).stem, 200)
    several = sum(other is wanted for _, other in found.files) > 1
    asset = inspect(
        found.folder / path,
        file_name=name,
        title=f"{wanted.title}（{stem}）" if wanted.title and several else wanted.title or stem,
        description=wanted.description,
        documentation=wanted.documentation,
        stated=wanted.crs or found.descriptor.crs,
        area=area,
        progress=progress,
    )
    off = []
    if wanted.sha256 and wanted.sha256 != asset.sha256:
        off.append(finding("checksum-differs", declared=wanted.sha256[:12], found=asset.sha256[:12]))
    if wanted.size is not None and wanted.size != asset.size:
        off.append(finding("size-differs", declared=f"{wanted.size:,}", found=f"{asset.size:,}"))
    return replace(asset, findings=(*asset.findings, *off)) if off else asset


def _files(folder: Path, descriptor: Descriptor) -> tuple[tuple[tuple[str, Wanted], ...], list[AssetFinding]]:
    """The files in the order of the descriptor; a file named by itself is taken so, whatever patterns match it."""
    findings: list[AssetFinding] = []
    taken: dict[str, Wanted] = {}
    inside = folder.resolve()
    for wanted in descriptor.files:
        matches = []
        for path in _matches(folder, wanted):
            if not path.resolve().is_relative_to(inside):
                findings.append(
                    finding("descriptor-path", descriptor.source, key=wanted.key, value=path.name)
                )
            else:
                matches.append(path.relative_to(folder).as_posix())
        if not matches:
            findings.append(
                finding("descriptor-no-file", descriptor.source, key=wanted.key, value=wanted.path)
            )
        for name in matches:
            if name not in taken or (wanted.exact and not taken[name].exact):
                taken[name] = wanted
    if descriptor.files:
        left = [name for name in _all(folder) if name not in taken]
        if left:
            findings.append(finding("left-out", descriptor.source, count=f"{len(left):,}", example=left[0]))
        if not taken:
            findings.append(finding("no-files", descriptor.source))
    return tuple(taken.items()), findings


def _matches(folder: Path, wanted: Wanted) -> list[Path]:
    if wanted.exact:
        path = folder / wanted.path
        return [path] if _is_file(path) else []
    hidden = wanted.path.rpartition("/")[2].startswith(".")
    try:
        return sorted(
            path
            for path in folder.glob(wanted.path)
            if _is_file(path)
            and path.name not in (TOML, PACKAGE)
            and (hidden or not path.name.startswith("."))
        )
    except (ValueError, NotImplementedError, IndexError, OSError):  # no pattern at all, like «a**b»
        return []


def _all(folder: Path) -> Iterator[str]:
    try:
        found = sorted(folder.rglob("*"))
    except OSError:
        return
    for path in found:
        if path.name not in (TOML, PACKAGE) and not path.name.startswith(".") and _is_file(path):
            yield path.relative_to(folder).as_posix()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _area(code: str) -> Area | None:
    bounds = box(code) if code else None
    if bounds is None:
        return None
    return Area(municipalities()[code].title, Extent(bounds.west, bounds.south, bounds.east, bounds.north))


def _twins(assets: Iterable[Asset]) -> Iterator[Asset]:
    """Files with the same bytes say so, from the second on."""
    first: dict[str, str] = {}
    for asset in assets:
        other = first.setdefault(asset.sha256, Path(asset.path).name)
        twin = asset.size > 0 and other != Path(asset.path).name
        yield (
            replace(asset, findings=(*asset.findings, finding("same-contents", other=other)))
            if twin
            else asset
        )


def _joined(extents: Iterable[Extent | None]) -> Extent | None:
    known = [extent for extent in extents if extent]
    if not known:
        return None
    return Extent(
        min(extent.west for extent in known),
        min(extent.south for extent in known),
        max(extent.east for extent in known),
        max(extent.north for extent in known),
    )
