"""Whose a dataset is, of which day its data are, and how often they should be renewed."""

import csv
from pathlib import Path

import pytest

from odtool.collect import dates, judging, owner
from odtool.collect.listed import Listed
from odtool.datasets import catalog
from odtool.municipality import municipalities
from tests.collecting import AED, collected, package, reading, seen, site
from tests.test_cli import run


def listed(id_: str = "x", name: str = "x", organisation: str = "", who: str = "") -> Listed:
    return Listed(id_, name, owner=who, organisation=organisation)


@pytest.mark.parametrize(
    ("entry", "code", "by"),
    [
        (listed("262021_hospital", organisation="舞鶴市", who="262021"), "262021", "organisation"),
        (listed("a", organisation="京都府舞鶴市"), "262021", "organisation"),
        (listed("a", organisation="舞鶴市役所（デジタル推進課）"), "262021", "organisation"),
        (listed("t131083d0000000029"), "131083", "name"),
        (listed("35215tourism", "【周南市】観光施設一覧"), "352152", "name"),
        (listed("18207_nishiyama"), "182079", "name"),
        (listed("666", "【長門市】観光施設一覧"), "352110", "title"),
        (listed("a", "長門市_観光施設一覧"), "352110", "title"),
        # a code in the name that is not the organisation's: the organisation knows better
        (listed("352128_x", organisation="長門市"), "352110", "organisation"),
        # a prefecture that publishes for a city, and for itself
        (listed("262021_aed", organisation="京都府", who="260002"), "262021", "name"),
        (listed("260002_aed", organisation="京都府", who="260002"), "260002", "name"),
        (listed("aed", organisation="京都府", who="260002"), "260002", "organisation"),
        (listed("352110_aed", organisation="京都府", who="260002"), "260002", "organisation"),
        # two cities of one name, and nothing that tells which
        (listed("a", organisation="府中市"), "", ""),
        (listed("444"), "", ""),
        # joint bodies are nobody's municipality
        (listed("262021_x", "【舞鶴市】ごみ", organisation="相楽郡西部塵埃処理組合"), "", ""),
        (listed("262021_x", organisation="京都地方税機構"), "", ""),
        (listed("262021_x", organisation="関西広域連合"), "", ""),
        (listed("20240401_x"), "", ""),
    ],
)
def test_an_organisation_goes_first_then_name_then_title(entry: Listed, code: str, by: str) -> None:
    assert owner.of(entry) == owner.Owner(code, by)


@pytest.mark.parametrize(
    ("entry", "rows", "prefecture", "code", "by"),
    [
        # November 2020, and the code of 長野市; July 2022, and that of 安曇野市
        (listed("202011_covid19"), (), "", "", ""),
        (listed("covid19-202011"), (), "", "", ""),
        (listed("202207_aed", "AED設置箇所一覧 202207"), (), "", "", ""),
        (listed("202011_aed"), ("261009",), "", "261009", "rows"),
        (listed("202011_262021_aed"), (), "", "262021", "name"),
        (listed("202011_aed", organisation="京都府", who="260002"), (), "", "260002", "organisation"),
        (listed("202011_aed", organisation="舞鶴市"), (), "", "262021", "organisation"),
        # something else says so
        (listed("202011_aed", organisation="長野市", who="202011"), (), "", "202011", "organisation"),
        (listed("202011_aed"), (), "長野県", "202011", "name"),
        (listed("202011_aed", organisation="長野県", who="200000"), (), "", "202011", "name"),
        (listed("202011_aed", "長野市のAED設置箇所"), (), "", "202011", "name"),
        (listed("202011_aed"), ("202011",), "", "202011", "name"),
        (listed("t202011d0000000029"), (), "", "202011", "name"),
        (listed("203602_x"), (), "", "", ""),  # no code at all
    ],
)
def test_what_can_be_a_month_is_a_code_only_where_something_else_says_so(
    entry: Listed, rows: tuple[str, ...], prefecture: str, code: str, by: str
) -> None:
    found = owner.of(entry, rows, prefecture=prefecture)
    assert (found.code, found.by) == (code, by)


def test_a_prefecture_tells_which_of_two_cities_of_one_name_is_meant() -> None:
    assert owner.of(listed("a", organisation="府中市"), prefecture="広島県").code == "342084"
    assert owner.of(listed("a", organisation="府中市"), prefecture="東京都").code == "132063"


def test_rows_tell_only_where_nobody_else_does_and_they_agree() -> None:
    assert owner.of(listed(), ["262021"]) == owner.Owner("262021", "rows")
    assert owner.of(listed(), ["262021", "262013"]) == owner.Owner()
    assert owner.of(listed(organisation="京都府", who="260002"), ["262021"]).code == "260002"


@pytest.mark.parametrize(
    ("entry", "rows", "code", "by", "told"),
    [
        (listed("112046_aed"), (), "111007", "name", "2001-04-30 まで埼玉県浦和市"),
        (listed("11204_aed"), (), "111007", "name", "浦和市"),  # without its check digit
        (listed("a", organisation="浦和市", who="112046"), (), "111007", "organisation", "浦和市"),
        (listed("a", organisation="栃木県岩舟町"), (), "092037", "organisation", "2014-04-04 までの名前"),
        (listed("a", organisation="篠山市"), (), "282219", "organisation", "丹波篠山市（282219）"),
        (listed("a", "【篠山市】公共施設一覧"), (), "282219", "title", "丹波篠山市"),
        (listed(), ("221317", "221325"), "221384", "rows", "浜松市"),
    ],
)
def test_what_carries_an_abolished_code_or_name_is_its_only_successors_and_says_why(
    entry: Listed, rows: tuple[str, ...], code: str, by: str, told: str
) -> None:
    found = owner.of(entry, rows)
    assert (found.code, found.by) == (code, by)
    assert told in found.why and found.why_en


def test_what_was_divided_is_nobodys_as_long_as_nothing_else_tells() -> None:
    assert owner.of(listed("193411_aed")) == owner.Owner()
    assert owner.of(listed(), ["193411"]) == owner.Owner()
    assert owner.of(listed("a", organisation="上九一色村")) == owner.Owner()
    assert owner.of(listed("192015_aed", organisation="上九一色村")).code == "192015"


def test_a_name_that_several_bodies_bore_is_nobodys_and_a_town_in_a_title_may_be_a_quarter() -> None:
    assert owner.of(listed("a", organisation="大和町役場")).code == "044211"  # of today
    assert owner.of(listed("a", organisation="旭町")) == owner.Owner()  # of many prefectures, all of the past
    assert owner.of(listed("a", "【旭町】公園"), prefecture="秋田県") == owner.Owner()


def test_a_body_of_today_needs_no_reason() -> None:
    assert owner.of(listed("a", organisation="舞鶴市")).why == ""


def test_the_portal_of_one_city_is_that_citys() -> None:
    assert owner.of(listed("352110_x"), always="262021") == owner.Owner("262021", "settings")


def test_organisations_seen_on_real_portals_are_found_in_the_national_list(portals: Path) -> None:
    with (portals / "_lists/datasets_observed_2026-08-31.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    found = {
        row["name"]: owner.of(listed(row["name"], row["title"], row["organisation_title"])).code
        for row in rows
    }
    missed = [row for row in rows if not found[row["name"]]]
    assert len(missed) <= len(rows) * 0.05, missed
    for row in rows:
        code = found[row["name"]]
        if code and row["portal"] == "bodik" and row["name"][:6].isdigit():
            assert municipalities()[code].title in row["organisation_title"] or code == row["name"][:6], row


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("観光施設（令和6年4月1日時点）.csv", "2024-04-01"), ("R6.4.1現在", "2024-04-01"), ("人口（令和元年５月１日）", "2019-05-01"),
        ("352071_population_202410", "2024-10-01"), ("aed_20240331.csv", "2024-03-31"), ("2024年4月", "2024-04-01"), ("2024-04-15版", "2024-04-15"),
        ("令和5年度版", "2023-04-01"), ("平成31年3月末", "2019-03-01"), ("2023年度", "2023-04-01"), ("予算（2023年4月～2024年3月）", "2024-03-01"),
        ("262021_hospital", ""), ("京都市26100", ""), ("99999999", ""), ("20241399", ""), ("令和の日", ""), ("第3回", ""), ("", ""),
        ("AED設置箇所一覧", ""), ("2024年", ""),
    ],
)  # fmt: skip
def test_a_day_in_a_title_is_read(title: str, day: str) -> None:
    assert dates.in_title(title) == day


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("毎月", 31), ("1年", 366), ("年１回", 366), ("年次", 366), ("毎日", 1), ("daily", 1), ("MONTHLY", 31), ("ANNUAL", 366), ("ANNUAL_2", 184),
        ("QUARTERLY", 92), ("四半期ごと", 92), ("3ヶ月", 92), ("半年に1回", 184), ("週1回", 7), ("隔月", 62), ("2年に1回", 731), ("5年ごと", 1827),
        ("随時", None), ("不定期", None), ("IRREG", None), ("変更の都度", None), ("未定", None), ("", None), ("わからない言葉", None),
        ("12か月", 366), ("11か月", None), ("half-yearly", 184), ("biannual", 184), ("令和3年から毎年", 366), ("年1回（R5年から）", 366),
        ("毎年度", 366), ("一年", 366), ("http://publications.europa.eu/resource/authority/frequency/WEEKLY", 7),
    ],
)  # fmt: skip
def test_words_for_how_often_become_days_and_unknown_ones_do_not(words: str, days: int | None) -> None:
    assert dates.expected(words) == days


def test_rows_go_before_titles_and_titles_before_the_portal() -> None:
    today = "2026-11-20"
    assert dates.updated(["2026-01-02"], ["令和6年4月1日"], "2026-10-01", today) == dates.Dated(
        "2026-01-02", "data"
    )
    assert dates.updated([], ["令和6年4月1日"], "2026-10-01", today) == dates.Dated("2024-04-01", "title")
    assert dates.updated([], ["x"], "2026-10-01", today) == dates.Dated("2026-10-01", "portal")
    assert dates.updated(["2030-01-01"], ["令和20年4月1日"], "2031-01-01", today) == dates.Dated()
    assert dates.updated([], [], "", today) == dates.Dated()


@pytest.mark.parametrize(
    ("note", "day"),
    [
        ("事業所一覧です。 \r\n（令和6年2月1日現在）", "2024-02-01"),
        ("2024年4月1日 時点の一覧", "2024-04-01"),
        ("平成30年4月1日に公開した、令和元年10月1日現在のもの", "2019-10-01"),
        ("令和6年2月1日に様式を変えました", ""),
        ("現在", ""),
        ("99年99月99日現在", ""),
    ],
)
def test_of_the_words_beside_a_file_only_the_day_as_of_which_it_is_counts(note: str, day: str) -> None:
    assert dates.in_note(note) == day


def test_what_a_body_of_the_past_left_on_a_portal_counts_for_its_successor_in_the_report(
    tmp_path: Path,
) -> None:
    """From the portal's answer to the prefecture's table, and why it stands there."""
    book = tmp_path / "store.sqlite"
    with site() as portal:
        portal.put("/files/x.csv", AED)
        file = {"url": f"{portal.address}/files/x.csv", "name": "x"}
        urawa, divided = {"name": "urawa", "title": "浦和市"}, {"name": "kamikuishiki", "title": "上九一色村"}
        portal.ckan([package("a", file, organization=urawa), package("b", file, organization=divided)])
        collected(book, reading(portal))
    one, other = (seen(book)[name] for name in ("a-1", "b-1"))
    assert (one.municipality, one.placed_by) == ("111007", "organisation") and other.municipality == ""
    for lang, told in (
        ("ja", "「埼玉県浦和市」は 2001-04-30 までの名前です"),
        ("en", "the name until 2001-04-30"),
    ):
        words = ("coverage", "report", "--prefecture", "埼玉県", "--format", "csv", "--lang", lang)
        done = run(tmp_path, *words, "--store", str(book))
        assert done.returncode == 0, done.stderr
        (line,) = (line for line in done.stdout.splitlines() if told in line)
        assert "さいたま市" in line


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("消防水利施設一覧(自治体標準オープンデータセット)", "fire_hydrant"),
        ("【山口県】オープンデータ属性定義書", ""),
        ("【舞鶴市】オープンデータ一覧", "open_data_list"),
        ("【舞鶴市】観光施設", "tourism"),
        ("観光施設とイベント", ""),
    ],
)
def test_a_title_hints_at_a_dataset_only_by_what_is_its_own(title: str, slug: str) -> None:
    assert judging.hint([title], catalog.index().slugs) == slug
