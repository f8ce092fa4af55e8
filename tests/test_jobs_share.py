"""Shares: what does not answer is left behind in time, and what lies on one is copied before it is judged."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from odtool.errors import PortalError, UsageError
from odtool.jobs import filesystem, place
from odtool.jobs.collecting import collect
from odtool.jobs.log import Log
from odtool.jobs.looking import look
from odtool.jobs.settings import Job
from odtool.jobs.share import seen, there
from odtool.jobs.unpack import unpacked
from tests.hanging import hanging, obstacle
from tests.publishing import AED, NOTE, OTHER_NOTE, edited, odtool, sample

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="hangs as Linux does")
SETTINGS = """[portals.site]
type = "folder"
path = "public"
[jobs.nightly]
portal = "site"
sources = ["share", "share/*.csv", "data"]
timeout = 3
prune = true
[jobs.second]
portal = "folder:public2"
sources = ["data"]
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    root = tmp_path / "office"
    (root / "data").mkdir(parents=True)
    (root / "odtool.toml").write_text(SETTINGS, "utf-8")
    shutil.copy(sample(AED), root / "data")
    return root


@pytest.fixture
def dead(office: Path) -> Iterator[Path]:
    """A share in the office that does not answer."""
    if why := obstacle():
        pytest.skip(why)
    with hanging(office / "share"):
        yield office / "share"


def run(office: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    own = {"ODTOOL_STATE": str(office.parent / "state"), "ODTOOL_CACHE": str(office.parent / "cache")}
    return odtool(office, *arguments, **own, **more)


def test_a_share_that_does_not_answer_stops_only_itself(office: Path, dead: Path) -> None:
    done = run(office, "run")
    assert done.returncode == 3, done.stderr
    first, second = done.stdout.splitlines()
    assert "読めないデータ 2件" in first and "新規 1件" in first and "新規 1件" in second
    page = next((office / "odtool-jobs" / "nightly" / "runs").glob("*.html")).read_text("utf-8")
    for name in ("share", "share/*.csv"):
        assert f"<bdi>{name}</bdi></td><td>共有フォルダーが応答しません（3秒待ちました）" in page
    assert AED in {path.name for path in (office / "public").rglob("*.csv")}
    assert "取り下げは行っていません" in page
    english = run(office, "run", "--lang", "en", "--dry-run").stdout
    assert "2 not to be had" in english


def test_the_check_of_the_settings_does_not_wait_for_a_dead_share_either(office: Path, dead: Path) -> None:
    done = run(office, "jobs", "check", "nightly")
    assert done.returncode == 3 and "share: 共有フォルダーが応答しません" in done.stdout
    assert "data: 1件あります" in done.stdout


def test_a_process_that_cannot_be_killed_is_left_behind(office: Path, dead: Path) -> None:
    with pytest.raises(PortalError, match="応答しません"):
        list(seen(office, "share/a.csv", office / "copies", 2))


def test_a_pipe_among_the_files_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.mkfifo(tmp_path / "data" / "b.csv")
    os.mkfifo(tmp_path / "c.csv")
    shutil.copy(sample(AED), tmp_path / "data")
    found = collect(Job("j", "site", ("data", "c.csv"), base=tmp_path, timeout=5), tmp_path / "work")
    assert [Path(path).name for path in found.paths] == [AED]
    (pipe,) = found.troubles
    assert "ふつうのファイルではない" in pipe.ja and pipe.code == 2


# --- what lies on a share ---------------------------------------------------------------------------


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A table of mounts in which a folder is one of the network, with a blank in its name."""
    table = tmp_path / "mountinfo"
    folder = tmp_path / "net share"
    folder.mkdir()
    where = str(folder).replace(" ", "\\040")
    table.write_text(
        f"22 1 0:20 / / rw shared:1 - ext4 /dev/sda rw\n30 22 0:41 / {where} rw - cifs //server/opendata rw\n"
        f"31 30 0:42 / {where}/local rw - tmpfs tmpfs rw\n"
    )
    monkeypatch.setattr(filesystem, "_MOUNTS", table)
    return folder


def test_what_is_mounted_from_elsewhere_is_told_from_a_disk(mounted: Path) -> None:
    assert filesystem.on_share(str(mounted / "a.csv")) and filesystem.on_share(str(mounted))
    assert not filesystem.on_share(str(mounted / "local" / "a.csv"))
    assert not filesystem.on_share(f"{mounted}2/a.csv") and not filesystem.on_share("/srv/a.csv")
    (mounted.parent / "link").symlink_to(mounted)
    assert filesystem.on_share(str(mounted.parent / "link" / "a.csv"))


def test_where_nothing_is_known_of_the_mounts_everything_counts_as_a_share(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(filesystem, "_MOUNTS", tmp_path / "none")
    assert filesystem.on_share("/srv/a.csv")


def test_files_on_a_share_are_copied_with_their_names_and_described_folders_whole(mounted: Path) -> None:
    shutil.copy(sample(AED), mounted)
    (mounted / "map" / "tiles").mkdir(parents=True)
    (mounted / "map" / "dataset.toml").write_text("", "utf-8")
    (mounted / "map" / "tiles" / "1.png").write_bytes(b"x")
    (mounted / "pipe").mkdir()
    copies = mounted.parent / "copies"
    table, *_ = found = sorted(
        look(str(mounted.parent), "net share", str(copies), lambda: None),
        key=lambda f: f["path"].endswith("map"),
    )
    assert len(found) == 2
    assert table["origin"] == str(mounted / AED) == table["real"]
    assert (
        Path(table["path"]).read_bytes() == (mounted / AED).read_bytes() and Path(table["path"]).name == AED
    )
    described = Path(found[1]["path"])
    assert described.name == "map" and (described / "tiles" / "1.png").read_bytes() == b"x"
    assert copies in described.parents and copies in Path(table["path"]).parents


# What is known of no file system: then everything lies on a share.
NO_DISKS = """
from odtool.jobs import filesystem, place
filesystem.DISKS = frozenset()
"""


def test_copies_are_published_renewed_and_forgotten_as_their_files_are(office: Path) -> None:
    library = office.parent / "library"
    library.mkdir()
    (library / "sitecustomize.py").write_text(NO_DISKS)
    (office / "odtool.toml").write_text(
        SETTINGS.replace('"share", "share/*.csv", "data"', '"data", "data/*.csv"'), "utf-8"
    )
    other, changed = "261009_aed_20260401.csv", edited(AED, office / "tmp", NOTE, OTHER_NOTE)
    shutil.copy(changed, office / "data" / other)

    def nightly() -> tuple[int, str, set[str]]:
        done = run(office, "run", "nightly", PYTHONPATH=str(library))
        copies = office / "odtool-jobs" / "nightly" / "work" / "share"
        return done.returncode, done.stdout.partition("→")[0], {path.name for path in copies.rglob("*.csv")}

    assert nightly() == (0, "nightly: 問題なし。新規 2件 ", {AED, other})
    log = next((office / "odtool-jobs" / "nightly" / "logs").glob("*.jsonl")).read_text("utf-8")
    judged = [entry["file"] for entry in map(json.loads, log.splitlines()) if entry["event"] == "judged"]
    assert sorted(judged) == sorted([f"data/{AED}", f"data/{other}"])
    assert nightly()[1] == "nightly: 問題なし。変更なし 2件 "
    shutil.copy(edited(AED, office / "tmp", NOTE, "終日"), office / "data" / AED)
    assert nightly()[1] == "nightly: 問題なし。更新 1件、変更なし 1件 "
    (office / "data" / other).unlink()
    assert nightly() == (0, "nightly: 問題なし。変更なし 1件、取り下げ 1件 ", {AED})


def test_what_is_there_is_looked_at_without_copying(tmp_path: Path) -> None:
    shutil.copy(sample(AED), tmp_path)
    (tmp_path / "x.zip").write_bytes(b"no archive")
    good, bad = there(tmp_path, ".", 30)
    assert good.path.endswith(AED) and not good.error and bad.error and "zip" in bad.error.ja
    with pytest.raises(UsageError, match="ありません"):
        list(there(tmp_path, "gone", 30))


def test_a_looker_that_is_killed_stops_only_its_source(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "sitecustomize.py").write_text(
        "import os, signal, sys\nif 'odtool.jobs.looking' in sys.orig_argv: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "odtool.toml").write_text(SETTINGS.replace("share/*.csv", "data"), "utf-8")
    (tmp_path / "data").mkdir()
    done = odtool(
        tmp_path, "run", "second", PYTHONPATH=str(tmp_path / "library"), ODTOOL_STATE=str(tmp_path / "s")
    )
    assert done.returncode == 4 and "確認できないもの（不具合） 1件" in done.stdout, done.stderr


def test_reasons_of_the_system_are_told_in_japanese(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("", "utf-8")
    below = tmp_path / "a file" / "x"  # where nothing can be made
    for attempt in (
        lambda: place.write(below, ""),
        lambda: Log(below / "y.jsonl", "r", "j", lambda: ""),
        lambda: unpacked(below, tmp_path),
    ):
        with pytest.raises(UsageError) as error:
            attempt()
        said = re.search("（(.+?)）", error.value.ja)
        assert said and not re.search("[A-Za-z]", said[1])
        assert re.search("Not a directory|File exists", error.value.en)
