"""Several jobs on one portal: none replaces or withdraws what another keeps there."""

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.publishing import AED, NOTE, OTHER_NOTE, edited, odtool, sample

SETTINGS = """[portals.site]
type = "folder"
path = "public"

[jobs.gis]
portal = "site"
sources = ["gis"]

[jobs.cities]
portal = "site"
sources = ["cities"]
prune = true
"""
DATED = AED.replace(".csv", "_20250401.csv")
TOILETS = "262129_public_toilet.csv"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Two jobs: one for the exported tables, one for what the cities send; both have a good file."""
    for folder, name in (("gis", TOILETS), ("cities", AED)):
        (tmp_path / folder).mkdir()
        shutil.copy(sample(name), tmp_path / folder / name)
    (tmp_path / "odtool.toml").write_text(SETTINGS, "utf-8")
    return tmp_path


def run(office: Path, *arguments: str) -> tuple[int, str]:
    done = odtool(office, "run", *arguments, ODTOOL_STATE=str(office / "s"), ODTOOL_CACHE=str(office / "c"))
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def public(office: Path) -> set[str]:
    return {path.name for path in (office / "public").rglob("*.csv") if "open_data_list" not in path.name}


def page(office: Path, job: str) -> str:
    pages = (office / "odtool-jobs" / job / "runs").glob("*[0-9a-f].html")
    return max(pages, key=lambda path: path.stat().st_mtime_ns).read_text("utf-8")


def test_a_job_that_prunes_leaves_the_data_of_other_jobs(office: Path) -> None:
    shutil.copy(sample(AED), office / "gis" / DATED)  # of a municipality whose data the other job prunes
    for _ in range(2):
        assert run(office)[0] == 0
        assert public(office) == {AED, DATED, TOILETS}


def test_one_portal_under_two_names_is_one(office: Path) -> None:
    settings = office / "odtool.toml"
    settings.write_text(SETTINGS.replace('portal = "site"', 'portal = "folder:./public"', 1), "utf-8")
    shutil.copy(edited(AED, office / "tmp", NOTE, OTHER_NOTE), office / "gis" / AED)
    for _ in range(2):
        code, told = run(office)
        assert code == 1 and "公開しない 1件" in told and "更新" not in told


def test_a_job_still_withdraws_its_own(office: Path) -> None:
    shutil.copy(sample(AED), office / "cities" / DATED)
    run(office)
    assert public(office) == {AED, DATED, TOILETS}
    (office / "cities" / DATED).unlink()
    assert "取り下げ 1件" in run(office)[1]
    assert public(office) == {AED, TOILETS}


def both_in_one_job(office: Path, *more: str) -> None:
    """A job with the data of two municipalities, of one of which nothing is left."""
    shutil.copy(sample(TOILETS), office / "cities" / TOILETS)
    (office / "gis" / TOILETS).unlink()
    shutil.copy(sample("263036_fire_hydrant.csv"), office / "gis")
    (office / "odtool.toml").write_text(SETTINGS + "\n".join(more) + "\n", "utf-8")
    assert run(office)[0] == 0 and TOILETS in public(office)
    (office / "cities" / TOILETS).unlink()


def test_what_a_municipality_published_is_withdrawn_within_the_limit_when_nothing_of_it_is_left(
    office: Path,
) -> None:
    both_in_one_job(office, "max_delete = 1")
    code, told = run(office)
    assert code == 0 and "取り下げ 1件" in told
    assert public(office) == {AED, "263036_fire_hydrant.csv"}  # that of the other job stays


def test_beyond_the_limit_nothing_is_withdrawn(office: Path) -> None:
    both_in_one_job(office, "max_delete = 0")
    assert run(office)[0] == 2 and TOILETS in public(office)


def test_without_a_limit_it_is_left_and_told_until_somebody_does_something(office: Path) -> None:
    both_in_one_job(office)
    assert run(office)[0] == 0 and TOILETS in public(office)
    assert "なくなったのに取り下げていないもの" in page(office, "cities") and "max_delete = 1" in page(
        office, "cities"
    )


def test_with_a_dead_source_nothing_is_withdrawn_of_it(office: Path) -> None:
    both_in_one_job(office, "max_delete = 9")
    settings = (office / "odtool.toml").read_text("utf-8")
    (office / "odtool.toml").write_text(settings.replace('["cities"]', '["cities", "gone"]', 1), "utf-8")
    assert run(office)[0] == 2 and TOILETS in public(office)


def test_two_jobs_with_one_file_do_not_replace_it_in_turns(office: Path) -> None:
    edited(AED, office / "gis", NOTE, OTHER_NOTE)
    for _ in range(3):
        status, told = run(office)
        assert status == 1 and "更新" not in told
        assert OTHER_NOTE in next((office / "public").rglob(AED)).read_text("utf-8-sig")
    assert "ジョブ gis が公開している" in page(office, "cities")


def test_the_same_contents_in_two_jobs_are_in_nobodys_way(office: Path) -> None:
    shutil.copy(sample(AED), office / "gis" / AED)
    for _ in range(2):
        assert run(office)[0] == 0


def test_a_file_that_moved_to_another_job_is_published_by_that_one(office: Path) -> None:
    shutil.copy(sample(AED), office / "gis" / AED)
    run(office, "gis")
    (office / "gis" / AED).unlink()
    edited(AED, office / "cities", NOTE, OTHER_NOTE)
    status, told = run(office, "cities")
    assert status == 1 and "更新" not in told
    status, told = run(office)  # the job that had it lets go of it first
    assert status == 0 and "更新 1件" in told


def test_a_file_of_unknown_kind_keeps_pruning_but_nothing_else_from_happening(office: Path) -> None:
    shutil.copy(sample(AED), office / "cities" / DATED)
    run(office)
    (office / "cities" / "何かの表.csv").write_text("い,ろ\n1,2\n", "utf-8")
    (office / "cities" / DATED).unlink()
    edited(AED, office / "cities", NOTE, OTHER_NOTE)
    status, told = run(office, "cities")
    assert status == 1 and "更新 1件" in told and "取り下げ" not in told
    assert public(office) == {AED, DATED, TOILETS}


def test_files_that_would_become_one_are_told_as_their_owners_know_them(office: Path) -> None:
    with zipfile.ZipFile(office / "gis" / "export.zip", "w") as archive:
        archive.write(sample(TOILETS), f"out/{TOILETS}")
    assert run(office, "gis")[0] == 1
    assert f"export.zip › out/{TOILETS} と同じ" in page(office, "gis") and "work/zip" not in page(
        office, "gis"
    )
