"""A job by night against a real CKAN, as an editor: killed, continued, and nothing twice."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.ckan.plugin import Ckan
from tests.publishing import VALID, odtool, sample

TOWNS = [name for name in VALID if name.startswith(("2620", "2621"))]


def settings(office: Path, ckan: Ckan, pattern: str) -> None:
    (office / "data").mkdir(parents=True)
    for name in TOWNS:
        shutil.copy(sample(name), office / "data")
    text = f"""[portals.city]
type = "ckan"
url = "{ckan.url}"
organization = "{pattern}"
[portals.dead]
type = "ckan"
url = "http://127.0.0.1:9"
[jobs.first]
portal = "dead"
sources = ["data"]
[jobs.nightly]
portal = "city"
sources = ["data"]
schedule = "daily 02:00"
"""
    (office / "odtool.toml").write_text(text, "utf-8")


def found(ckan: Ckan, organization: str) -> dict[str, list[str]]:
    held: Any = ckan.action("package_search", fq=f"organization:{organization}", rows=100)
    return {entry["name"]: [file["name"] for file in entry["resources"]] for entry in held["results"]}


def test_a_job_that_was_killed_is_continued_and_leaves_everything_once(ckan: Ckan, tmp_path: Path) -> None:
    organization = ckan.fresh_organization("260002", "京都府")
    office = tmp_path / "office"
    settings(office, ckan, organization)
    token = {"ODTOOL_TOKEN_CITY": ckan.fresh_editor(organization), "ODTOOL_TOKEN_DEAD": "x" * 20}
    own = {"ODTOOL_STATE": str(tmp_path / "state"), "ODTOOL_CACHE": str(tmp_path / "cache")} | token
    environment = {
        k: v for k, v in os.environ.items() if "TOKEN" not in k and not k.startswith("ODTOOL")
    } | own
    running = subprocess.Popen(
        [sys.executable, "-m", "odtool", "run", "nightly"],
        cwd=office,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    while running.poll() is None and not found(ckan, organization):
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = odtool(office, "run", **own)  # the first job's portal is dead: the second runs all the same
    assert done.returncode == 3, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["first", "nightly"] and "問題なし" in lines[1], (
        lines
    )
    again = odtool(office, "run", "nightly", **own)
    assert again.returncode == 0 and f"変更なし {len(TOWNS)}件" in again.stdout
    held = found(ckan, organization)
    assert len(held) == len(TOWNS) and all(len(files) == 1 for files in held.values())
    for path in [*office.rglob("*"), *(tmp_path / "state").rglob("*")]:
        if path.is_file():
            assert token["ODTOOL_TOKEN_CITY"].encode() not in path.read_bytes(), path


def test_a_job_makes_its_organisation_only_where_it_states_so(ckan: Ckan, tmp_path: Path) -> None:
    """The municipality's organisation is missing; the token may make one."""
    own = {"ODTOOL_STATE": str(tmp_path / "state"), "ODTOOL_CACHE": str(tmp_path / "cache")}
    own["ODTOOL_TOKEN_CITY"] = ckan.token
    unique = f"jobs-{secrets.token_hex(4)}"
    office = tmp_path / "office"
    settings(office, ckan, unique + "-{code}")
    (town, *_) = TOWNS
    code = town[:6]
    for name in ckan.action("package_list"):
        if name.startswith(code):  # of the test before: a name belongs to one organisation
            ckan.action("dataset_purge", id=name)
    text = (office / "odtool.toml").read_text("utf-8")
    stated = f'municipality = "{code}"\nsources = ["data/{town}"]\n'
    text = text.replace('portal = "city"\nsources = ["data"]\n', f'portal = "city"\n{stated}')
    (office / "odtool.toml").write_text(text, "utf-8")
    refused = odtool(office, "run", "nightly", **own)
    assert refused.returncode != 0 and not found(ckan, f"{unique}-{code}")
    (office / "odtool.toml").write_text(text + "create_organization = true\n", "utf-8")
    trial = odtool(office, "run", "nightly", "--dry-run", **own)
    assert f"{unique}-{code}" not in ckan.action("organization_list"), trial.stdout
    done = odtool(office, "run", "nightly", **own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(found(ckan, f"{unique}-{code}")) == 1


def test_a_token_that_the_portal_refuses_is_told_once_although_nothing_is_to_be_written(
    ckan: Ckan, tmp_path: Path
) -> None:
    """Two jobs at one portal: it is asked once, and nothing is written to find out."""
    organization = ckan.fresh_organization("260002", "京都府")
    office = tmp_path / "office"
    settings(office, ckan, organization)
    text = (office / "odtool.toml").read_text("utf-8").replace('portal = "dead"', 'portal = "city"')
    (office / "odtool.toml").write_text(text.replace('["data"]', '["first"]', 1), "utf-8")
    (office / "first").mkdir()
    for name in TOWNS[1:]:
        shutil.move(office / "data" / name, office / "first")
    for town in TOWNS:
        for name in ckan.action("package_list"):
            if name.startswith(town[:6]):  # of the tests before: a name belongs to one organisation
                ckan.action("dataset_purge", id=name)
    own = {"ODTOOL_STATE": str(tmp_path / "state"), "ODTOOL_CACHE": str(tmp_path / "cache")}
    token = ckan.fresh_editor(organization)
    done = odtool(office, "run", **own, ODTOOL_TOKEN_CITY=token)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = token[:-6] + "abcdef"
    told = odtool(office, "run", **own, ODTOOL_TOKEN_CITY=wrong)
    assert told.returncode == 0 and "変更なし" in told.stdout, told.stdout + told.stderr
    pages = {
        job: max((office / "odtool-jobs" / job / "runs").glob("*.html"), key=lambda p: p.stat().st_mtime_ns).read_text("utf-8")
        for job in ("first", "nightly")
    }  # fmt: skip
    assert "このトークンを認めません" in pages["first"] and "トークンを認めません" not in pages["nightly"]
    assert not any(wrong in html for html in pages.values())
    fine = odtool(office, "run", **own, ODTOOL_TOKEN_CITY=token)
    assert fine.returncode == 0
    newest = max(
        (office / "odtool-jobs" / "first" / "runs").glob("*.html"), key=lambda p: p.stat().st_mtime_ns
    )
    assert "認めません" not in newest.read_text("utf-8")
