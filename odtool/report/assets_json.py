"""What was seen of files that are no tables → JSON, «odtool-assets/1»: docs/assets.md describes it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from odtool import __version__
from odtool.assets.model import SEVERITIES, Asset, AssetFinding, Bundle, Extent

SCHEMA = "odtool-assets/1"


def as_json(bundles: Sequence[Bundle], files: Sequence[Asset], lang: str) -> dict[str, Any]:
    """As plain values. `bundles` are the folders with a descriptor, `files` those named by themselves."""
    everything = [*files, *(asset for bundle in bundles for asset in bundle.assets)]
    counts = {
        severity: sum(bundle.count(severity) for bundle in bundles)
        + sum(file.count(severity) for file in files)
        for severity in SEVERITIES
    }
    return {
        "schema": SCHEMA,
        "tool": {"name": "odtool", "version": __version__},
        "summary": {
            "files": len(everything),
            "bytes": sum(asset.size for asset in everything),
            **{f"{severity}s": count for severity, count in counts.items()},
        },
        "datasets": [_bundle(bundle, lang) for bundle in bundles],
        "files": [_asset(asset, lang) for asset in files],
    }


def _bundle(bundle: Bundle, lang: str) -> dict[str, Any]:
    return {
        "name": bundle.name,
        "municipality": bundle.municipality,
        "descriptor": bundle.descriptor,
        "metadata": dict(bundle.metadata),
        "tags": list(bundle.tags),
        "extent": _extent(bundle.extent),
        "findings": [_finding(finding, lang) for finding in bundle.findings],
        "files": [_asset(asset, lang) for asset in bundle.assets],
    }


def _asset(asset: Asset, lang: str) -> dict[str, Any]:
    return {
        "path": asset.path,
        "file_name": asset.file_name,
        "title": asset.title,
        "description": asset.description,
        "documentation": asset.documentation,
        "format": asset.format,
        "mimetype": asset.mimetype,
        "bytes": asset.size,
        "sha256": asset.sha256,
        "checked": asset.checked,
        "crs": asdict(asset.crs) if asset.crs else None,
        "bounds": asdict(asset.bounds) if asset.bounds else None,
        "extent": _extent(asset.extent),
        "facts": dict(asset.facts),
        "findings": [_finding(finding, lang) for finding in asset.findings],
    }


def _extent(extent: Extent | None) -> dict[str, float] | None:
    """To seven digits, a centimetre on the ground."""
    return {key: round(value, 7) for key, value in asdict(extent).items()} if extent else None


def _finding(finding: AssetFinding, lang: str) -> dict[str, str]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "place": finding.place,
        "message": finding.text(lang),
    }
