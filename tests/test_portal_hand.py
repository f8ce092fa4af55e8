"""Portals where data is registered by hand: what is made for the person, and what is never claimed."""

import json
import os
from pathlib import Path

import openpyxl
import pytest

from odtool.errors import PortalError
from odtool.ledger.record import ledger
from odtool.portal.hand import README, SHEET, STATE, Hand
from odtool.settings.profile import profile, profiles
from tests.publishing import AED, NOTE, OTHER_NOTE, PUBLISHED, SAMPLES, edited, odtool, publish, sample

SETTINGS = """
[portals.pref]
profile = "shirasagi"
path = "upload"

[metadata]
author = "危機管理課"
"""
READY = "手で登録する一式を作りました。まだ公開されていません"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "odtool.toml").write_text(SETTINGS, "utf-8")
    return tmp_path


def hand(root: Path, kind: str = "shirasagi") -> Hand:
    return Hand("pref", str(root), profile(kind))


def cells(root: Path) -> list[dict[str, str]]:
    page = openpyxl.load_workbook(root / SHEET).worksheets[0]
    head, *rows = page.iter_rows(values_only=True)
    return [
        dict(zip(map(str, head), ("" if cell is None else str(cell) for cell in row), strict=True))
        for row in rows
    ]


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_it_says_that_nothing_is_public_yet_and_records_no_publication(place: Path) -> None:
    done = odtool(place, "publish", sample(AED), sample("262072_hospital.csv"), "--portal", "pref")
    assert done.returncode == 1, done.stderr  # the second file has errors
    assert READY in done.stdout and PUBLISHED not in done.stdout
    assert done.stdout.count("まだ公開されていません") == 2
    with ledger(place / "odtool-ledger.sqlite") as book:
        assert book.publications() == []
    told = odtool(place, "history", "--lang", "en")
    assert "Published" not in told.stdout
    english = odtool(place, "publish", sample(AED), "--portal", "pref", "--lang", "en")
    assert english.returncode == 0 and "not checked" in english.stdout and "Published" not in english.stdout


def test_a_plan_speaks_of_what_is_prepared_and_not_of_the_portal(place: Path) -> None:
    first = odtool(place, "plan", sample(AED), "--portal", "pref", "-o", "plan.json")
    assert first.returncode == 0 and "一式にまだ入っていません" in first.stdout
    assert odtool(place, "apply", "plan.json").returncode == 0
    second = odtool(place, "plan", sample(AED), "--portal", "pref")
    assert "登録が済んだかどうかは確認していません" in second.stdout
    assert "ポータルにあるものと同じ" not in second.stdout
    assert not (place / "upload" / "files" / "plan.json").exists()


def test_the_sheet_speaks_the_words_of_the_portals_own_form(place: Path) -> None:
    assert odtool(place, "publish", sample(AED), "--portal", "pref").returncode == 0
    (row,) = cells(place / "upload")
    assert row["データセット名"] == "【京都市】AED設置箇所一覧"
    assert row["データ作成者"] == "危機管理課"
    assert row["タグ"] == "推奨データセット、AED設置箇所"
    assert row["リソースの「フォーマット」（必須）"] == "CSV"
    where = place / "upload" / row["リソースの「ファイル」（必須）"]
    assert where.read_bytes() == (SAMPLES / AED).read_bytes()
    assert row["言語（画面での項目名は未確認）"] == "ja"
    text = (place / "upload" / README).read_bytes().decode("utf-8-sig")
    assert text.startswith("手で登録する一式です。まだ公開されていません\r\n") and "\n" not in text.replace(
        "\r\n", ""
    )
    assert "新しいリソースを追加する" in text


def test_a_portal_whose_form_is_not_known_gets_our_own_words_and_is_told_so(tmp_path: Path) -> None:
    publish(hand(tmp_path, "dataeye"), sample(AED))
    (row,) = cells(tmp_path)
    assert row["題名（画面での項目名は未確認）"] == "【京都市】AED設置箇所一覧"
    text = (tmp_path / README).read_text("utf-8-sig")
    assert "ボタンの名前は確認できていません" in text


def test_a_second_run_changes_no_byte_and_a_changed_file_alone_is_written_again(tmp_path: Path) -> None:
    root = tmp_path / "upload"
    source = tmp_path / "source"
    other = sample("292010_tourism.csv")
    publish(hand(root), edited(AED, source, NOTE, NOTE), other)
    first = tree(root)
    outcomes = publish(hand(root), str(source / AED), other)
    assert {o.status for o in outcomes} == {"unchanged"} and tree(root) == first
    outcomes = publish(hand(root), edited(AED, source, NOTE, OTHER_NOTE), other)
    assert sorted(o.status for o in outcomes) == ["prepared", "unchanged"]
    changed = {name for name, content in tree(root).items() if content != first[name]}
    assert f"files/261009_aed/{AED}" in {name.replace(os.sep, "/") for name in changed}
    assert not any("292010" in name for name in changed)


def test_the_same_files_make_the_same_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        publish(hand(tmp_path / name), sample(AED), sample("292010_tourism.csv"))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_a_file_that_was_lost_or_damaged_in_the_folder_is_put_there_again(tmp_path: Path) -> None:
    publish(hand(tmp_path), sample(AED))
    there = tmp_path / "files" / "261009_aed" / AED
    for harm in (there.unlink, lambda: there.write_bytes(b"x")):
        harm()
        (outcome,) = publish(hand(tmp_path), sample(AED))
        assert outcome.status == "prepared" and there.read_bytes() == (SAMPLES / AED).read_bytes()


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        '{"schema": "other/1", "datasets": {}}',
        '{"schema": "odtool-upload/1", "datasets": {"261009_aed": {"files": 3}}}',
        '{"schema": "odtool-upload/1", "datasets": {"a": {"files": {}, "metadata": {}, "tags": [], "licence": "", "written": {}, "changed": "x"}}}',
    ],
)
def test_a_broken_record_is_one_sentence_and_nothing_is_overwritten(place: Path, broken: str) -> None:
    (place / "upload").mkdir()
    (place / "upload" / STATE).write_text(broken, "utf-8")
    done = odtool(place, "publish", sample(AED), "--portal", "pref")
    assert done.returncode == 3 and STATE in done.stderr and "Traceback" not in done.stderr
    assert (place / "upload" / STATE).read_text("utf-8") == broken


def test_a_name_in_the_record_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    publish(hand(tmp_path), sample(AED))
    state = json.loads((tmp_path / STATE).read_text("utf-8"))
    files = state["datasets"]["261009_aed"]["files"]
    files["../../odtool-upload.json"] = files[AED]
    (tmp_path / STATE).write_text(json.dumps(state), "utf-8")
    found = hand(tmp_path).find("261009_aed")
    assert found and set(found.resources) == {AED}


def test_withdrawing_is_left_to_the_person_and_never_said_to_be_done(tmp_path: Path) -> None:
    portal = hand(tmp_path)
    publish(portal, sample(AED))
    held = portal.find("261009_aed")
    assert held
    with pytest.raises(PortalError, match="管理画面") as refused:
        portal.withdraw(held, None, "reason")
    assert "取り下げました" not in refused.value.ja


def test_formulas_stay_text_in_the_sheet(place: Path) -> None:
    (place / "odtool.toml").write_text(SETTINGS.replace("危機管理課", '=HYPERLINK(\\"x\\")'), "utf-8")
    assert odtool(place, "publish", sample(AED), "--portal", "pref").returncode == 0
    page = openpyxl.load_workbook(place / "upload" / SHEET).worksheets[0]
    assert not [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    (row,) = cells(place / "upload")
    assert row["データ作成者"].startswith("=HYPERLINK")


def test_every_profile_without_an_api_can_be_prepared_for(tmp_path: Path) -> None:
    for name, known in profiles().items():
        if known.api == "hand":
            (outcome,) = publish(hand(tmp_path / name, name), sample(AED))
            assert outcome.status == "prepared"
