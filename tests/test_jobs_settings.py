"""The jobs of odtool.toml: what is taken, and messages that name the line."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from odtool.errors import UsageError
from odtool.jobs.settings import JOB_KEYS, READER_KEYS, Jobs, read
from tests.publishing import odtool

BASE = """[portals.site]
type = "folder"
path = "public"

[notify.joho]
type = "mail"
host = "smtp.example.jp"
from = "odtool@example.jp"
to = ["joho@example.jp"]
user = "odtool"
password_file = "smtp.txt"

[jobs.nightly]
portal = "site"
sources = ["data/*.csv", 'C:\\share\\x', "https://www.example.jp/a.csv"]
municipality = "262021"
dataset = "standard-aed"
fixes = "certain"
schedule = "daily 02:00"
notify = ["joho"]
max_update = 50
max_delete = 0
prune = true
"""
SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "odtool.schema.json").read_text("utf-8"))


def declared(tmp_path: Path, text: str) -> Jobs:
    (tmp_path / "odtool.toml").write_text(text, "utf-8")
    return read(str(tmp_path / "odtool.toml"))


def test_a_job_is_read_with_all_that_it_states(tmp_path: Path) -> None:
    found = declared(tmp_path, BASE)
    job = found.jobs["nightly"]
    assert (job.portal, job.municipality, job.dataset, job.max_update, job.max_delete) == (
        "site", "262021", "standard-aed", 50, 0,
    )  # fmt: skip
    assert job.fixes is None and job.prune and job.schedule and job.schedule.cron == "0 2 * * *"
    reader = found.readers["joho"]
    assert (reader.port, reader.tls, reader.lang) == (587, "starttls", "ja")
    assert reader.secret_file == str(tmp_path / "smtp.txt") and reader.variable == "ODTOOL_NOTIFY_JOHO"


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        ('portal = "site"', 'portal = "sight"', 14, "sight"),
        ('portal = "site"\n', "", 13, "portal"),
        ("sources = [", "source = [", 15, "sources のことですか"),
        ('"data/*.csv"', "3", 15, "文字列の並び"),
        ('"https://www', '"ftp://www', 15, "3番目"),
        ('"https://www', '"https://u:p@www', 15, "見える"),
        ('"262021"', '"26202"', 16, "6桁"),
        ('"262021"', '"112046"', 16, "今はさいたま市（111007）です"),
        ('fixes = "certain"', 'fixes = ["date-formats"]', 18, "date-format"),
        ('fixes = "certain"', "fixes = 3", 18, "certain"),
        ("daily 02:00", "nightly", 19, "daily 02:00"),
        ('notify = ["joho"]', 'notify = ["soumu"]', 20, "soumu"),
        ("max_update = 50", "max_update = -1", 21, "0以上"),
        ("prune = true", 'prune = "yes"', 23, "true か false"),
        ('type = "mail"', 'type = "fax"', 6, "mail"),
        ('to = ["joho@example.jp"]', 'to = ["joho"]', 9, "メールアドレス"),
        ('host = "smtp.example.jp"\n', "", 5, "host"),
        ('user = "odtool"', 'user = "odtool"\ntls = "none"', 11, "user"),
        ('user = "odtool"', 'user = "odtool"\nurl_file = "x"', 11, "url_file"),
        ('user = "odtool"', 'user = "odtool"\nport = 99999', 11, "65535"),
        ('user = "odtool"', 'user = "odtool"\nport = 0', 11, "65535"),
        ('"smtp.example.jp"', '"https://smtp.example.jp"', 7, "サーバーの名前だけ"),
        ("max_update = 50", 'hosts = ["https://cdn.example.jp"]', 21, "サーバーの名前だけ"),
        ("max_update = 50", 'intranet = ["10.0.0.0/8"]', 21, "サーバーの名前だけ"),
        ("max_update = 50", 'intranet = ["gis.local:8080"]', 21, "ポート番号"),
        ('"https://www', '"https:/www', 15, "// がありません"),
        ('municipality = "262021"', "create_organization = true", 16, "municipality を書いたジョブだけ"),
        ("max_update = 50", 'reviewed = ["personal-phone"]', 21, "という項目はありません"),
        ("daily 02:00", "0 2 31 2 *", 19, "予定として読めません"),
    ],
)
def test_whatever_is_off_is_told_by_its_line(
    tmp_path: Path, before: str, after: str, line: int, told: str
) -> None:
    assert before in BASE
    with pytest.raises(UsageError) as error:
        declared(tmp_path, BASE.replace(before, after, 1))
    if told == "見える":  # a password in an address is refused before anything else, and never shown
        assert "u:p" not in error.value.ja
        return
    assert f"の{line}行目" in error.value.ja and f"line {line}:" in error.value.en
    assert told in error.value.ja


def test_all_that_is_off_is_told_at_once(tmp_path: Path) -> None:
    text = BASE.replace("prune = true", 'prune = "yes"\nmax_deletes = 3').replace(
        'type = "mail"', 'type = "fax"'
    )
    (tmp_path / "odtool.toml").write_text(text, "utf-8")
    done = odtool(tmp_path, "jobs", "check")
    assert done.returncode == 2 and not done.stdout
    assert [line.split("行目")[0][-2:].lstrip("の") for line in done.stderr.splitlines()] == ["6", "23", "24"]
    other = odtool(tmp_path, "run", "--lang", "en")
    assert other.returncode == 2 and "line 6:" in other.stderr and "2 more" in other.stderr


def test_what_is_only_seen_by_looking_is_told_by_its_line_too(tmp_path: Path) -> None:
    text = BASE.replace('"https://www.example.jp/a.csv"', '"no such folder"').replace("standard-aed", "aedd")
    (tmp_path / "odtool.toml").write_text(text, "utf-8")
    done = odtool(tmp_path, "jobs", "check")
    told = [line for line in done.stdout.splitlines() if line.startswith("問題")]
    assert done.returncode == 2
    assert any("15行目" in line and "no such folder" in line for line in told)
    assert any("17行目" in line and "aedd" in line for line in told)
    assert any("6行目" in line for line in told if "notify.joho" in line)


def test_an_address_of_the_sixth_version_is_a_host(tmp_path: Path) -> None:
    found = declared(tmp_path, BASE.replace("max_update = 50", 'intranet = ["fd00::1", "10.1.2.3"]'))
    assert found.jobs["nightly"].intranet == ("fd00::1", "10.1.2.3")


def test_a_password_in_the_settings_is_refused_without_being_shown(tmp_path: Path) -> None:
    for text in ('password = "hunter2hunter2"', 'url = "https://hooks.example.jp/?key=hunter2hunter2"'):
        with pytest.raises(UsageError) as error:
            declared(tmp_path, BASE.replace('user = "odtool"', text))
        assert "hunter2" not in error.value.ja + error.value.en


def test_a_job_that_is_not_there_is_told_with_those_alike(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nightly"):
        declared(tmp_path, BASE).chosen(["nigthly"])


def test_the_schema_for_editors_knows_the_very_keys_and_takes_what_the_program_takes(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]["job"]["properties"]) == set(JOB_KEYS)
    assert set(SCHEMA["$defs"]["notify"]["properties"]) == set(READER_KEYS)
    valid = jsonschema.Draft202012Validator(SCHEMA).is_valid
    assert valid(tomllib.loads(BASE))
    for before, after in (
        ('portal = "site"\n', ""),
        ("sources = [", "source = ["),
        ('"262021"', '"26202"'),
        ('type = "mail"', 'type = "fax"'),
        ("max_update = 50", "max_update = -1"),
    ):
        assert not valid(tomllib.loads(BASE.replace(before, after, 1))), after


PAGE = (Path(__file__).parent.parent / "docs" / "jobs.md").read_text("utf-8")


@pytest.mark.parametrize(
    "text", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL), ids=["city", "prefecture"]
)
def test_the_examples_of_the_page_are_taken_by_the_program_and_the_schema(tmp_path: Path, text: str) -> None:
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text))
    assert declared(tmp_path, text).chosen(())


def test_the_page_names_every_setting() -> None:
    for key in {*JOB_KEYS, *READER_KEYS}:
        assert f"`{key}`" in PAGE, key
