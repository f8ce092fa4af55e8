"""From one edition to the other and back: values stay as they are, and what needs a person is listed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from odtool.datasets import catalog
from odtool.datasets.identify import against
from odtool.judging.check import Choice
from odtool.made import Migrated, Step
from odtool.mending.address import parted_name, parts
from odtool.mending.copies import move
from odtool.mending.migrate import migrate
from odtool.model import Form, Grid, Table

SAMPLES = Path(__file__).parent / "samples"
SLUGS = sorted(catalog.migrations())


def table(*records: Sequence[str]) -> Table:
    grid = Grid(Form("csv", "utf-8-sig", "crlf", ","), lambda: iter(records))
    return Table(grid, tuple(records[0]), 1)


def moved(source: str, target: str, *rows: Mapping[str, str]) -> tuple[list[dict[str, str]], Migrated]:
    """Rows of that edition, given by the names of their columns, in the other edition."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    given = table(names, *([row.get(name, "") for name in names] for row in rows))
    slug = catalog.dataset(target).slug
    result = migrate(
        given, against(given, catalog.dataset(source)), catalog.dataset(target), catalog.migrations()[slug]
    )
    labels, *records = result.table.grid.records()
    return [dict(zip(labels, record, strict=True)) for record in records], result


def step(result: Migrated, target: str) -> Step:
    return next(each for each in result.steps if target in each.targets)


# --- the correspondence ----------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", SLUGS)
def test_the_correspondence_names_the_columns_that_the_editions_have(slug: str) -> None:
    new, old = (catalog.dataset(f"{edition}-{slug}") for edition in ("standard", "suisho"))
    kin = catalog.migrations()[slug]
    assert [each.new for each in kin] == [field.name for field in new.fields]
    assert {name for each in kin for name in each.old} == {field.name for field in old.fields}
    for each in kin:
        assert len(each.old) == {"new": 0, "joined": 2}.get(each.kind, 1)
        assert (each.kind == "same") == (each.old == (each.new,))
        assert bool(each.note) == bool(each.note_en)


# --- values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", SLUGS)
def test_there_and_back_every_value_of_the_old_edition_is_the_same(slug: str) -> None:
    old = catalog.dataset(f"suisho-{slug}")
    special = {"都道府県名": "京都府", "市区町村名": "京丹後市", "住所": "京都府京丹後市峰山町1-2"}
    row = {field.name: special.get(field.name, f"　値{n} ") for n, field in enumerate(old.fields)}
    there, _ = moved(old.id, f"standard-{slug}", row)
    back, _ = moved(f"standard-{slug}", old.id, *there)
    lost = {name for name in row if back[0][name] != row[name]}
    by_hand = {name for each in catalog.migrations()[slug] if each.kind == "manual" for name in each.old}
    assert lost <= by_hand
    assert all(there[0][name] == row[name] for name in by_hand)  # kept at the right


def test_names_are_joined_and_parted() -> None:
    there, result = moved(
        "suisho-aed",
        "standard-aed",
        {"都道府県名": "京都府", "市区町村名": "京丹後市"},
        {"市区町村名": "京丹後市"},
    )
    assert [row["地方公共団体名"] for row in there] == ["京都府京丹後市", "京丹後市"]
    assert step(result, "地方公共団体名").rows == (3,)
    back, _ = moved(
        "standard-aed", "suisho-aed", {"地方公共団体名": "京都府京丹後市"}, {"地方公共団体名": "京都府"}
    )
    assert [(row["都道府県名"], row["市区町村名"]) for row in back] == [
        ("京都府", "京丹後市"),
        ("京都府", ""),
    ]


def test_a_name_that_cannot_be_parted_is_kept_and_listed() -> None:
    back, result = moved("standard-aed", "suisho-aed", {"地方公共団体名": "京都府北部連携都市圏"})
    assert (back[0]["都道府県名"], back[0]["市区町村名"], back[0]["地方公共団体名"]) == (
        "",
        "",
        "京都府北部連携都市圏",
    )
    assert step(result, "市区町村名").by_hand and step(result, "地方公共団体名").kind == "kept"


def test_an_address_is_parted_as_far_as_it_is_certain() -> None:
    addresses = ["京都府京丹後市峰山町889", "峰山町889", "京都府京都市役所前", ""]
    there, result = moved("suisho-aed", "standard-aed", *({"住所": text, "名称": "x"} for text in addresses))
    assert [row["所在地_連結表記"] for row in there] == addresses
    assert [(row["所在地_都道府県"], row["所在地_市区町村"]) for row in there] == [
        ("京都府", "京丹後市"), ("", ""), ("京都府", ""), ("", ""),
    ]  # fmt: skip
    assert step(result, "所在地_市区町村").rows == (3, 4)
    assert step(result, "所在地_連結表記").rows == (3,) and step(result, "所在地_連結表記").by_hand
    assert not any(row["所在地_町字"] + row["所在地_番地以下"] for row in there)
    assert step(result, "所在地_町字").rows == (2, 3, 4)


def test_columns_with_nowhere_to_go_are_kept_where_they_have_values() -> None:
    there, result = moved("suisho-public_facility", "standard-public_facility",
                          {"名称": "館", "バリアフリー情報": "スロープあり", "担当": "総務課"})  # fmt: skip
    assert there[0]["バリアフリー情報"] == "スロープあり" and there[0]["担当"] == "総務課"
    assert step(result, "車椅子可").by_hand and there[0]["車椅子可"] == ""
    back, result = moved("standard-aed", "suisho-aed", {"名称": "館", "郵便番号": "6048571", "画像1": ""})
    assert back[0]["郵便番号"] == "6048571" and "画像1" not in back[0]


def test_a_code_is_taken_for_the_publishers_only_where_it_is_the_same_in_all_rows() -> None:
    to = ("suisho-evacuation_space", "standard-evacuation_space")
    one, result = moved(*to, {"市区町村コード": "262129"}, {"市区町村コード": "262129"})
    assert {row["全国地方公共団体コード"] for row in one} == {"262129"}
    assert step(result, "全国地方公共団体コード").by_hand
    two, result = moved(*to, {"市区町村コード": "262129"}, {"市区町村コード": "262021"})
    assert {row["全国地方公共団体コード"] for row in two} == {""}
    assert step(result, "全国地方公共団体コード").rows == (2, 3)


def test_what_stands_above_and_below_the_data_is_not_copied_and_is_told() -> None:
    labels = [field.name for field in catalog.dataset("suisho-aed").fields]
    data = [{"名称": "館", "NO": "1"}.get(label, "") for label in labels]
    blank = [""] * (len(labels) - 1)
    given = table(["AED一覧", *blank], labels, data, ["※令和8年4月1日現在", *blank])
    given = Table(given.grid, tuple(labels), 2)
    result = migrate(given, against(given, catalog.dataset("suisho-aed")), catalog.dataset("standard-aed"),
                     catalog.migrations()["aed"])  # fmt: skip
    assert len(list(result.table.grid.records())) == 2
    dropped = {
        each.sources: each.rows for each in result.steps if each.kind == "rows-dropped" and each.by_hand
    }
    assert dropped == {("AED一覧",): (1,), ("※令和8年4月1日現在",): (4,)}


# --- addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "prefecture", "city", "rest"),
    [
        ("京都府乙訓郡大山崎町円明寺", "京都府", "乙訓郡大山崎町", "円明寺"),
        ("京都府大山崎町円明寺", "京都府", "大山崎町", "円明寺"),
        ("北海道札幌市中央区北1条", "北海道", "札幌市中央区", "北1条"),
        ("奈良県大和郡山市北郡山町", "奈良県", "大和郡山市", "北郡山町"),
        ("福島県郡山市朝日", "福島県", "郡山市", "朝日"),
        ("三重県四日市市諏訪町", "三重県", "四日市市", "諏訪町"),
        ("北海道余市郡余市町朝日町", "北海道", "余市郡余市町", "朝日町"),
        ("東京都千代田区霞が関", "東京都", "千代田区", "霞が関"),
        ("北海道札幌市役所", "北海道", "", "札幌市役所"),
        ("京都府どこか", "京都府", "", "どこか"),
    ],
)
def test_an_address_begins_with(text: str, prefecture: str, city: str, rest: str) -> None:
    found = parts(text)
    assert found and (found.prefecture, found.city, found.rest) == (prefecture, city, rest)
    assert found.prefecture + found.city + found.rest == text


def test_an_address_without_a_prefecture_has_no_certain_parts() -> None:
    assert parts("京丹後市峰山町") is None and parts("") is None
    assert parted_name("京丹後市") is None and parted_name("京都府乙訓郡大山崎町") == (
        "京都府",
        "乙訓郡大山崎町",
    )


# --- files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["261009_aed.csv", "262013_public_facility.csv", "292010_tourism.csv", "342050_preschool.xlsx"]
)
def test_a_valid_sample_is_valid_in_the_other_edition(name: str) -> None:
    slug = name.split("_", 1)[1].rpartition(".")[0]
    result = move(str(SAMPLES / name), f"standard-{slug}", Choice()).migration
    assert result.after and result.after.counts["error"] == 0, [
        f for f in result.after.findings if f.severity == "error"
    ]
    assert result.after.rows == result.before.rows


def test_a_row_of_another_length_stops_the_move(tmp_path: Path) -> None:
    content = (SAMPLES / "261009_aed.csv").read_bytes()
    lines = content.split(b"\r\n")
    lines[5] += b",x"
    path = tmp_path / "261009_aed.csv"
    path.write_bytes(b"\r\n".join(lines))
    result = move(str(path), "standard-aed", Choice())
    assert result.content is None and result.migration.steps is None
    assert "6行目" in str(result.migration.before.reason)
