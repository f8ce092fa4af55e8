"""A digest advises what can be done about a job: keys of odtool.toml, not options of a command line."""

import re
import shutil
from pathlib import Path

import pytest

from odtool.jobs.advice import advised
from odtool.planning.decide import decide
from odtool.planning.plan import Held, Offer, Published
from odtool.portal import foreign, was_withdrawn
from tests.publishing import AED, sample
from tests.test_jobs_run import SETTINGS, page, run

OPTION = re.compile(r"(?<!\w)--[a-z][\w-]*")


@pytest.mark.parametrize(
    "said",
    [
        foreign("262021_aed"),
        foreign("262021_aed", hidden=True),
        foreign("262021_aed", withdrawn="誤りのため"),
        was_withdrawn("262021_aed", "誤りのため"),
    ],
)
def test_what_only_a_hand_can_do_names_the_command_that_does_it(said: tuple[str, str]) -> None:
    for before, after in zip(said, advised(*said), strict=True):
        assert OPTION.findall(after) == OPTION.findall(before)  # nothing is lost
        assert after.count("odtool publish") == 1 and "手で odtool publish に" not in after
    assert "手で実行する odtool publish に --" in advised(*said)[0]


def test_a_file_that_was_withdrawn_tells_both_ways_to_bring_it_back() -> None:
    offer = Offer("x.csv", "", dataset_name="262021_aed", file_name="262021_aed.csv")
    held = Published(
        "262021_aed",
        resources={"b.csv": Held("1", "b.csv", "", None, "")},
        withdrawn_files={"262021_aed.csv": "誤り"},
    )
    (item,) = decide([offer], {"262021_aed": held}, portal="p", address="a", made="").items
    ja, en = advised(item.ja, item.en)
    assert ja.count("odtool publish") == 2 == en.count("odtool publish")


def test_a_key_stands_for_an_option_and_the_rest_stays_as_it_is() -> None:
    ja, en = advised("--municipality で指定してください。", "Give it with --municipality.")
    assert (
        ja == "odtool.toml の municipality で指定してください。"
        and en == "Give it with municipality in odtool.toml."
    )
    for plain in ("a--dataset.csv", "--datasets", "/share/--prune/x", ""):
        assert advised(plain, plain) == (plain, plain)


def test_pages_of_a_run_advise_no_options(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "odtool.toml").write_text(SETTINGS + "max_update = 0\n", "utf-8")
    (tmp_path / "data" / "unknown.csv").write_text("あ,い\n1,2\n", "utf-8")
    shutil.copy(sample(AED), tmp_path / "data" / "aed.csv")
    shutil.copy(sample("262072_hospital.csv"), tmp_path / "data")
    done = run(tmp_path)
    text = page(tmp_path)
    report = next((tmp_path / "odtool-jobs" / "nightly" / "runs").glob("*-report.html")).read_text("utf-8")
    assert done.returncode == 1 and "odtool.toml の dataset で指定" in text and "odtool validate" not in text
    body = re.sub(r"(?s)<(style|script).*?</\1>", "", text + report)
    assert not OPTION.findall(re.sub(r"<[^>]+>", " ", body))
