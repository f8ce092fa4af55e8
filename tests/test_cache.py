"""Verdicts of earlier runs: found again only where nothing changed, and never in the way."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from odtool import rules
from odtool.datasets import catalog
from odtool.judging import batch, cache, check, frozen
from odtool.judging.batch import check_all
from odtool.judging.check import Choice
from odtool.model import FileReport
from odtool.report.as_json import as_json

SAMPLES = sorted(path for path in Path("tests/samples").rglob("*") if path.suffix in (".csv", ".xlsx"))
DAY = 739_000


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MANY", 2)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    folder = tmp_path / "files"
    folder.mkdir()
    for path in SAMPLES:
        (folder / path.name).write_bytes(path.read_bytes())
    return [str(path) for path in sorted(folder.iterdir())]


def _run(files: list[str], place: Path, choice: Choice = check.RECOGNISED, jobs: int = 1) -> str:
    with cache.opened(DAY, place) as verdicts:
        reports = [r for r in check_all(files, choice, jobs, verdicts) if isinstance(r, FileReport)]
    assert len(reports) == len(files)
    return json.dumps(as_json(reports, "2026-04-01", "ja"), ensure_ascii=False)


def _stored(place: Path) -> int:
    connection = sqlite3.connect(place / f"verdicts-{cache.FORMAT}.sqlite")
    count: int = connection.execute("SELECT count(*) FROM verdicts").fetchone()[0]
    connection.close()
    return count


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_second_run_says_byte_for_byte_the_same(files: list[str], tmp_path: Path, jobs: int) -> None:
    reports = [r for r in check_all(files) if isinstance(r, FileReport)]
    plain = json.dumps(as_json(reports, "2026-04-01", "ja"), ensure_ascii=False)
    assert [_run(files, tmp_path, jobs=jobs) for _ in range(3)] == [plain] * 3
    assert _stored(tmp_path) > len(files) // 2


def test_an_unchanged_file_is_not_judged_again(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _run(files, tmp_path)
    judged: list[str] = []
    judge = check.judge

    def noted(data: bytes, path: str, choice: Choice = check.RECOGNISED):  # type: ignore[no-untyped-def]
        judged.append(path)
        return judge(data, path, choice)

    monkeypatch.setattr(check, "judge", noted)
    assert _run(files, tmp_path) == first
    kept = len(files) - len(judged)
    assert kept == _stored(tmp_path)
    changed = next(path for path in files if path not in judged and path.endswith(".csv"))
    judged.clear()
    Path(changed).write_bytes(Path(changed).read_bytes() + b"\r\n")
    _run(files, tmp_path)
    assert changed in judged


def test_what_was_judged_before_an_interrupt_is_not_judged_again(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    judge = check.judge

    def noted(data: bytes, path: str, choice: Choice = check.RECOGNISED):  # type: ignore[no-untyped-def]
        if len(judged) == 8:
            raise KeyboardInterrupt
        judged.append(path)
        return judge(data, path, choice)

    monkeypatch.setattr(check, "judge", noted)
    with pytest.raises(KeyboardInterrupt):
        _run(files, tmp_path)
    kept = _stored(tmp_path)
    assert kept > 4
    judged.clear()
    with pytest.raises(KeyboardInterrupt):
        _run(files, tmp_path)
    assert _stored(tmp_path) > kept  # it went on with others


def test_other_options_and_other_names_are_other_verdicts(files: list[str], tmp_path: Path) -> None:
    key = cache.basis(Choice())
    assert key == cache.basis(Choice())
    assert key != cache.basis(Choice(limit=1))
    assert key != cache.basis(Choice(catalog.dataset("standard-aed")))
    assert cache.key("00", "a.csv", key) != cache.key("00", "b.csv", key)
    assert cache.key("00", "a.csv", key) != cache.key("01", "a.csv", key)


def test_a_changed_program_or_definition_is_another_basis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cache.basis(Choice())
    sources = list(cache._sources())
    assert any(name.endswith("rules/cell/dates.py") for name, _ in sources)
    assert any(name.endswith("standard-aed/datapackage.json") for name, _ in sources)
    monkeypatch.setattr(
        cache, "_sources", lambda: iter([*sources[:-1], (sources[-1][0], sources[-1][1] + b" ")])
    )
    assert cache.basis(Choice()) != before


@pytest.mark.parametrize("rubbish", [b"", b"no database at all" * 400, None])
def test_a_broken_cache_is_begun_anew(files: list[str], tmp_path: Path, rubbish: bytes | None) -> None:
    first = _run(files, tmp_path)
    database = tmp_path / f"verdicts-{cache.FORMAT}.sqlite"
    database.write_bytes(database.read_bytes()[:9_000] if rubbish is None else rubbish)
    assert _run(files, tmp_path) == first
    assert _run(files, tmp_path) == first


def test_broken_entries_are_judged_anew(files: list[str], tmp_path: Path) -> None:
    first = _run(files, tmp_path)
    connection = sqlite3.connect(tmp_path / f"verdicts-{cache.FORMAT}.sqlite")
    for report in ("{}", "[1]", "no json", '{"path": 1}'):
        connection.execute(
            "UPDATE verdicts SET report = ? WHERE key IN (SELECT key FROM verdicts LIMIT 3)", (report,)
        )
        connection.commit()
        assert _run(files, tmp_path) == first
    connection.close()


def test_a_cache_that_cannot_be_made_is_done_without(files: list[str], tmp_path: Path) -> None:
    place = tmp_path / "a file"
    place.write_text("in the way")
    with cache.opened(DAY, place) as verdicts:
        assert verdicts is None
        assert len(list(check_all(files, verdicts=verdicts))) == len(files)


def test_two_runs_at_the_same_time_do_not_disturb_each_other(files: list[str], tmp_path: Path) -> None:
    said: list[str] = []
    runs = [threading.Thread(target=lambda: said.append(_run(files, tmp_path))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(said) == 2
    assert said[0] == said[1]


def test_verdicts_nobody_asked_for_are_deleted(files: list[str], tmp_path: Path) -> None:
    _run(files, tmp_path)
    assert _stored(tmp_path)
    with cache.opened(DAY + cache.KEPT + 1, tmp_path):
        pass
    assert _stored(tmp_path) == 0


def test_what_is_found_about_people_is_not_kept(tmp_path: Path) -> None:
    names = tmp_path / "名簿.csv"
    names.write_text(
        "氏名,生年月日,自宅住所\n"
        + "山田太郎,1980-01-02,京都府京都市中京区1-2\n佐藤花子,1990-03-04,京都府宇治市3-4\n" * 3
    )
    other = tmp_path / "b.csv"
    other.write_bytes(SAMPLES[0].read_bytes())
    with cache.opened(DAY, tmp_path / "cache") as verdicts:
        found = list(check_all([str(names), str(other)], verdicts=verdicts))
    first = found[0]
    assert isinstance(first, FileReport)
    assert any(rule.startswith("personal-") for rule in first.totals)
    assert _stored(tmp_path / "cache") <= 1


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ODTOOL_CACHE", str(tmp_path))
    assert cache.folder() == tmp_path
    monkeypatch.delenv("ODTOOL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert "odtool" in str(cache.folder())


def _reports() -> Iterator[FileReport]:
    for path in SAMPLES:
        yield check.check(str(path))


def test_frozen_reports_come_back_as_they_were() -> None:
    frozen_ones = 0
    for report in _reports():
        if text := frozen.freeze(report, catalog.datasets().get):
            frozen_ones += 1
            assert frozen.thaw(text, catalog.datasets().get) == report
    assert frozen_ones == len(SAMPLES)


def test_a_report_that_would_not_come_back_is_not_frozen() -> None:
    report = check.check(str(SAMPLES[0]))
    finding = rules.file.file_empty.finding(found=("a", "tuple"), found_en="")
    odd = FileReport(report.path, "invalid", findings=(finding,))
    assert frozen.freeze(odd, catalog.datasets().get) is None
