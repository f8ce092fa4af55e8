"""What a run says of itself in a line and at the head of its page: the right trouble, and the commonest reasons."""

import json
import shutil
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.publishing import AED, odtool, sample

SETTINGS = """[portals.site]
type = "folder"
path = "public"

[metadata]
frequency = "1年"

[jobs.nightly]
portal = "site"
sources = ["data"]
"""
OTHER = "262021_evacuation_space.csv"
BAD = "262072_hospital.csv"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    shutil.copy(sample(AED), tmp_path / "data" / AED)
    (tmp_path / "odtool.toml").write_text(SETTINGS, "utf-8")
    return tmp_path


def run(office: Path, *arguments: str) -> tuple[int, str]:
    own = {"ODTOOL_STATE": str(office / "state"), "ODTOOL_CACHE": str(office / "cache")}
    done = odtool(office, "run", *arguments, **own)
    return done.returncode, done.stdout


def page(office: Path) -> str:
    pages = (office / "odtool-jobs" / "nightly" / "runs").glob("*[0-9a-f].html")
    return max(pages, key=lambda path: path.stat().st_mtime_ns).read_text("utf-8")


def test_a_page_of_the_web_that_is_not_to_be_had_is_not_called_trouble_of_the_portal(office: Path) -> None:
    text = SETTINGS.replace('["data"]', '["data", "http://127.0.0.1:9/x.csv"]')
    (office / "odtool.toml").write_text(text, "utf-8")
    code, told = run(office)
    assert code == 3 and "読めないデータあり" in told and "ポータル" not in told
    assert "読めないデータあり" in page(office) and "通信・ポータルの障害" not in page(office)


def test_what_somebody_has_to_decide_is_not_called_trouble_of_the_network(office: Path) -> None:
    (office / "odtool.toml").write_text(SETTINGS + "prune = true\nmax_delete = 5\n", "utf-8")
    shutil.copy(sample(OTHER), office / "data" / OTHER)
    run(office)
    (office / "data" / AED).unlink()
    run(office)
    shutil.copy(sample(AED), office / "data" / AED)
    code, told = run(office)
    assert code == 3 and "ポータルの内容に確認が必要" in told and "--restore" in page(office)
    shutil.rmtree(office / "public")
    (office / "public").write_text("no folder", "utf-8")
    assert "通信・ポータルの障害" in run(office)[1]


def test_files_of_no_known_kind_count_among_the_commonest_reasons(office: Path) -> None:
    shutil.copy(sample(BAD), office / "data" / BAD)
    for name in ("a.csv", "b.csv"):
        (office / "data" / name).write_text("い,ろ\n1,2\n", "utf-8")
    assert run(office)[0] == 1
    reasons = page(office).partition("多い原因")[2].partition("</ul>")[0]
    first = reasons.partition("<li>")[2].partition("</li>")[0]
    assert "どのデータセットか分からない" in first and "2ファイル" in first


def test_what_went_stale_is_counted_in_the_line(office: Path) -> None:
    run(office)
    assert "期限切れ 1件" in run(office, "--date", "2090-01-01")[1]
    assert "期限切れ 1件" in run(office, "--date", "2090-01-02")[1]  # also when the last runs changed nothing
    assert "期限切れ" not in run(office)[1]


def test_a_pattern_that_fits_no_file_is_not_called_fine(office: Path) -> None:
    own = {"ODTOOL_STATE": str(office / "state"), "ODTOOL_CACHE": str(office / "cache")}
    done = odtool(office, "run", "--only", "aed", **own)
    assert done.returncode == 2 and "'*aed*'" in done.stderr
    assert odtool(office, "run", "--only", "*aed*", **own).returncode == 0


def test_a_token_that_soon_ends_does_not_stand_for_a_file_that_fits(office: Path) -> None:
    ends = datetime.now(UTC) + timedelta(days=3)
    parts = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, {"jti": "a", "exp": int(ends.timestamp())})]  # fmt: skip
    (office / "token.txt").write_text(".".join([*parts, "sig"]), "utf-8")
    portal = 'type = "ckan"\nurl = "http://127.0.0.1:9"\ntoken_file = "token.txt"'
    (office / "odtool.toml").write_text(SETTINGS.replace('type = "folder"\npath = "public"', portal), "utf-8")
    own = {"ODTOOL_STATE": str(office / "state"), "ODTOOL_CACHE": str(office / "cache")}
    done = odtool(office, "run", "--only", "aed", **own)
    assert done.returncode == 2 and "'*aed*'" in done.stderr
    assert "トークン" in page(office)


def test_a_source_that_is_not_to_be_had_is_named_once(office: Path) -> None:
    text = SETTINGS.replace('["data"]', '["data", "nowhere/*.csv"]')
    (office / "odtool.toml").write_text(text, "utf-8")
    assert run(office)[0] == 2
    told = page(office).partition("読めなかったデータ")[2].partition("</table>")[0]
    assert told.count("nowhere/*.csv") == 1 and "CSV も xlsx も zip もありません" in told
