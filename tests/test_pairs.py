"""Files that belong together: each judged by itself, then compared."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from odtool.datasets.catalog import datasets
from odtool.errors import OdtoolError
from odtool.judging.batch import check_all
from odtool.judging.check import Choice, judge
from odtool.judging.pairs import compared
from odtool.messages import message
from odtool.model import FileReport, Finding

BODY, METADATA = "standard-school_district", "standard-school_district_metadata"
PAIR = {"pair-missing", "pair-publisher", "reference-unknown"}


def table(dataset: str, *records: Mapping[str, str]) -> str:
    names = [field.name for field in datasets()[dataset].fields]
    assert all(record.keys() <= set(names) for record in records)
    lines = [names, *([record.get(name, "") for name in names] for record in records)]
    return "".join(",".join(line) + "\r\n" for line in lines)


def body(code: str = "352071", *schools: str) -> str:
    return table(
        BODY,
        *(
            {"情報の管理主体_全国地方公共団体コード": code, "学校ID": school, "学校名称": "末武小学校"}
            for school in schools or ("1",)
        ),
    )


def metadata(code: str = "352071") -> str:
    return table(METADATA, {"情報の管理主体_全国地方公共団体コード": code, "データタイトル": "小中学校区"})


def parking(*facilities: str, code: str = "352152") -> str:
    return table(
        "standard-parking",
        *(
            {"公営駐車場_全国地方公共団体コード": code, "施設_ID": facility, "公営駐車場_名称": "駅前"}
            for facility in facilities
        ),
    )


def facility(*facilities: str, code: str = "352152") -> str:
    return table(
        "standard-facility",
        *(
            {"施設_ID": facility, "施設_名称": "駅前駐車場", "住所_全国地方公共団体コード": code}
            for facility in facilities
        ),
    )


def judged(folder: Path, jobs: int = 1, **files: str) -> dict[str, FileReport]:
    """The files written and judged in one run, by name; `__` in a name stands for the folder's mark."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    results = list(check_all([str(folder)], Choice(), jobs))
    assert not any(isinstance(result, OdtoolError) for result in results)
    reports = [result for result in results if isinstance(result, FileReport)]
    assert [report.path for report in reports] == sorted(report.path for report in reports)
    return {Path(report.path).relative_to(folder).with_suffix("").as_posix(): report for report in reports}


def in_run(**files: str) -> Callable[[], FileReport]:
    """The report of the first of these files when all of them are judged in one run, without touching the disk."""

    def first() -> FileReport:
        reports = [judge(text.encode(), f"{name}.csv")[0] for name, text in files.items()]
        return compared(
            reports, lambda report, field: _values(files[report.path.removesuffix(".csv")], field)
        )[0]

    return first


def _values(text: str, field: str) -> dict[str, int]:
    rows = list(csv.DictReader(text.splitlines()))
    return {row[field]: number for number, row in reversed(list(enumerate(rows, 2))) if row[field]}


def of_pair(report: FileReport) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule in PAIR]


# --- metadata and body -----------------------------------------------------------------------------


def test_each_of_the_two_files_is_recognised_by_itself(tmp_path: Path) -> None:
    reports = judged(tmp_path, a=body(), b=metadata())
    assert [report.match and report.match.dataset.id for report in reports.values()] == [BODY, METADATA]


def test_two_files_of_one_body_need_no_remark(tmp_path: Path) -> None:
    reports = judged(tmp_path, a=body(), b=metadata())
    assert not any(of_pair(report) for report in reports.values())


def test_a_body_without_its_metadata_gets_a_hint_that_names_the_file(tmp_path: Path) -> None:
    reports = judged(tmp_path, x352071_school_district=body())
    (hint,) = of_pair(reports["x352071_school_district"])
    assert (hint.rule, hint.severity) == ("pair-missing", "hint")
    assert "352071_school_district_metadata.csv" in message(hint, "ja")
    assert reports["x352071_school_district"].status == "valid"
    assert reports["x352071_school_district"].counts["hint"] == 1


def test_metadata_without_a_body_is_left_alone(tmp_path: Path) -> None:
    assert not of_pair(judged(tmp_path, a=metadata())["a"])


def test_two_files_side_by_side_of_different_bodies_are_told_with_both_names(tmp_path: Path) -> None:
    (found,) = of_pair(judged(tmp_path, a=body("352071"), b=metadata("352080"))["a"])
    assert (found.rule, found.severity) == ("pair-publisher", "warning")
    said = message(found, "ja")
    assert all(part in said for part in ("352071", "下松市", "352080", "岩国市", "b.csv"))
    assert "None" not in message(found, "en")


def test_in_a_run_over_many_bodies_each_finds_its_own_metadata(tmp_path: Path) -> None:
    reports = judged(
        tmp_path,
        a=body("352071"),
        b=metadata("352071"),
        c=body("352080"),
        d=metadata("352080"),
        e=body("352128"),
    )
    assert [name for name, report in reports.items() if of_pair(report)] == ["e"]
    assert [finding.rule for finding in of_pair(reports["e"])] == ["pair-missing"]


def test_the_metadata_may_lie_in_another_folder(tmp_path: Path) -> None:
    reports = judged(tmp_path, body__a=body(), metadata__a=metadata())
    assert not any(of_pair(report) for report in reports.values())


def test_the_body_without_a_publishers_code_takes_the_one_in_the_file_name(tmp_path: Path) -> None:
    text = "\r\n".join(line.partition(",")[2] for line in body().split("\r\n"))
    reports = judged(
        tmp_path, **{"352071_school_district": text, "352071_school_district_metadata": metadata()}
    )
    assert not any(of_pair(report) for report in reports.values())


def test_where_only_the_name_of_the_other_file_is_known_the_name_tells(tmp_path: Path) -> None:
    menu = table(
        "suisho-school_food_services", {"学校ID": "1", "学校所在地_全国地方公共団体コード": "352071"}
    )
    name, other = "352071_school_food_services", "352071_school_food_meta_services"
    (hint,) = of_pair(judged(tmp_path, **{name: menu})[name])
    assert f"{other}.csv" in message(hint, "ja")
    reports = judged(tmp_path, **{name: menu, other: "メモ,値\r\n1,2\r\n"})
    assert not of_pair(reports[name])


# --- numbers that point to another file ------------------------------------------------------------


def test_a_facility_that_the_facility_file_lacks_is_told_once_with_its_row(tmp_path: Path) -> None:
    reports = judged(tmp_path, a=parking("A1", "A8", "A9", "A8"), b=facility("A1", "A2"))
    (found,) = of_pair(reports["a"])
    assert (found.rule, found.severity) == ("reference-unknown", "warning")
    assert (found.row, found.column, found.field, found.value) == (3, 2, "施設_ID", "A8")
    assert found.facts["count"] == 2 and "b.csv" in message(found, "ja")
    assert reports["a"].status == "valid"


def test_numbers_that_are_all_known_or_blank_need_no_remark(tmp_path: Path) -> None:
    reports = judged(tmp_path, a=parking("A1", "", "A2"), b=facility("A1", "A2"))
    assert not any(of_pair(report) for report in reports.values())


def test_without_the_other_file_a_number_is_not_judged(tmp_path: Path) -> None:
    assert not of_pair(judged(tmp_path, a=parking("A1"))["a"])


def test_the_facility_file_of_another_body_says_nothing(tmp_path: Path) -> None:
    reports = judged(tmp_path, a=parking("A1"), b=facility("B1", code="352080"))
    assert not of_pair(reports["a"])


def test_a_school_that_the_districts_lack_is_only_hinted_at(tmp_path: Path) -> None:
    menu = table("standard-school_lunch", {"学校ID": "9", "学校所在地_全国地方公共団体コード": "352071"})
    reports = judged(tmp_path, a=menu, b=body("352071", "1", "2"), c=metadata())
    (found,) = of_pair(reports["a"])
    assert (found.rule, found.severity, found.value) == ("reference-unknown", "hint", "9")
    assert "確認できていない" in message(found, "ja")


# --- the run ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_order_of_the_reports_stays_and_other_files_are_untouched(tmp_path: Path, jobs: int) -> None:
    files = {f"m{n}": metadata("352071") for n in range(3)} | {
        "a": "品名,数量\r\n紙,1\r\n",
        "z": body("352071"),
    }
    reports = judged(tmp_path, jobs, **files)
    assert list(reports) == ["a", "m0", "m1", "m2", "z"]
    assert reports["a"].status == "not-checked" and reports["z"].status == "valid"
    assert not any(of_pair(report) for report in reports.values())


def test_counts_and_totals_hold_the_findings_of_the_comparison(tmp_path: Path) -> None:
    report = judged(tmp_path, a=body())["a"]
    assert report.totals["pair-missing"] == 1
    assert sum(report.counts.values()) == sum(report.totals.values()) == len(report.findings)
