"""What becomes of each file, decided without touching anything."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from odtool import check
from odtool.errors import UsageError
from odtool.model import FileReport
from odtool.offer import offer, publisher
from odtool.plan import (
    CC_BY,
    Held,
    Offer,
    Plan,
    Published,
    Refusal,
    StalePlanError,
    from_json,
    plan,
    require_same,
    settle,
    state,
    to_json,
)
from tests.publishing import (
    AED,
    EXPECTED,
    NOTE,
    NOW,
    OTHER_NOTE,
    VALID,
    catalogue,
    edited,
    judged,
    odtool,
    planned,
    sample,
)


def offered(path: str, municipality: str | None = None) -> Offer:
    report, content = judged(path)
    return offer(report, content, CC_BY, judged=NOW[:10], municipality=municipality)


def decide(*offers: Offer, held: Published | None = None) -> Plan:
    return plan(offers, {o.dataset_name: held for o in offers}, portal="p", address="a", made=NOW)


def held_as(wanted: Offer, **changed: object) -> Published:
    file = Held(wanted.file_name, "id", wanted.content_sha256, wanted.size, "url")
    made = Published(wanted.dataset_name, wanted.metadata, wanted.tags, {wanted.file_name: file})
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", VALID)
def test_a_valid_sample_is_named_after_its_municipality_and_dataset(name: str) -> None:
    found = offered(sample(name))
    expected = EXPECTED[name]
    slug = expected["dataset"].partition("-")[2]
    assert found.refusal is None
    assert (found.municipality, found.rows) == (expected["municipality"], expected["rows"])
    assert found.dataset_name == f"{expected['municipality']}_{slug}"
    assert found.file_name == Path(name).with_suffix(".csv").name
    assert found.title.startswith("【")


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - set(VALID)))
def test_a_sample_that_is_not_valid_is_refused_with_its_reason(name: str) -> None:
    refusal = offered(sample(name)).refusal
    assert refusal and refusal.cause == "data"
    assert ("誤りが" in refusal.ja) == (EXPECTED[name]["status"] == "invalid")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("142034_population_20260401.csv", "142034_population_20260401.csv"),
        ("population_20260401.csv", "142034_population_20260401.csv"),
        ("142034_population_20261341.csv", "142034_population.csv"),
        ("人口.csv", "142034_population.csv"),
    ],
)
def test_a_date_in_the_national_way_stays_in_the_name(tmp_path: Path, name: str, kept: str) -> None:
    (tmp_path / name).write_bytes(Path(sample("142034_population_20260401.csv")).read_bytes())
    found = offered(str(tmp_path / name))
    assert (found.dataset_name, found.file_name) == ("142034_population", kept)
    assert ("2026年4月1日" in found.file_title) == ("2026" in kept)


@pytest.mark.parametrize(
    ("rows", "name", "whose"),
    [
        (("262021",), "aed.csv", "262021"),
        (("262021",), "262030_aed.csv", "262021"),
        (("262021", "262030"), "260002_aed.csv", "260002"),
        (("262021", "262030"), "aed.csv", None),
        (("261017", "261025"), "261009_aed.csv", "261009"),
        ((), "262021_aed.csv", "262021"),
        ((), "999999_aed.csv", None),
    ],
)
def test_whose_file_it_is(rows: tuple[str, ...], name: str, whose: str | None) -> None:
    assert publisher(FileReport(name, "valid", municipalities=rows), name) == whose


def test_without_a_municipality_it_is_refused_until_one_is_named() -> None:
    report = replace(check.check(sample(AED)), path="aed.csv", municipalities=())
    alone = offer(report, b"", CC_BY, judged=NOW[:10])
    assert alone.refusal and "--municipality" in alone.refusal.ja
    named = offer(report, b"", CC_BY, judged=NOW[:10], municipality="262021")
    assert (named.refusal, named.dataset_name, named.title) == (
        None,
        "262021_aed",
        "【舞鶴市】AED設置箇所一覧",
    )


def test_a_table_schema_of_ones_own_gives_no_name_to_publish_under(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"fields": [{"name": "名称"}]}', "utf-8")
    (tmp_path / "262021_x.csv").write_text("名称\n中央公民館\n", "utf-8")
    report = check.check(str(tmp_path / "262021_x.csv"), check.choose(None, str(tmp_path / "s.json"), 1))
    found = offer(report, b"", CC_BY, judged=NOW[:10])
    assert found.refusal and "国" not in found.dataset_name and found.dataset_name == ""


def test_files_that_would_become_the_same_resource_are_refused_each_naming_the_other() -> None:
    one = offered(sample(AED))
    first, second = settle([replace(one, path="a.csv"), replace(one, path="b.csv")])
    assert first.refusal and "b.csv" in first.refusal.ja and "b.csv" in first.refusal.en
    assert second.refusal and "a.csv" in second.refusal.ja
    assert settle([first, second]) == [first, second]


def test_one_dataset_is_not_published_in_two_editions() -> None:
    one = offered(sample(AED))
    other = replace(one, path="b.csv", file_name="261009_aed_20260401.csv", dataset="standard-aed")
    assert all(found.refusal for found in settle([one, other]))


def test_create_update_unchanged_and_refuse() -> None:
    wanted = offered(sample(AED))
    assert [i.action for i in decide(wanted).items] == ["create"]
    assert [i.action for i in decide(wanted, held=held_as(wanted, resources={})).items] == ["create"]
    assert [i.action for i in decide(wanted, held=held_as(wanted)).items] == ["unchanged"]
    foreign = held_as(wanted, obstacle=Refusal("portal", "他者", "foreign"))
    (item,) = decide(wanted, held=foreign).items
    assert (item.action, item.cause) == ("refuse", "portal")


@pytest.mark.parametrize(
    ("held", "field"),
    [
        ({"resources": {AED: Held(AED, "id", "0" * 64, 1, "")}}, "content"),
        ({"resources": {AED: Held(AED, "id", "", None, "")}}, "content"),
        ({"metadata": {"title": "別の題名", "licence": "CC-BY-4.0", "dataset": "suisho-aed"}}, "title"),
        ({"tags": ()}, "tags"),
    ],
)
def test_an_update_tells_field_by_field_what_differs(held: dict[str, object], field: str) -> None:
    wanted = offered(sample(AED))
    (item,) = decide(wanted, held=held_as(wanted, **held)).items
    assert (item.action, [change.field for change in item.changes]) == ("update", [field])


def test_tags_that_others_added_are_no_difference() -> None:
    wanted = offered(sample(AED))
    (item,) = decide(wanted, held=held_as(wanted, tags=(*wanted.tags, "救命"))).items
    assert item.action == "unchanged"


def test_a_file_of_the_right_digest_but_another_size_is_not_believed() -> None:
    wanted = offered(sample(AED))
    file = Held(AED, "id", wanted.content_sha256, wanted.size + 1, "")
    assert decide(wanted, held=held_as(wanted, resources={AED: file})).items[0].action == "update"


def test_the_state_tells_any_change_on_the_portal() -> None:
    held = held_as(offered(sample(AED)))
    assert len({state(None), state(held), state(replace(held, details={"notes": "x"}))}) == 3


def test_a_plan_survives_json_and_is_the_same_each_time(tmp_path: Path) -> None:
    portal = catalogue(tmp_path / "portal")
    made = planned(portal, str(Path(sample(AED)).parent))
    again = from_json(to_json(made), "plan.json")
    assert to_json(again) == to_json(made) == to_json(planned(portal, str(Path(sample(AED)).parent)))
    require_same(again, made)
    data = json.loads(to_json(made))
    assert data["schema"] == "odtool-plan/1"
    assert data["summary"] == {"create": 9, "update": 0, "unchanged": 0, "refuse": 9}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "odtool-plan/2"}', '{"schema": "odtool-plan/1"}']
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"plan\.json"):
        from_json(text, "plan.json")


def test_a_plan_of_another_version_or_of_other_files_is_stale(tmp_path: Path) -> None:
    made = planned(catalogue(tmp_path / "p"), edited(AED, tmp_path, NOTE, NOTE))
    with pytest.raises(StalePlanError, match="計画が古くなっています"):
        require_same(replace(made, tool="0.0.1"), made)
    changed = planned(catalogue(tmp_path / "p"), edited(AED, tmp_path, NOTE, OTHER_NOTE))
    with pytest.raises(StalePlanError, match=AED):
        require_same(made, changed)


def test_the_command_shows_an_aligned_table_and_writes_nothing_to_the_portal(tmp_path: Path) -> None:
    done = odtool(tmp_path, "plan", sample(AED), sample("262072_hospital.csv"), "-o", "plan.json")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "ポータル: folder:odtool-portal"
    assert lines[2].startswith("新規        261009_aed/261009_aed.csv")
    assert lines[3].startswith("公開しない  ")
    assert lines[-1] == "新規 1件、更新 0件、変更なし 0件、公開しない 1件"
    assert not (tmp_path / "odtool-portal").exists()
    assert (tmp_path / "plan.json").exists() and (tmp_path / "odtool-ledger.sqlite").exists()


def test_the_exit_code_tells_of_changes_only_when_asked(tmp_path: Path) -> None:
    assert odtool(tmp_path, "plan", sample(AED)).returncode == 0
    assert odtool(tmp_path, "plan", sample(AED), "--detailed-exitcode").returncode == 5
    assert odtool(tmp_path, "publish", sample(AED)).returncode == 0
    assert odtool(tmp_path, "plan", sample(AED), "--detailed-exitcode", "--lang", "en").returncode == 0


def test_wrong_usage_is_told_in_a_sentence(tmp_path: Path) -> None:
    for arguments in (
        ("missing.csv",),
        ("-",),
        (sample(AED), "--municipality", "123"),
        (sample(AED), "--portal", "x"),
    ):
        done = odtool(tmp_path, "plan", *arguments)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert len(done.stderr.splitlines()) == 1
