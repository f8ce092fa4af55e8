"""What was seen of files that are no tables → text for the terminal."""

from collections.abc import Iterable, Iterator, Sequence

from odtool.assets.model import SEVERITIES, Asset, AssetFinding, Bundle, Depth, Extent, Severity
from odtool.page import choose
from odtool.report.as_text import Paint
from odtool.text import visible, wrapped
from odtool.words import SEVERITIES as SEVERITY_WORDS

_COLOURS: dict[Severity, str] = {"error": "31", "warning": "33", "hint": "36"}
DEPTHS: dict[Depth, tuple[str, str]] = {
    "contents": ("最後まで読んで確かめました", "read to its end"),
    "structure": (
        "見出しと大きさを確かめました（中身の値は見ていません）",
        "header and sizes checked, not the values",
    ),
    "kind": ("中身は確認していません", "contents not checked"),
}
_FACTS: dict[str, tuple[str, str]] = {
    "points": ("点の数", "points"),
    "features": ("地物の数", "features"),
    "placemarks": ("地物の数", "placemarks"),
    "layers": ("レイヤーの数", "layers"),
    "layer_names": ("レイヤー", "layer names"),
    "width": ("幅", "width"),
    "height": ("高さ", "height"),
    "pixel_size": ("格子の間隔", "pixel size"),
    "lowest": ("最低の標高", "lowest"),
    "highest": ("最高の標高", "highest"),
    "pages": ("ページ数", "pages"),
    "files": ("中のファイル", "files inside"),
    "formats": ("中の形式", "formats inside"),
    "unpacked": ("展開後のバイト数", "bytes unpacked"),
    "version": ("版", "version"),
    "point_format": ("点の形式", "point format"),
    "made_year": ("作成年", "year made"),
    "compression": ("圧縮", "compression"),
    "pictures": ("画像の数", "pictures"),
    "kind": ("種類", "kind"),
    "stops": ("停留所の数", "stops"),
    "feed_start_date": ("有効期間の始め", "valid from"),
    "feed_end_date": ("有効期間の終わり", "valid to"),
    "feed_publisher_name": ("提供者", "publisher"),
    "feed_version": ("データの版", "feed version"),
    "root": ("根の要素", "root element"),
}


def as_text(
    bundles: Sequence[Bundle], files: Sequence[Asset], lang: str, colour: bool = False
) -> Iterator[str]:
    """Lines: each dataset with its files, then the files named by themselves, and a summary."""
    paint = Paint(colour)
    for bundle in bundles:
        yield from _bundle(bundle, lang, paint)
        for asset in bundle.assets:
            yield from _asset(asset, lang, paint)
    for asset in files:
        yield from _asset(asset, lang, paint)
    counts = {s: sum(b.count(s) for b in bundles) + sum(f.count(s) for f in files) for s in SEVERITIES}
    number = len(files) + sum(len(bundle.assets) for bundle in bundles)
    if lang == "en":
        listed = ", ".join(f"{SEVERITY_WORDS[s][1]} {counts[s]:,}" for s in SEVERITIES)
        yield paint(f"{number:,} file{'s' * (number != 1)}: {listed}", "1")
    else:
        listed = "、".join(f"{SEVERITY_WORDS[s][0]} {counts[s]:,}件" for s in SEVERITIES)
        yield paint(f"{number:,} ファイル: {listed}", "1")


def _bundle(bundle: Bundle, lang: str, paint: Paint) -> Iterator[str]:
    english = lang == "en"
    yield paint(visible(bundle.title or bundle.descriptor, 200), "1")
    total = sum(asset.size for asset in bundle.assets)
    count = len(bundle.assets)
    name = bundle.name or ("(no name yet)" if english else "（名前が決まりません）")
    size = choose(lang, "{n:,} ファイル、{total:,} バイト", "{n:,} file, {total:,} bytes", "{n:,} files, {total:,} bytes", n=count, total=total)  # fmt: skip
    yield f"  {name}  {size}"
    if bundle.extent:
        yield "  " + _extent(bundle.extent, lang)
    yield from _findings(bundle.findings, lang, paint)
    yield ""


def _asset(asset: Asset, lang: str, paint: Paint) -> Iterator[str]:
    english = lang == "en"
    mark, code = (
        ("✕", "31") if asset.count("error") else ("？", "33") if asset.checked == "kind" else ("○", "32")
    )
    size = f"{asset.size:,} bytes" if english else f"{asset.size:,} バイト"
    yield f"{paint(mark, code)} {paint(visible(asset.path, 500), '1')}  {asset.format}  {size}  → {asset.file_name}"
    yield f"  {DEPTHS[asset.checked][english]}  sha256 {asset.sha256}"
    if asset.crs:
        number = f"EPSG:{asset.crs.code} " if asset.crs.code else ""
        source = visible(asset.crs.source, 100)
        said = f"{number}{visible(asset.crs.name, 100)}"
        yield (
            f"  Coordinate system: {said} (from {source})"
            if english
            else f"  座標系: {said}（{source} による）"
        )
    if asset.extent:
        rough = bool(asset.bounds and asset.bounds.sampled)
        yield "  " + _extent(asset.extent, lang, rough)
    elif asset.bounds:
        b = asset.bounds
        lead = "Range in its own units" if english else "範囲（ファイルの単位のまま）"
        if b.sampled:
            lead += " (about, from a sample)" if english else "（およそ。一部の行から）"
        yield f"  {lead}: X {b.min_x:,.3f}〜{b.max_x:,.3f}  Y {b.min_y:,.3f}〜{b.max_y:,.3f}"
    facts = [_fact(key, value, english) for key, value in asset.facts.items() if key in _FACTS]
    if facts:
        yield from wrapped("  ", (", " if english else "、").join(facts))
    yield from _findings(asset.findings, lang, paint)
    yield ""


def _fact(key: str, value: float | str, english: bool) -> str:
    if isinstance(value, int) and key != "made_year":
        shown = f"{value:,}"
    else:
        shown = visible(str(value), 200) if isinstance(value, str) else f"{value:g}"
    return f"{_FACTS[key][english]} {shown}"


def _extent(extent: Extent, lang: str, rough: bool = False) -> str:
    degrees = f"{extent.west:.5f}〜{extent.east:.5f}", f"{extent.south:.5f}〜{extent.north:.5f}"
    if lang == "en":
        return f"Extent{' (about, from a sample)' if rough else ''}: longitude {degrees[0]}, latitude {degrees[1]}"
    return f"範囲{'（およそ。一部の行から）' if rough else ''}: 経度 {degrees[0]}、緯度 {degrees[1]}"


def _findings(findings: Iterable[AssetFinding], lang: str, paint: Paint) -> Iterator[str]:
    for severity in SEVERITIES:
        for finding in findings:
            if finding.severity == severity:
                word = SEVERITY_WORDS[severity][lang == "en"]
                lines = list(wrapped("    ", f"{word}: {finding.text(lang)}"))
                yield lines[0].replace(word, paint(word, _COLOURS[severity]), 1)
                yield from lines[1:]
