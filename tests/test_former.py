"""Abolished codes: whose they were, whose they are, and that undoing the changes gives the counts that were published."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from odtool import former
from odtool.collect import owner as collecting
from odtool.collect.listed import Listed
from odtool.coverage.bodies import city, is_municipality, owner, prefecture_code
from odtool.municipality import is_well_formed, municipalities, prefectures
from odtool.report.place_page import KINDS
from tests.test_cli import run

SAMPLES = Path(__file__).parent / "samples"
LAST = date(2024, 1, 1)  # the latest change of the table


def kinds(names: list[str]) -> tuple[int, int, int]:
    """How many cities, towns and villages are among them."""
    ends = Counter(name[-1] for name in names)
    return ends["市"], ends["町"], ends["村"]


def test_todays_list_has_47_prefectures_1741_municipalities_and_171_wards() -> None:
    kind = Counter(place.kind for place in municipalities().values())
    assert len(prefectures()) == kind["都道府県"] == 47
    assert sum(map(is_municipality, municipalities())) == 1_741
    assert kind["特別区"] == 23
    assert (kind["政令指定都市"], kind["政令市の区"]) == (20, 171)


# Published by the ministry of internal affairs (市町村数の変遷) and quoted by prefectures and newspapers of the day.
@pytest.mark.parametrize(
    ("day", "cities", "towns", "villages"),
    [
        ("1975-04-01", 643, 1_974, 640),
        ("1999-03-31", 670, 1_994, 568),  # 3,232: the eve of the great mergers
        ("2000-07-01", 671, 1_991, 567),
        ("2005-04-01", 739, 1_317, 339),
        ("2006-02-20", 763, 1_006, 229),
        ("2006-03-31", 777, 846, 198),  # 1,821
        ("2010-02-01", 784, 784, 187),
        ("2010-03-31", 786, 757, 184),  # 1,727
        ("2011-04-01", 786, 754, 184),
        ("2014-04-05", 790, 745, 183),  # 1,718, as many as today
        ("2026-04-01", 792, 743, 183),
    ],
)
def test_the_changes_undone_give_the_published_number_of_municipalities(
    day: str, cities: int, towns: int, villages: int
) -> None:
    assert kinds(list(former.at(date.fromisoformat(day)).values())) == (cities, towns, villages)


@pytest.mark.parametrize(
    ("day", "prefecture", "count"),
    [
        ("1999-03-31", "北海道", (34, 154, 24)),
        ("1999-03-31", "青森県", (8, 34, 25)),
        ("1999-03-31", "岩手県", (13, 30, 16)),
        ("1999-03-31", "福島県", (10, 52, 28)),
        ("1999-03-31", "茨城県", (20, 48, 17)),
        ("1999-03-31", "埼玉県", (43, 38, 11)),
        ("1999-03-31", "千葉県", (31, 44, 5)),
        ("1999-03-31", "東京都", (27, 5, 8)),
        ("1999-03-31", "神奈川県", (19, 17, 1)),
    ],
)
def test_each_prefecture_has_as_many_as_it_had(
    day: str, prefecture: str, count: tuple[int, int, int]
) -> None:
    there = former.at(date.fromisoformat(day))
    own = [name for code, name in there.items() if code[:2] == prefecture_code(prefecture)[:2]]
    assert kinds(own) == count


@pytest.mark.parametrize(
    ("prefecture", "cities", "others"),  # 市・町村, as the ministry counted them on 2004-04-01
    [("北海道", 34, 178), ("千葉県", 33, 46), ("新潟県", 21, 77), ("石川県", 9, 30), ("山梨県", 8, 48),
     ("長野県", 18, 99), ("岐阜県", 20, 60), ("静岡県", 22, 47)],
)  # fmt: skip
def test_amid_the_mergers_the_counts_are_right_too(prefecture: str, cities: int, others: int) -> None:
    there = former.at(date(2004, 4, 1))
    assert len([name for name in there.values() if name[-1] in "市町村"]) == 3_100
    own = kinds([name for code, name in there.items() if code[:2] == prefecture_code(prefecture)[:2]])
    assert (own[0], own[1] + own[2]) == (cities, others)


def test_every_change_fits_what_was_there_the_day_after_it() -> None:
    """Undone from the last to the first, each finds the bodies it made, under the names it gave them."""
    names = {code: place.name for code, place in municipalities().items()}
    events: dict[str, list[former.Change]] = {}
    for change in former.changes():
        events.setdefault(change.event, []).append(change)
    for event in reversed(events.values()):
        for change in event:
            assert len(change.after) == len(change.after_names) >= 1
            assert [names.get(code) for code in change.after] == list(change.after_names), change
        if event[0].kind != "編入":
            for change in event:
                for code in change.after:
                    names.pop(code, None)
        for change in event:
            if change.before:
                assert names.get(change.before) in (None, change.before_name), change
                names[change.before] = change.before_name
    days = [change.date for change in former.changes()]
    assert days == sorted(days) and days[0] == former.FIRST.isoformat() and days[-1] == LAST.isoformat()


def test_every_code_of_the_table_has_its_check_digit_and_its_prefecture() -> None:
    for change in former.changes():
        for code in filter(None, (change.before, *change.after)):
            assert is_well_formed(code) and "01" <= code[:2] <= "47", code


def test_no_code_was_ever_given_to_a_second_body() -> None:
    ended = [change.before for change in former.changes() if change.ends]
    assert len(ended) == len(set(ended)) == 2_066
    assert not set(ended) & municipalities().keys()
    assert not any(former.is_joint(code) for code in (*ended, *municipalities()))


def test_two_independent_sources_agree_on_nearly_all_and_the_others_say_so() -> None:
    ended = [change for change in former.changes() if change.ends]
    assert [change.before_name for change in ended if not change.sure] == ["託麻村", "富来田町", "上九一色村"]
    assert all(len(change.sources) > 1 for change in former.changes() if change.sure)
    gone = former.former("193411")
    assert gone is not None and "推定" in former.told(gone)[0] and "assumed" in former.told(gone)[1]


@pytest.mark.parametrize(
    ("code", "name", "until", "heirs"),
    [
        ("112046", "浦和市", "2001-04-30", ["111007"]),
        (
            "222046",
            "清水市",
            "2003-03-31",
            ["221007"],
        ),  # merged, then the city was designated under a new code
        ("093670", "岩舟町", "2014-04-04", ["092037"]),
        ("033057", "滝沢村", "2013-12-31", ["032166"]),
        ("233048", "長久手町", "2012-01-03", ["232386"]),
        ("044237", "富谷町", "2016-10-09", ["042161"]),
        ("403059", "那珂川町", "2018-09-30", ["402311"]),
        ("124028", "大網白里町", "2012-12-31", ["122394"]),
        ("173444", "野々市町", "2011-11-10", ["172120"]),
        ("286613", "篠山町", "1999-03-31", ["282219"]),  # 篠山市, which is 丹波篠山市 under the same code
        ("142093", "相模原市", "2010-03-31", ["141500"]),
        ("221333", "浜松市西区", "2023-12-31", ["221384"]),
        ("221350", "浜松市北区", "2023-12-31", ["221384", "221392"]),
        ("193411", "上九一色村", "2006-02-28", ["192015", "194301"]),
        ("204315", "山口村", "2005-02-12", ["212067"]),  # from one prefecture to another
    ],
)
def test_an_abolished_code_tells_whose_it_was_until_when_and_whose_it_is(
    code: str, name: str, until: str, heirs: list[str]
) -> None:
    gone = former.former(code)
    assert gone is not None
    assert (gone.name, gone.until, list(gone.heirs)) == (name, until, heirs)
    assert former.current(code) == (heirs[0] if len(heirs) == 1 else "")
    eve, after = date.fromisoformat(until), date.fromisoformat(until) + timedelta(days=1)
    assert former.at(eve)[code] == name and code not in former.at(after)


def test_every_abolished_code_leads_to_bodies_of_today() -> None:
    for change in former.changes():
        if change.ends:
            gone = former.former(change.before)
            assert gone is not None and gone.heirs
            assert all(code in municipalities() for code in gone.heirs)
            assert gone.replacement in ("", gone.heir)


def test_what_never_was_and_what_is_today_is_no_former_code() -> None:
    assert former.former("262129") is None and former.current("262129") == "262129"
    assert former.former("262005") is None and former.current("262005") == ""
    assert former.former("") is None and former.former("<b>") is None


def test_a_town_that_became_part_of_a_ward_is_its_citys_and_no_code_is_put_in_its_place() -> None:
    gone = former.former("263818")
    assert gone is not None and gone.name == "京北町" and gone.heir == "261084"
    assert city(gone.heir) == "261009" and gone.replacement == ""


def test_a_code_that_lost_its_zero_or_its_check_digit_is_found_among_the_abolished_ones() -> None:
    assert former.restored("28661") == "286613" and former.restored("33057") == "033057"
    assert (
        former.restored("26212") is None
        and former.restored("x") is None
        and former.restored("２８６６１") is None
    )


def test_a_name_of_the_past_is_found_with_and_without_its_prefecture() -> None:
    assert [change.before for change in former.named("埼玉県浦和市")] == ["112046"]
    assert [change.after for change in former.named("篠山市")] == [("282219",)]
    assert former.named("舞鶴市") == ()


def test_nothing_is_said_of_the_time_before_the_first_change() -> None:
    assert len([name for name in former.at(former.FIRST).values() if name[-1] in "市町村"]) == 3_334
    with pytest.raises(ValueError, match="nothing is known"):
        former.at(former.FIRST - timedelta(days=1))


def test_wards_of_the_past_stand_under_their_city() -> None:
    for day in (former.FIRST, date(1989, 2, 12), date(2006, 4, 1), date(2023, 12, 31)):
        there = former.at(day)
        names = set(there.values())
        wards = [name for code, name in there.items() if name.endswith("区") and code[:3] != "131"]
        assert wards and all(name[: name.index("市") + 1] in names for name in wards), day
    assert len([c for c in former.at(date(1999, 3, 31)) if c[:3] == "131"]) == 23


def test_what_is_noted_under_an_abolished_code_counts_for_its_successor() -> None:
    assert owner("112046", "浦和市") == "111007"
    assert owner("221317", "") == "221309"  # a ward of the past: its city
    assert owner("263818", "") == "261009"  # a town that went into a ward
    assert owner("193411", "") == "193411"  # divided: nobody else's
    assert owner("268011", "相楽広域行政組合") == "268011"
    assert owner("", "相楽広域行政組合") == "*相楽広域行政組合"


ROW = "全国地方公共団体コード,ID,地方公共団体名,名称\r\n"


def test_validate_tells_of_each_code_whose_it_was_and_fix_leaves_it(tmp_path: Path) -> None:
    said = [
        ("093670", "岩舟町"),
        ("193411", "上九一色村"),
        ("268011", "組合"),
        ("262005", "どこか"),
        ("092037", "栃木市"),
    ]
    rows = "".join(f"{code},{n:04},{name},施設{n}\r\n" for n, (code, name) in enumerate(said, 1))
    source = tmp_path / "092037_public_facility.csv"
    source.write_text("\ufeff" + ROW + rows, encoding="utf-8", newline="")
    done = run(tmp_path, "validate", "--format", "json", "--dataset", "standard-public_facility", source.name)
    assert done.returncode == 1, done.stderr  # columns are missing; that is another matter
    (file,) = json.loads(done.stdout)["files"]
    found = {f["value"]: f for f in file["findings"] if f["rule"].startswith("municipality-code")}
    assert {value: (f["rule"], f["severity"], f["row"]) for value, f in found.items()} == {
        "093670": ("municipality-code-former", "warning", 2),
        "193411": ("municipality-code-former", "warning", 3),
        "268011": ("municipality-code-joint", "hint", 4),
        "262005": ("municipality-code-unknown", "warning", 5),
    }
    assert "2014-04-04 まで栃木県岩舟町" in found["093670"]["message"]
    assert "今は栃木市（092037）です" in found["093670"]["message"]
    assert found["093670"]["suggestion"] == "092037"
    assert "甲府市（192015）と富士河口湖町（194301）に分かれています" in found["193411"]["message"]
    assert "確かめていません" in found["268011"]["message"]

    mended = run(tmp_path, "fix", "--dataset", "standard-public_facility", "-o", "mended.csv", source.name)
    assert mended.returncode == 1 and "案だけ" in mended.stdout, mended.stderr
    copy = (tmp_path / "mended.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [line.split(",")[0] for line in copy] == [code for code, _ in said]


@pytest.mark.parametrize(
    "words",
    [
        ("template", "standard-aed", "-o", "x.xlsx", "--municipality", "112046"),
        ("plan", "here.csv", "--municipality", "112046", "--portal", "folder:portal"),
        ("coverage", "report", "--municipalities", "codes.csv"),
    ],
)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_command_told_an_abolished_code_says_which_is_todays(
    tmp_path: Path, words: tuple[str, ...], lang: str
) -> None:
    (tmp_path / "codes.csv").write_text("code\n112046\n", encoding="utf-8")
    (tmp_path / "here.csv").write_text("a\n", encoding="utf-8")
    done = run(tmp_path, *words, "--lang", lang)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "111007" in done.stderr and "2001-04-30" in done.stderr
    assert ("今はさいたま市" in done.stderr) == (lang == "ja")


def test_a_file_named_by_an_abolished_code_is_held_back_with_the_reason(tmp_path: Path) -> None:
    good = SAMPLES / "261009_aed.csv"
    text = good.read_text(encoding="utf-8-sig").replace("\n261009,", "\n268011,")
    (tmp_path / "112046_aed.csv").write_text(text, encoding="utf-8-sig", newline="")
    done = run(tmp_path, "plan", "112046_aed.csv", "--portal", "folder:portal")
    assert "今はさいたま市（111007）です" in done.stdout.replace("\n", "").replace(" ", ""), done.stdout


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("112046", ["浦和市（112046）", "2001-04-30", "さいたま市（111007）"]),
        ("22131", ["浜松市中区（221317）", "浜松市中央区（221384）"]),
        ("丹波篠山市", ["2019-05-01 名称変更: 篠山市（282219） → 丹波篠山市（282219）"]),
        ("篠山市", ["丹波篠山市（282219）"]),
        ("府中市", ["東京都府中市（132063）", "広島県府中市（342084）"]),
        ("浜松市", ["静岡県浜松市（221309）", "中央区（221384）、浜名区（221392）、天竜区（221406）"]),
        ("世田谷区", ["東京都世田谷区（131121）", "特別区", "変わっていません"]),
        ("福岡県三潴郡大木町", ["福岡県大木町（405221）"]),
        ("上九一色村", ["甲府市（192015）、富士河口湖町（194301）", "推定"]),
        ("138011", ["一部事務組合", "確かめていません"]),
        ("260002", ["京都府（260002）", "都道府県"]),
    ],
)
def test_explain_tells_of_a_code_or_a_name_whose_it_is_and_was(
    tmp_path: Path, wanted: str, told: list[str]
) -> None:
    done = run(tmp_path, "explain", wanted)
    assert done.returncode == 0, done.stderr
    assert all(words in done.stdout for words in told), done.stdout
    english = run(tmp_path, "explain", wanted, "--lang", "en")
    assert english.returncode == 0 and not any(
        w in english.stdout for w in ("種類", "移り変わり", "いつまで", "変わって")
    )


def test_explain_says_that_a_code_never_was(tmp_path: Path) -> None:
    done = run(tmp_path, "explain", "262005")
    assert done.returncode == 2 and "1970-04-20" in done.stderr


def test_a_joint_bodys_code_is_nobodys_municipality_and_keeps_its_own_place() -> None:
    assert former.is_joint("268011") and not is_municipality("268011") and not former.former("268011")
    assert (
        collecting.of(Listed("268011_x", "ごみ収集", organisation="相楽広域行政組合")) == collecting.Owner()
    )
    assert owner("", "相楽広域行政組合") == "*相楽広域行政組合" != owner("", "京都府後期高齢者医療広域連合")
    assert not former.is_joint("488011") and not former.is_joint("268012") and not former.is_joint("26801")


def test_the_special_wards_are_municipalities_and_no_citys_wards() -> None:
    special = [code for code, place in municipalities().items() if place.kind == "特別区"]
    assert len(special) == 23
    assert all(is_municipality(code) and city(code) == code == owner(code, "") for code in special)
    wards = [code for code, place in municipalities().items() if place.kind == "政令市の区"]
    assert all(
        not is_municipality(code) and municipalities()[city(code)].kind == "政令指定都市" for code in wards
    )


def test_every_kind_of_change_has_its_english_word() -> None:
    assert {change.kind for change in former.changes()} == set(KINDS)
