"""Where the program itself fails, or a library takes a process down: that stops one file, one page, one message."""

import json
import shutil
import subprocess
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from odtool.jobs.digest import of_trouble
from odtool.jobs.found import Trouble
from odtool.jobs.ran import How, Ran
from odtool.jobs.settings import Job
from odtool.jobs.telling import seen
from odtool.model import FileReport
from odtool.planning.plan import Offer, Published
from odtool.portal import Payload
from odtool.portal.folder import Folder
from odtool.publishing import flow
from odtool.publishing.publish import exit_code
from tests.publishing import AED, EXPECTED, VALID, now, odtool, sample, statuses

BOOK = next(name for name in EXPECTED if name.endswith(".xlsx"))
SETTINGS = """[portals.site]
type = "folder"
path = "public"
[jobs.nightly]
portal = "site"
sources = ["data"]
[jobs.second]
portal = "folder:public2"
sources = ["data"]
"""
# A reader of books that fails at every book, as the real one might at some.
CALAMINE = """
import os, signal
from enum import Enum
if os.environ["BOOKS"] == "raises":
    raise RuntimeError("秘密の氏名")
class SheetTypeEnum(Enum):
    WorkSheet = 1
class SheetVisibleEnum(Enum):
    Visible = 1
class PanicException(BaseException):
    pass
class CalamineWorkbook:
    @staticmethod
    def from_filelike(_):
        match os.environ["BOOKS"]:
            case "killed": os.kill(os.getpid(), signal.SIGKILL)
            case "aborts": os.abort()
            case "panics": raise PanicException("index out of bounds: 秘密の氏名")
            case "memory": raise MemoryError
"""
# A template engine that fails at every page of one job.
PAGES = """
import jinja2
real = jinja2.Template.render
def render(self, *args, **more):
    if more.get("job") == "nightly" or "reports" in more:
        raise ZeroDivisionError("秘密の氏名")
    return real(self, *args, **more)
jinja2.Template.render = render
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    root = tmp_path / "office"
    (root / "data").mkdir(parents=True)
    (root / "odtool.toml").write_text(SETTINGS, "utf-8")
    shutil.copy(sample(AED), root / "data")
    shutil.copy(sample(BOOK), root / "data" / "book.xlsx")
    library = tmp_path / "library"
    (library / "python_calamine").mkdir(parents=True)
    (library / "python_calamine" / "__init__.py").write_text(CALAMINE, "utf-8")
    return root


def run(office: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    own = {
        "ODTOOL_STATE": str(office.parent / "state"),
        "ODTOOL_CACHE": str(office.parent / "cache"),
        "PYTHONPATH": str(office.parent / "library"),
    }
    return odtool(office, "run", *arguments, **own, **more)


def public(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*.csv") if "open_data_list" not in path.name}


def logged(office: Path) -> list[dict[str, Any]]:
    (log,) = (office / "odtool-jobs" / "nightly" / "logs").glob("*.jsonl")
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("end", ["killed", "aborts", "panics", "raises", "memory"])
@pytest.mark.parametrize("more", [(), ("--jobs", "2")], ids=["", "jobs"])
def test_a_file_that_takes_the_program_down_stops_only_itself(
    office: Path, end: str, more: tuple[str, ...]
) -> None:
    settings = office / "odtool.toml"
    settings.write_text(SETTINGS.replace('"data"]\n[jobs.s', '"data"]\nprune = true\n[jobs.s'), "utf-8")
    done = run(office, *more, BOOKS=end)
    assert done.returncode == 4 and done.stderr == "", done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["nightly", "second"]
    assert all("確認できないもの（不具合） 1件" in line and "新規 1件" in line for line in lines)
    assert public(office / "public") == public(office / "public2") == {AED}
    told = logged(office)
    (failed,) = [entry for entry in told if entry["event"] == "file-failed"]
    assert failed["code"] == 4 and "book.xlsx: 確認できませんでした" in failed["ja"]
    assert told[-1]["event"] == "end" and told[-1]["code"] == 4
    pages = (office / "odtool-jobs" / "nightly" / "runs").glob("*.html")
    assert any("book.xlsx: 確認できませんでした（" in page.read_text("utf-8") for page in pages)
    assert "秘密" not in json.dumps(told, ensure_ascii=False) + done.stdout
    traces = [path.read_text("utf-8") for path in (office / "odtool-jobs").rglob("*.trace.txt")]
    assert bool(traces) == (end in ("panics", "raises", "memory"))


def test_what_was_not_checked_is_not_withdrawn_and_is_published_when_it_can_be(office: Path) -> None:
    text = (office / "odtool.toml").read_text("utf-8").replace('["data"]\n', '["data"]\nprune = true\n', 1)
    (office / "odtool.toml").write_text(text, "utf-8")
    library = office.parent / "library"
    library.rename(office.parent / "away")
    shutil.copy(sample(next(n for n in VALID if n.endswith(".xlsx"))), office / "data" / "book.xlsx")
    assert run(office, "nightly").returncode == 0
    both = public(office / "public")
    assert len(both) == 2
    (office.parent / "away").rename(library)
    shutil.rmtree(office.parent / "cache")
    done = run(office, "nightly", BOOKS="killed")
    assert done.returncode == 4 and public(office / "public") == both and "取り下げ" not in done.stdout
    library.rename(office.parent / "away")
    assert run(office, "nightly").returncode == 0


def test_a_fault_that_is_gone_is_settled_while_a_source_stays_dead() -> None:
    report = FileReport(path="/office/data/book.xlsx", status="valid")
    ran = Ran(Job("nightly", "site", ("data", "gone"), base=Path("/office")), "", "")
    ran.troubles = [Trouble("gone", "", "", 2)]
    ran.reports = {report.path: report}
    key = of_trouble(Trouble("data/book.xlsx", "", "", 4)).key
    assert seen(ran, How(now, date(2026, 11, 21)))(f"unchecked {key}")


def test_a_book_that_cannot_be_split_by_our_fault_stops_only_itself(office: Path) -> None:
    text = (office / "odtool.toml").read_text("utf-8").replace('["data"]\n', '["data"]\nsheets = true\n')
    (office / "odtool.toml").write_text(text, "utf-8")
    for end in ("panics", "killed"):
        done = run(office, "nightly", BOOKS=end)
        assert done.returncode == 4, done.stderr
        assert "確認できないもの（不具合） 1件" in done.stdout
    assert public(office / "public") == {AED}


def test_pages_that_cannot_be_made_stop_neither_publishing_nor_the_next_job(office: Path) -> None:
    (office / "data" / "book.xlsx").unlink()
    (office.parent / "library" / "sitecustomize.py").write_text(PAGES, "utf-8")
    done = run(office, BOOKS="raises")
    assert done.returncode == 4
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["nightly", "second"]
    assert (
        "ジョブ nightly" in done.stderr
        and "作れませんでした（プログラムの不具合: ZeroDivisionError）" in done.stderr
    )
    assert "Traceback" not in done.stderr and "秘密" not in done.stderr
    assert public(office / "public") == public(office / "public2") == {AED}
    assert list((office / "odtool-jobs" / "second" / "runs").glob("*.html"))
    assert list((office / "odtool-jobs" / "nightly" / "logs").glob("*-pages.trace.txt"))


class Failing(Folder):
    """A portal whose answers some part of the program does not expect."""

    def save(
        self,
        offer: Offer,
        content: Payload | None,
        held: Published | None,
        fields: Collection[str],
        *,
        takes: str = "",
    ) -> None:
        if offer.file_name == AED:
            raise KeyError("秘密の氏名")
        super().save(offer, content, held, fields, takes=takes)


def test_a_fault_while_publishing_one_file_leaves_the_others(tmp_path: Path) -> None:
    portal = Failing("folder:x", str(tmp_path / "public"), "オープンデータ", "odtool test")
    other = next(name for name in VALID if name != AED and name.endswith(".csv"))
    outcomes = flow.publish([sample(AED), sample(other)], portal, now=now)
    assert sorted(statuses(outcomes).values()) == ["failed", "published"]
    assert exit_code(outcomes) == 4
    (failed,) = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert (
        "プログラムの不具合: KeyError" in failed.ja
        and "秘密" not in failed.ja
        and "秘密" in (failed.trace or "")
    )


def test_validate_tells_of_the_others_when_it_fails_at_one_file(office: Path) -> None:
    done = odtool(
        office, "validate", "data", "--no-cache", BOOKS="raises", PYTHONPATH=str(office.parent / "library"),
        TMPDIR=str(office.parent),
    )  # fmt: skip
    assert done.returncode == 4 and AED in done.stdout
    assert "book.xlsx: 確認できませんでした（プログラムの不具合: RuntimeError）" in done.stderr
    assert "開発者に送ってください" in done.stderr and "Traceback" not in done.stderr
    (log,) = office.parent.glob("odtool-*.log")
    assert "RuntimeError" in log.read_text("utf-8")


def test_publish_leaves_out_the_file_it_fails_at_and_keeps_the_trace_for_us(office: Path) -> None:
    more = {"BOOKS": "panics", "PYTHONPATH": str(office.parent / "library"), "TMPDIR": str(office.parent)}
    done = odtool(
        office, "publish", "data", "--portal", "site", ODTOOL_STATE=str(office.parent / "state"), **more
    )
    assert done.returncode == 4 and public(office / "public") == {AED}
    assert "book.xlsx: 確認できませんでした（プログラムの不具合: PanicException）" in done.stderr
    (log,) = office.parent.glob("odtool-*.log")
    assert "index out of bounds" in log.read_text("utf-8") and "index out" not in done.stderr + done.stdout
