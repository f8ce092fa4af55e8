"""[collect.NAME] in odtool.toml, and `odtool coverage collect` as its users call it."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from odtool.collect.settings import KEYS, TYPES, chosen, declared_in
from odtool.errors import UsageError
from tests.collecting import AED, Site, package, site
from tests.publishing import catalogue, odtool, publish, sample


@pytest.fixture
def portal():
    with site() as made:
        yield made


def written(folder: Path, text: str) -> str:
    (folder / "odtool.toml").write_text(text, "utf-8")
    return str(folder / "odtool.toml")


def test_everything_stated_is_read(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        '[collect.kyoto]\ntype = "ckan"\nurl = "https://data.bodik.jp/api/3/action/"\nprefecture = "京都府"\npace = 2\n'
        'permission = "BODIK 2026-04-01 メール"\ncontact = "https://example.jp"\nmax_mb = 5\nfeed = "https://data.bodik.jp/catalog.jsonld"\n'
        '[collect.here]\ntype = "folder"\npath = "out"\n',
    )
    found = declared_in(config)
    assert (
        found["kyoto"].url == "https://data.bodik.jp/api/3/action"
        and found["kyoto"].least == 2
        and found["kyoto"].most == 5_000_000
    )
    assert found["here"].path == str(tmp_path / "out")
    assert [one.name for one in chosen(["here"], config)] == ["here"] and len(chosen([], config)) == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('type = "ckam"\nurl = "https://x.jp"', "collect.a.type"),
        ('type = "ckan"', "collect.a.url"),
        ('type = "folder"', "collect.a.path"),
        ('url = "https://x.jp"\npase = 2', "pace"),
        ('url = "https://x.jp"\npace = 0.1', "collect.a.pace"),
        ('url = "https://x.jp"\npace = "fast"', "collect.a.pace"),
        ('url = "https://x.jp"\nallow_private = 1', "collect.a.allow_private"),
        ('url = "https://x.jp"\nmunicipality = "99"', "collect.a.municipality"),
        ('url = "https://x.jp"\nmunicipality = "112046"', "111007"),
        ('url = "https://x.jp"\nprefecture = "京都"', "collect.a.prefecture"),
        ('url = "https://x.jp"\norganizations = [1]', "collect.a.organizations"),
        ('url = "https://x.jp"\npermission = "はい"', "collect.a.permission"),
        ('url = "file:///etc/passwd"', "collect.a.url"),
        ('url = "https://me:secret@x.jp"', "collect.a.url"),
        ('type = "dataeye"\nurl = "https://x.jp"\nprefecture = "京都府"', "collect.a"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(UsageError) as error:
        declared_in(written(tmp_path, f"[collect.a]\n{text}\n"))
    assert place in error.value.ja and place in error.value.en and "secret" not in error.value.ja


def test_portals_to_publish_to_and_to_read_live_in_one_file(tmp_path: Path) -> None:
    from odtool.settings.config import portals

    config = written(
        tmp_path, '[portals.a]\ntype = "folder"\npath = "x"\n[collect.b]\ntype = "folder"\npath = "x"\n'
    )
    assert list(portals(config)) == ["a"] and list(declared_in(config)) == ["b"]


def test_a_source_that_is_none_names_those_there_are(tmp_path: Path) -> None:
    config = written(tmp_path, '[collect.kyoto]\ntype = "folder"\npath = "x"\n')
    with pytest.raises(UsageError, match="kyoto"):
        chosen(["kyotoo"], config)
    with pytest.raises(UsageError, match=r"\[collect"):
        chosen([], written(tmp_path, ""))


def test_the_command_reads_a_folder_and_the_report_shows_it(tmp_path: Path) -> None:
    publish(catalogue(tmp_path / "out"), sample("261009_aed.csv"))
    done = odtool(tmp_path, "coverage", "collect", "out")
    assert done.returncode == 0, done.stderr
    assert "完了" in done.stdout and "適合 1" in done.stdout and "Traceback" not in done.stderr
    shown = odtool(tmp_path, "coverage", "report", "--format", "csv")
    assert shown.returncode == 0 and "京都市" in shown.stdout


def test_the_exit_code_tells_of_a_portal_that_was_not_seen_and_the_log_of_each_file(
    portal: Site, tmp_path: Path
) -> None:
    portal.put("/f.csv", AED)
    portal.ckan([package("d", {"url": f"{portal.address}/f.csv"})])
    written(
        tmp_path,
        f'[collect.good]\ntype = "ckan"\nurl = "{portal.address}"\nallow_private = true\npace = 0\n'
        f'[collect.bad]\ntype = "ckan"\nurl = "http://127.0.0.1:9"\nallow_private = true\npace = 0\n',
    )
    done = odtool(tmp_path, "coverage", "collect", "--log", "log.jsonl", "--contact", "open@example.jp")
    assert done.returncode == 3 and "good: 完了" in done.stdout and "bad: 確認できず" in done.stdout
    events = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert {"fetched", "ended"} == {event["event"] for event in events}
    assert odtool(tmp_path, "coverage", "collect", "good", "--lang", "en").stdout.startswith("good: done.")
    assert odtool(tmp_path, "coverage", "collect", "nobody").returncode == 2


def test_a_ledger_that_is_none_is_told_before_any_portal_is_asked(portal: Site, tmp_path: Path) -> None:
    portal.ckan([package("d")])
    written(
        tmp_path, f'[collect.x]\ntype = "ckan"\nurl = "{portal.address}"\nallow_private = true\npace = 0\n'
    )
    (tmp_path / "bad.sqlite").write_text("none", "utf-8")
    done = odtool(tmp_path, "coverage", "collect", "--ledger", "bad.sqlite")
    assert done.returncode == 2 and "台帳として使えません" in done.stderr and not portal.asked


def test_an_address_inside_is_not_read_unless_the_settings_allow_it(portal: Site, tmp_path: Path) -> None:
    portal.ckan([package("d")])
    done = odtool(tmp_path, "coverage", "collect", portal.address)
    assert done.returncode == 3 and not portal.asked and "庁内" in done.stdout


def test_titles_of_a_portal_do_not_reach_the_terminal_as_they_are(portal: Site, tmp_path: Path) -> None:
    portal.action("/api/3/action/status_show", {"ckan_version": "2.9"})
    portal.put("/api/3/action/package_search", "\x1b[2J<html>", 500)
    written(
        tmp_path, f'[collect.x]\ntype = "ckan"\nurl = "{portal.address}"\nallow_private = true\npace = 0\n'
    )
    done = odtool(tmp_path, "coverage", "collect")
    assert done.returncode == 3 and "\x1b" not in done.stdout + done.stderr


def test_the_schema_for_editors_knows_the_very_keys_of_the_program(tmp_path: Path) -> None:
    docs = Path(__file__).parent.parent / "docs"
    schema = json.loads((docs / "odtool.schema.json").read_text("utf-8"))
    entry = schema["properties"]["collect"]["additionalProperties"]
    assert set(entry["properties"]) == set(KEYS) and tuple(entry["properties"]["type"]["enum"]) == TYPES
    (example,) = re.findall(r"```toml\n(.*?)```", (docs / "collecting.md").read_text("utf-8"), re.DOTALL)
    assert jsonschema.Draft202012Validator(schema).is_valid(tomllib.loads(example))
    assert len(declared_in(written(tmp_path, example))) == 3
