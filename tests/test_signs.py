"""Signs of whole columns: what is told once of a column, by both engines alike."""

import sys
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odtool.datasets.catalog import datasets
from odtool.judging import check, validate
from odtool.judging.check import Choice
from odtool.judging.signs import EXTENSION
from odtool.messages import message
from odtool.model import Finding

SIGNS = {"signs-mixed", "extension-characters", "address-wide-digits", "address-without-prefecture", "id-uneven",
         "coordinate-shared"}  # fmt: skip
TOILET = datasets()["standard-public_toilet"]
NAMES = ["ID", "名称", "所在地_連結表記", "建物名等(方書)", "緯度", "経度", "備考"]
ADDRESS = "京都府京丹後市峰山町杉谷889"


def table(*records: Sequence[str]) -> bytes:
    return "".join(",".join(record) + "\n" for record in (NAMES, *records)).encode()


def told(*records: Sequence[str]) -> list[Finding]:
    report, _ = check.judge(table(*records), "a.csv", Choice(TOILET))
    return [finding for finding in report.findings if finding.rule in SIGNS]


def place(number: str = "1", at: tuple[str, str] = ("", ""), **cells: str) -> list[str]:
    cells = {"name": "駅前", "address": ADDRESS, "building": "", "note": "", **cells}
    return [number, cells["name"], cells["address"], cells["building"], *at, cells["note"]]


def ids(*numbers: str) -> list[str]:
    return [finding.rule for finding in told(*(place(number) for number in numbers))]


def notes(*texts: str) -> list[Finding]:
    return told(*(place(str(n), note=text) for n, text in enumerate(texts, 1)))


@pytest.mark.parametrize(("one", "other"), [("〜", "～"), ("－", "−"), ("-", "‐")])
def test_a_sign_in_two_forms_is_told_once_with_the_cells_of_the_rarer(one: str, other: str) -> None:
    (finding,) = notes(f"1{one}2", f"3{one}4", f"5{other}6{other}7", "")
    assert (finding.rule, finding.label, finding.facts["count"]) == ("signs-mixed", "備考", 1)
    assert finding.facts["rare"] == other


def test_a_sign_in_one_form_or_in_different_columns_is_not_told() -> None:
    assert notes("1～2", "3～4", "5-6") == []
    assert told(place(name="甲〜乙", note="1～2")) == []


def test_extension_characters_are_those_beyond_the_japanese_standard() -> None:
    assert set("①⑳ⅠⅡⅰ㈱№℡髙﨑\ufa10德∑") - set(EXTENSION) == set()
    for character in set(EXTENSION):
        assert character.encode("cp932")
    assert not set(EXTENSION) & set("亜腕弌熙凜株∪∩≡∫√～－∥￠￡￢ア10○㎡㎞")


def test_of_extension_characters_the_commonest_five_are_named() -> None:
    (finding,) = notes("髙", "髙髙①", "②③④", "⑤⑥", "高")
    assert (finding.rule, finding.facts["count"]) == ("extension-characters", 4)
    assert finding.facts["shown"] == "髙 ① ② ③ ④…"
    assert "固有名詞" in message(finding, "ja") and "names" in message(finding, "en")


def test_wide_digits_are_told_of_addresses_not_of_buildings_or_remarks() -> None:
    (finding,) = told(place(address=f"{ADDRESS}番地１", building="会館２階", note="３台"))
    assert (finding.rule, finding.label) == ("address-wide-digits", "所在地_連結表記")


def test_addresses_begin_with_a_prefecture_where_there_are_any() -> None:
    (finding,) = told(
        place("1"), place("2", address="京丹後市峰山町"), place("3", address=""), place("4", address="－")
    )
    assert (finding.rule, finding.facts["count"]) == ("address-without-prefecture", 1)
    assert finding.facts["example"] == "京丹後市峰山町"


def test_ids_of_uneven_length_are_told_unless_they_merely_count_on() -> None:
    assert ids("0001", "0002", "10") == ["id-uneven"]
    assert ids("101001", "1030012") == ["id-uneven"]
    assert ids(*map(str, range(1, 121))) == []
    assert ids(*map(str, range(990, 1_010))) == []
    assert ids("0001", "0120") == []
    assert ids("A1", "A100", "7") == []
    assert ids("1" * 12, "2" * 20) == []


HALL = ("35.624283", "135.061004")


def test_a_coordinate_of_many_addresses_is_told_once() -> None:
    records = [place(str(n), address=f"{ADDRESS}-{n % 5}", at=HALL) for n in range(1, 8)]
    (finding,) = told(place("9", at=("35.1", "135.1")), *records)
    assert (finding.rule, finding.row, finding.facts["count"]) == ("coordinate-shared", 3, 7)
    assert (finding.facts["different"], finding.facts["places"]) == (5, 1)


def test_addresses_that_differ_in_width_only_are_one() -> None:
    written = ["杉谷１", "杉谷1", "杉谷 1", "杉谷１ ", "杉谷２", "杉谷2"]
    found = told(*(place(str(n), address=f"京都府{text}", at=HALL) for n, text in enumerate(written, 1)))
    assert "coordinate-shared" not in [finding.rule for finding in found]


def both(data: bytes) -> Iterator[tuple[Finding, ...]]:
    """What is found by the column library and by the rules alone."""
    was = validate.LARGE
    try:
        for validate.LARGE in (0, sys.maxsize):
            report, _ = check.judge(data, "a.csv", Choice(TOILET, 0))
            yield tuple(finding for finding in report.findings if finding.rule in SIGNS)
    finally:
        validate.LARGE = was


words = st.text("あ〜～－−‐-①髙㈱１1 　", max_size=4)
numbers = st.sampled_from(["1", "2", "15", "007", "0120", "A", "", "１", "123456789012345678", "　"])
addresses = st.sampled_from(
    [*(f"{ADDRESS}{n}" for n in "123456"), "杉谷１", "", "　", "－", "北海道１", "大阪"]
)
degrees = st.sampled_from([HALL, HALL, ("35.1", "135.1"), ("", "135.1"), ("", "")])
odd = st.sampled_from(["", "a,b\n", '"x"y,1\n', "　,,,,,,\n", '1,"改\n行",京都府１,,35.1,135.1,①\n'])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.builds(place, numbers, degrees, name=words, address=addresses, building=words, note=words),
        min_size=1,
        max_size=40,
    ),
    odd,
    st.sampled_from([150, 700, 10_000]),
)
def test_both_engines_tell_the_same_signs(records: list[list[str]], line: str, size: int) -> None:
    fast = pytest.importorskip("odtool.judging.fast")
    was, fast.SIZE = fast.SIZE, size
    try:
        half = len(records) // 2
        rest = table(*records[half:]).split(b"\n", 1)[1]
        quick, exact = both(table(*records[:half]) + line.encode() + rest)
    finally:
        fast.SIZE = was
    assert quick == exact
