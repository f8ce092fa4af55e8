"""A map from a GeoJSON that an officer downloaded."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odtool.coverage.boundaries import Boundaries, outlines, read
from odtool.coverage.matrix import Overview
from odtool.errors import UsageError
from odtool.report.coverage_html import coverage_context, coverage_html
from tests.seeing import KYOTO, UJI, drawn, seen, stored
from tests.test_coverage_commands import run
from tests.test_pages import dom

JOYO = "262072"


def square(west: float, south: float, side: float = 0.1, steps: int = 40) -> list[list[float]]:
    """A ring with many corners, so that there is something to simplify."""
    ahead = [n / steps for n in range(steps)]
    places = [(t, 0) for t in ahead] + [(1, t) for t in ahead] + [(1 - t, 1) for t in ahead] + [(0, 1 - t) for t in ahead]  # fmt: skip
    return [[round(west + side * x, 6), round(south + side * y, 6)] for x, y in [*places, places[0]]]


def feature(code: Any, *polygons: list[list[list[float]]], key: str = "N03_007") -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"N03_001": "京都府", key: code},
        "geometry": {"type": "MultiPolygon", "coordinates": list(polygons)} if len(polygons) > 1
        else {"type": "Polygon", "coordinates": polygons[0]},
    }  # fmt: skip


NOBODY = {"type": "Feature", "properties": {"N03_007": None}, "geometry": None}


def geojson(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "name": "N03", "features": [*features, NOBODY]}).encode()


def loaded(content: bytes, step: int = 1000) -> Boundaries:
    return read("a.geojson", (content[n : n + step] for n in range(0, len(content), step)))


KYOTO_AND_UJI = geojson(
    feature("26101", [square(135.6, 35.0)]),  # two wards of Kyoto
    feature("26102", [square(135.7, 35.0)]),
    feature("26204", [square(135.8, 35.0)], [square(135.95, 34.95, 0.0002)]),
)


def test_wards_are_joined_to_their_city_and_codes_need_no_check_digit() -> None:
    found = outlines(loaded(KYOTO_AND_UJI), [KYOTO, UJI, JOYO])
    assert set(found.bodies) == {KYOTO, UJI}
    assert found.bodies[KYOTO].path.count("M") == 1  # no border between the wards
    assert found.bodies[KYOTO].path.count("L") < 10  # of 320 corners


def test_an_island_too_small_to_be_seen_is_left_out_and_the_largest_stays() -> None:
    found = outlines(loaded(KYOTO_AND_UJI), [KYOTO, UJI])
    assert found.bodies[UJI].path.count("M") == 1
    tiny = geojson(feature("26204", [square(135.8, 35.0, 0.0001)]), feature("26101", [square(135.6, 35.0)]))
    assert outlines(loaded(tiny), [KYOTO, UJI]).bodies[UJI].path.count("M") == 1


def test_neighbours_share_the_border_that_was_simplified() -> None:
    edge = [[135.7 + (0.004 if n % 2 else 0) * (n % 7), round(35 + n * 0.002, 6)] for n in range(51)]
    west = [[135.6, 35.0], *edge, [135.6, 35.1], [135.6, 35.0]]
    east = [[135.8, 35.0], [135.8, 35.1], *edge[::-1], [135.8, 35.0]]
    found = outlines(loaded(geojson(feature("26204", [west]), feature("26207", [east]))), [UJI, JOYO])
    one, other = (set(re.findall(r"[\d.]+ [\d.]+", found.bodies[code].path)) for code in (UJI, JOYO))
    assert len(one & other) >= len(one) - 2 > 2


@pytest.mark.parametrize(("key", "code"), [("コード", "262048"), ("code", 26204), ("N03_007", "26204")])
def test_any_property_may_hold_the_codes(key: str, code: Any) -> None:
    assert set(loaded(geojson(feature(code, [square(135.8, 35.0)], key=key))).polygons) == {UJI}


def test_a_hole_stays_a_hole() -> None:
    found = outlines(loaded(geojson(feature("26204", [square(135.8, 35.0), square(135.83, 35.03, 0.04)]))), [UJI])  # fmt: skip
    assert found.bodies[UJI].path.count("M") == 2


def test_lines_that_cross_one_another_are_drawn_all_the_same() -> None:
    bow = [[135.8, 35.0], [135.9, 35.1], [135.9, 35.0], [135.8, 35.1], [135.8, 35.0]]
    twice = geojson(feature("26204", [bow]), feature("26207", [square(135.8, 35.0)]))
    assert set(outlines(loaded(twice), [UJI, JOYO]).bodies) == {UJI, JOYO}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "GeoJSON"),
        (b"PK\x03\x04\xff\xff", "UTF-8"),
        (b'{"features": [', "GeoJSON"),
        (b"[" * 100_000, "入れ子"),
        (b'{"type": "FeatureCollection", "features": []}', "面の図形"),
        (geojson(feature("abc", [square(135.8, 35.0)])), "N03_007"),
        (geojson(feature("26204", [square(50_000.0, -120_000.0, 100)])), "緯度・経度"),
        (b'{"a": "' + b"x" * 9_000_000 + b'"}', "長すぎる"),
        (b'{"features":[{"properties":{"c":"26204"},"geometry":{"coordinates":[[[1e999,35],[1,2],[3,4]]]}}]}', "緯度・経度"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_boundaries_is_told_in_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(UsageError) as told:
        loaded(content, 1 << 20)
    assert said in told.value.text("ja") and "\n" not in told.value.text("ja")
    assert "a.geojson" in told.value.text("en")


def test_more_positions_than_a_prefecture_has_are_refused_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("odtool.coverage.boundaries.MOST", 50_000)

    def endless() -> Iterator[bytes]:
        yield b'{"features":[{"properties":{"c":"26204"},"geometry":{"coordinates":[[[135.0,35.0]'
        while True:
            yield b",[135.0,35.0]" * 10_000

    with pytest.raises(UsageError, match="50,000"):
        read("a.geojson", endless())


def test_boundaries_of_another_prefecture_are_told() -> None:
    with pytest.raises(UsageError, match="都道府県"):
        outlines(loaded(KYOTO_AND_UJI), ["012025"])


def test_the_page_has_a_map_with_the_same_as_text() -> None:
    html = coverage_html(coverage_context(Overview(drawn(seen())), "ja", loaded(KYOTO_AND_UJI)), "ja")
    assert re.search(r'<path class="level-[1-5]" d="M[^"]+"><title>宇治市 1/3</title></path>', html)
    assert re.search(r'<svg class="areas"[^>]*role="img" aria-label="[^"]*同じ数は下の表', html)
    assert "境界のファイルに図形がない団体：福知山市、" in html and re.search(r"<li [^>]*>宇治市 <b>1", html)


def test_the_command_draws_the_map_and_refuses_it_elsewhere(tmp_path: Path) -> None:
    place = stored(tmp_path / "store.sqlite", seen())
    (tmp_path / "n03.geojson").write_bytes(b"\xef\xbb\xbf" + KYOTO_AND_UJI)
    asked = ("report", "--prefecture", "京都府", "--boundaries", "n03.geojson")
    assert 'class="areas"' in run(place, *asked, "--format", "html")
    assert "--format html" in run(place, *asked, code=2)
    assert "n04.geojson" in run(place, *asked[:-1], "n04.geojson", "--format", "html", code=2)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "shapely", None)
    with pytest.raises(UsageError, match=re.escape("odtool[map]")):
        outlines(loaded(KYOTO_AND_UJI), [UJI])


@pytest.mark.browser
def test_the_map_fits_a_phone(chromium: str, tmp_path: Path) -> None:
    html = coverage_html(coverage_context(Overview(drawn(seen())), "ja", loaded(KYOTO_AND_UJI)), "ja")
    (tmp_path / "inner.html").write_text(html, encoding="utf-8")
    frame = "<iframe src=inner.html style='border:0;width:375px;height:800px'></iframe><p></p>"
    measure = """onload = () => { const page = frames[0].document, map = page.querySelector('.areas').getBoundingClientRect();
      document.querySelector('p').textContent = ['width', page.documentElement.scrollWidth, map.right <= 375, map.height > 20].join(' '); }"""
    shown = dom(chromium, f"{frame}<script>{measure}</script>", tmp_path, "--hide-scrollbars", "--allow-file-access-from-files")  # fmt: skip
    assert "width 375 true true" in shown
