"""Datasets that follow somebody else's standard: named with a pointer, never called checked."""

import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from odtool.cli.datasets import datasets as command
from odtool.datasets.catalog import datasets
from odtool.datasets.elsewhere import of_archive, of_header, standards
from odtool.judging.batch import check_all
from odtool.judging.check import Choice, judge
from odtool.model import FileReport
from odtool.report.as_text import as_text

STOPS = "stop_id,stop_name,stop_lat,stop_lon\r\nS1,駅前,35.62,135.06\r\n"
AGENCY = "agency_id,agency_name,agency_url,agency_timezone\r\n1,市バス,https://example.jp/,Asia/Tokyo\r\n"
FEED = {"agency.txt": AGENCY, "stops.txt": STOPS, "routes.txt": "", "trips.txt": "", "stop_times.txt": ""}


def zipped(files: dict[str, str], folder: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(folder + name, text)
    return out.getvalue()


def test_the_four_are_listed_with_what_they_follow_and_where() -> None:
    assert [standard.number for standard in standards()] == ["18", "19", "20", "21"]
    for standard in standards():
        assert standard.url.startswith("https://") and standard.follows and standard.follows_en
        assert standard.confidence in {"high", "medium", "low"}


def test_no_dataset_of_ours_imitates_one_of_them() -> None:
    numbers = {dataset.facts["number"] for dataset in datasets().values() if dataset.edition == "standard"}
    assert not numbers & {standard.number for standard in standards()}


@pytest.mark.parametrize("folder", ["", "gtfs/"])
def test_a_bus_feed_is_named_and_not_called_checked(folder: str) -> None:
    report, table = judge(zipped(FEED, folder), "feed.zip")
    assert (report.status, table, report.match) == ("not-checked", None, None)
    assert (
        report.reason
        and "標準的なバス情報フォーマット" in report.reason
        and "https://www.mlit.go.jp/" in report.reason
    )
    assert report.reason_en and "GTFS-JP" in report.reason_en
    assert sum(report.counts.values()) == 0
    assert "確認していません" in "\n".join(as_text([report], "ja"))


@pytest.mark.parametrize(
    ("name", "text"), [("stops.txt", STOPS), ("agency.txt", AGENCY), ("x.csv", "\ufeff" + STOPS)]
)
def test_a_single_file_of_a_bus_feed_is_named_too(name: str, text: str) -> None:
    report, _ = judge(text.encode(), name)
    assert report.status == "not-checked" and report.reason and "バス情報" in report.reason


def test_another_zip_is_still_refused() -> None:
    report, _ = judge(zipped({"a.csv": "名称\r\nx\r\n", "stops.txt": STOPS}), "a.zip")
    assert report.status == "invalid" and "file-format" in report.totals
    assert of_archive(b"PK\x03\x04 damaged") is None


@pytest.mark.parametrize("labels", [["stop_id"], ["名称", "緯度", "経度"], ["route_id", "名称"], []])
def test_a_table_of_other_columns_is_not_taken_for_one(labels: list[str]) -> None:
    assert of_header(labels) is None


def test_a_dataset_that_was_named_is_judged_whatever_the_columns_are() -> None:
    report, _ = judge(STOPS.encode(), "stops.txt", Choice(datasets()["suisho-aed"]))
    assert report.match and report.status == "invalid"


def test_a_run_goes_on_behind_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STOPS, encoding="utf-8")
    (tmp_path / "b.csv").write_text("品名,数量\r\n紙,1\r\n", encoding="utf-8")
    reports = [report for report in check_all([str(tmp_path)]) if isinstance(report, FileReport)]
    assert [report.status for report in reports] == ["not-checked", "not-checked"]
    assert "バス情報" in (reports[0].reason or "") and "バス情報" not in (reports[1].reason or "")


@pytest.mark.parametrize(
    ("lang", "heading"), [("ja", "ほかの標準を使うもの:"), ("en", "Following another standard:")]
)
def test_the_list_of_datasets_ends_with_them(lang: str, heading: str) -> None:
    done = CliRunner().invoke(command, ["--lang", lang])
    ours, _, others = done.stdout.partition(f"\n{heading}\n")
    assert [line.split()[0] for line in ours.splitlines()] == list(datasets())
    assert all(standard.url in others for standard in standards())


def test_the_list_says_which_definitions_are_not_known_in_full() -> None:
    lines = {line.split()[0]: line for line in CliRunner().invoke(command, []).stdout.splitlines() if line}
    assert "未確認" in lines["standard-tourism_point"] and "未確認" not in lines["standard-aed"]
    assert "順序" in lines["standard-garbage_separation"]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_sheet_tells_variants_units_companions_and_doubts(lang: str) -> None:
    def sheet(name: str) -> str:
        return CliRunner().invoke(command, [name, "--lang", lang]).stdout

    assert "100歳以上の男性" in sheet("suisho-population")
    assert "kcal" in sheet("standard-school_lunch")
    assert "standard-school_district_metadata" in sheet("standard-school_district")
    assert ("未確認" if lang == "ja" else "not confirmed") in sheet("standard-polling_place")
