"""The nouns: what is known of a file that is no table, and of the dataset it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")
# How far a file was looked at: every byte of it; its declared sizes and metadata; no more than its first bytes.
Depth = Literal["contents", "structure", "kind"]


@dataclass(frozen=True, slots=True)
class AssetFinding:
    """Where, what was found, what to do. `code` is public; `place` is an entry of an archive, a key of a
    descriptor or a file of a folder, "" for the file as a whole."""

    code: str
    severity: Severity
    ja: str
    en: str
    place: str = ""

    def text(self, lang: str) -> str:
        said = self.en if lang == "en" else self.ja
        if not self.place:
            return said
        return f"{self.place}: {said}"


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate reference system. `code` is its EPSG number, None where only a name is stated; `source` tells
    where it was read, in words of the file («GeoTIFF», «datum.prj», «dataset.toml»)."""

    code: int | None
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """The outermost coordinates in the units of the file's own system (metres, or degrees with x the longitude).
    `sampled` where not every number was read: the true bounds may be a little wider."""

    min_x: float
    min_y: float
    max_x: float
    max_y: float
    sampled: bool = False

    def joined(self, other: "Bounds") -> "Bounds":
        return Bounds(
            min(self.min_x, other.min_x),
            min(self.min_y, other.min_y),
            max(self.max_x, other.max_x),
            max(self.max_y, other.max_y),
            self.sampled or other.sampled,
        )

    def turned(self) -> "Bounds":
        """With the two axes exchanged."""
        return Bounds(self.min_y, self.min_x, self.max_y, self.max_x, self.sampled)


@dataclass(frozen=True, slots=True)
class Extent:
    """The same in degrees."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it would be published. `path` is where it lies, `file_name` its name on the portal; `crs`, `bounds`
    and `extent` are None where the file does not tell. `facts` are numbers and short texts by a public word."""

    path: str
    file_name: str
    title: str
    format: str
    mimetype: str
    size: int
    sha256: str
    checked: Depth
    crs: Crs | None = None
    bounds: Bounds | None = None
    extent: Extent | None = None
    facts: Mapping[str, int | float | str] = field(default_factory=dict)
    findings: tuple[AssetFinding, ...] = ()
    description: str = ""
    documentation: bool = False

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)


METADATA = (
    "title",
    "description",
    "licence",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "frequency",
    "temporal",
    "spatial",
    "language",
    "source_url",
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A dataset made of such files. `metadata` has the keys of METADATA that were stated and no others; `name` is
    the dataset's name on a portal, "" where it could not be told. `findings` are those of the dataset itself."""

    name: str
    title: str
    municipality: str
    metadata: Mapping[str, str]
    assets: tuple[Asset, ...]
    findings: tuple[AssetFinding, ...] = ()
    tags: tuple[str, ...] = ()
    extent: Extent | None = None
    descriptor: str = ""

    def count(self, severity: Severity) -> int:
        own = sum(finding.severity == severity for finding in self.findings)
        return own + sum(asset.count(severity) for asset in self.assets)
