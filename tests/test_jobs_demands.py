"""What an office demands beyond the data being valid: stricter only, and told."""

import re
import shutil
from pathlib import Path

import pytest

from odtool.errors import UsageError
from odtool.jobs.settings import LEVELS, read
from odtool.readability import model
from tests.publishing import AED, odtool, sample
from tests.test_jobs_run import SETTINGS, logged, page, public, publications, run, state

WARNED = "262048_public_wireless_lan.csv"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a file without any fault and one with warnings."""
    root = tmp_path / "office"
    (root / "data").mkdir(parents=True)
    for name in (AED, WARNED):
        shutil.copy(sample(name), root / "data" / name)
    return root


def demand(office: Path, *lines: str) -> None:
    (office / "odtool.toml").write_text(SETTINGS + "\n".join(lines) + "\n", "utf-8")


def outcome(office: Path, status: str) -> list[str]:
    return [str(e["ja"]) for e in logged(office) if e["event"] == "outcome" and e["status"] == status]


def test_without_a_demand_what_has_warnings_is_published(office: Path) -> None:
    demand(office)
    assert run(office).returncode == 0
    assert public(office) == {AED, WARNED}


def test_a_job_may_refuse_what_has_warnings_and_says_which(office: Path) -> None:
    demand(office, 'refuse_on = "warnings"')
    done = run(office)
    assert done.returncode == 1 and "公開しない 1件" in done.stdout and public(office) == {AED}
    (told,) = outcome(office, "refused")
    assert "誤りはありませんが" in told and 'refuse_on = "warnings"' in told and "halfwidth-kana" in told
    html = page(office)
    assert "refuse_on" in html and "-report.html" in html
    report = next((office / "odtool-jobs" / "nightly" / "runs").glob("*-report.html"))
    assert WARNED in report.read_text("utf-8")  # row by row, as for what has errors
    (judged,) = (e for e in logged(office) if e["event"] == "judged" and WARNED in str(e["file"]))
    assert judged["status"] == "valid"  # a demand of the office says nothing of the data


def test_a_job_may_refuse_single_rules(office: Path) -> None:
    demand(office, 'refuse_rules = ["column-extra"]')
    assert run(office).returncode == 1 and public(office) == {AED}
    assert "refuse_rules" in outcome(office, "refused")[0]
    demand(office, 'refuse_rules = ["control-character"]')
    assert run(office).returncode == 0 and public(office) == {AED, WARNED}


def test_what_is_held_back_is_mended_where_that_is_allowed_and_enough(office: Path) -> None:
    demand(office, 'refuse_rules = ["halfwidth-kana"]')
    assert run(office).returncode == 1
    demand(office, 'refuse_rules = ["halfwidth-kana"]', 'fixes = "certain"')
    done = run(office)
    assert done.returncode == 0 and "直したもの 1件" in done.stdout and public(office) == {AED, WARNED}
    copy = next((office / "public").rglob(WARNED)).read_text("utf-8-sig")
    assert "ﾒｰﾙ" not in copy and "ﾒｰﾙ" in (office / "data" / WARNED).read_text("utf-8-sig")


def test_machine_readability_may_be_demanded_up_to_a_level(office: Path) -> None:
    broken = office / "data" / AED
    text = broken.read_text("utf-8-sig").splitlines()
    column = text[0].split(",").index("備考")
    cells = text[1].split(",")
    cells[column] = "①階にあります"
    broken.write_text("\n".join([text[0], ",".join(cells), *text[2:]]) + "\n", "utf-8")
    demand(office)
    assert odtool(office, "validate", str(broken)).returncode == 0  # no error of the dataset's own
    demand(office, 'readability = "L1"')
    assert run(office).returncode == 1
    told = outcome(office, "refused")
    assert any("機械判読性" in each and "L1-08" in each and 'readability = "L1"' in each for each in told)
    assert AED not in public(office)
    again = run(office)  # remembered, and the same
    assert again.returncode == 1 and outcome(office, "refused") == told


def test_what_is_published_stays_when_a_new_edition_is_held_back(office: Path) -> None:
    demand(office)
    run(office)
    demand(office, 'refuse_on = "warnings"', "prune = true")
    assert run(office).returncode == 1
    assert public(office) == {AED, WARNED}
    assert {p.action for p in publications(office)} == {"create", "unchanged"}


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ('refuse_on = "warning"', "warnings のことですか"),
        ('refuse_on = ["errors"]', "文字列で"),
        ('refuse_rules = ["halfwidth"]', "halfwidth-kana"),
        ('readability = "L4"', '"L3"'),
        ('refuse_rule = ["control-character"]', "refuse_rules"),
    ],
)
def test_a_wrong_demand_is_told_by_its_line_with_what_is_near(office: Path, stated: str, told: str) -> None:
    demand(office, stated)
    with pytest.raises(UsageError) as error:
        read(str(office / "odtool.toml"))
    assert "9行目" in error.value.ja and told in error.value.ja
    done = odtool(office, "jobs", "check", **state(office))
    assert done.returncode == 2 and re.search(r"9行目.*" + re.escape(told), done.stderr)


def test_the_levels_are_those_of_the_profile() -> None:
    assert LEVELS == model.LEVELS
