"""What becomes of each file, decided without touching anything."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from odtool.errors import UsageError
from odtool.judging import check
from odtool.ledger.journal import Publication
from odtool.model import FileReport
from odtool.planning.decide import decide as decided
from odtool.planning.decide import settle, state, written
from odtool.planning.metadata import Policy
from odtool.planning.offer import Digest, offer, publisher
from odtool.planning.plan import ACTIONS, Held, Offer, Plan, Published, Refusal, StalePlanError, Wishes
from odtool.planning.planfile import from_json, require_same, to_json
from odtool.publishing.contents import NOTHING
from odtool.publishing.publish import Limits, require_within
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


def digest(content: bytes) -> Digest:
    return Digest(hashlib.sha256(content).hexdigest(), len(content))


def offered(path: str, municipality: str | None = None) -> Offer:
    report, content = judged(path)
    return offer(report, digest(content), Policy(), judged=NOW[:10], municipality=municipality)


def decide(*offers: Offer, held: Published | None = None, wishes: Wishes = Wishes()) -> Plan:
    there = {o.dataset_name: held for o in offers}
    return decided(offers, there, portal="p", address="a", made=NOW, wishes=wishes)


def held_as(wanted: Offer, **changed: object) -> Published:
    file = Held(wanted.file_name, "id", wanted.content_sha256, wanted.size, "url")
    made = Published(
        wanted.dataset_name,
        wanted.metadata,
        wanted.tags,
        {wanted.file_name: file},
        written(wanted, None, {*wanted.metadata, "tags"}),
    )
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
        # November 2020, and the code of 長野市
        ((), "202011_aed.csv", None),
        (("262021",), "202011_aed.csv", "262021"),
        (("262021", "262030"), "202011_aed.csv", None),
        (("202011", "203505"), "202011_aed.csv", "202011"),
        ((), "202011_長野市_aed.csv", "202011"),
        ((), "262021_aed_202011.csv", "262021"),
    ],
)
def test_whose_file_it_is(rows: tuple[str, ...], name: str, whose: str | None) -> None:
    assert publisher(FileReport(name, "valid", municipalities=rows), name) == whose


def test_without_a_municipality_it_is_refused_until_one_is_named() -> None:
    report = replace(check.check(sample(AED)), path="aed.csv", municipalities=())
    alone = offer(report, NOTHING, Policy(), judged=NOW[:10])
    assert alone.refusal and "--municipality" in alone.refusal.ja
    named = offer(report, NOTHING, Policy(), judged=NOW[:10], municipality="262021")
    assert (named.refusal, named.dataset_name, named.title) == (
        None,
        "262021_aed",
        "【舞鶴市】AED設置箇所一覧",
    )


def test_a_number_in_a_name_that_can_be_a_month_is_asked_about() -> None:
    report = replace(check.check(sample(AED)), path="aed_202011.csv", municipalities=())
    refusal = offer(report, NOTHING, Policy(), judged=NOW[:10]).refusal
    assert refusal and refusal.cause == "data"
    assert "長野市の団体コードとも 2020年11月 とも読める" in refusal.ja and "--municipality" in refusal.en
    named = offer(report, NOTHING, Policy(), judged=NOW[:10], municipality="202011")
    assert (named.refusal, named.dataset_name) == (None, "202011_aed")


@pytest.mark.parametrize(
    ("rows", "whose", "fits"),
    [
        (("261009",), "262013", False),
        (("261009", "262021"), "262013", False),
        (("262013", "262021"), "262013", True),  # a body that also keeps its neighbours' data
        (("262013",), "260002", True),
        (("261017",), "261009", True),
    ],
)
def test_rows_of_others_are_not_published_under_a_municipality_that_is_named(
    rows: tuple[str, ...], whose: str, fits: bool
) -> None:
    report = replace(check.check(sample(AED)), municipalities=rows)
    refusal = offer(report, NOTHING, Policy(), judged=NOW[:10], municipality=whose).refusal
    assert (refusal is None) is fits
    if refusal:
        assert refusal.cause == "data" and rows[0] in refusal.ja and whose in refusal.en


def test_a_table_schema_of_ones_own_gives_no_name_to_publish_under(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"fields": [{"name": "名称"}]}', "utf-8")
    (tmp_path / "262021_x.csv").write_text("名称\n中央公民館\n", "utf-8")
    report = check.check(str(tmp_path / "262021_x.csv"), check.choose(None, str(tmp_path / "s.json"), 1))
    found = offer(report, NOTHING, Policy(), judged=NOW[:10])
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


def test_two_municipalities_do_not_share_a_dataset() -> None:
    one = offered(sample(AED))
    other = replace(one, path="b.csv", file_name="262129_aed.csv", municipality="262129")
    assert all(found.refusal for found in settle([one, other]))


def test_create_update_unchanged_and_refuse() -> None:
    wanted = offered(sample(AED))
    assert [i.action for i in decide(wanted).items] == ["create"]
    assert [i.action for i in decide(wanted, held=held_as(wanted, resources={})).items] == ["create"]
    assert [i.action for i in decide(wanted, held=held_as(wanted)).items] == ["unchanged"]
    foreign = held_as(wanted, obstacle=Refusal("portal", "他者", "foreign"))
    (item,) = decide(wanted, held=foreign).items
    assert (item.action, item.cause) == ("refuse", "portal")


FILES_THAT_DIFFER = (
    {"resources": {AED: Held(AED, "id", "0" * 64, 1, "")}},
    {"resources": {AED: Held(AED, "id", "", None, "")}},
)


@pytest.mark.parametrize("held", FILES_THAT_DIFFER)
def test_an_update_tells_that_the_contents_differ(held: dict[str, object]) -> None:
    wanted = offered(sample(AED))
    (item,) = decide(wanted, held=held_as(wanted, **held)).items
    assert (item.action, [change.field for change in item.changes]) == ("update", ["content"])


def published_earlier(wanted: Offer) -> Published:
    """As an earlier odtool left it, which said other things of the dataset."""
    older = replace(wanted, metadata=wanted.metadata | {"title": "もとの題名"}, tags=("推奨",))
    return replace(held_as(older), name=wanted.dataset_name)


def test_an_update_tells_field_by_field_what_differs() -> None:
    wanted = offered(sample(AED))
    (item,) = decide(wanted, held=published_earlier(wanted)).items
    assert (item.action, [change.field for change in item.changes]) == ("update", ["title", "tags"])
    assert (item.changes[0].before, item.changes[0].after) == ("もとの題名", wanted.title)
    assert item.left == ()


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"metadata": {"title": "手で変えた題名"}}, "title"),
        ({"metadata": {"description": ""}}, "description"),
        ({"tags": ("救命",)}, "tags"),
        ({"resources": {AED: Held(AED, "id", "0" * 64, 9, "", edited=True)}}, "content"),
    ],
)
def test_what_was_edited_by_hand_is_shown_and_left_alone_unless_told(
    edit: dict[str, object], field: str
) -> None:
    wanted = offered(sample(AED))
    if "metadata" in edit:
        edit = {"metadata": {**wanted.metadata, **edit["metadata"]}}  # type: ignore[dict-item]
    held = held_as(wanted, **edit)
    (item,) = decide(wanted, held=held).items
    assert (item.action, item.changes, [change.field for change in item.left]) == ("drift", (), [field])
    (told,) = decide(wanted, held=held, wishes=Wishes(overwrite=True)).items
    assert (told.action, [change.field for change in told.changes], told.left) == ("update", [field], ())


def test_a_new_file_is_published_also_where_the_title_was_edited_by_hand() -> None:
    wanted = offered(sample(AED))
    file = Held(AED, "id", "0" * 64, 1, "")
    held = held_as(wanted, metadata={**wanted.metadata, "title": "手で変えた題名"}, resources={AED: file})
    (item,) = decide(wanted, held=held).items
    assert item.action == "update"
    assert [c.field for c in item.changes] == ["content"] and [c.field for c in item.left] == ["title"]
    assert written(wanted, held, {"content"})["title"] == held.written["title"]  # and stays known as edited


def test_bytes_that_arrived_without_their_mark_are_our_own_unfinished_work() -> None:
    wanted = offered(sample(AED))
    file = Held(AED, "id", wanted.content_sha256, wanted.size, "", edited=True)
    assert decide(wanted, held=held_as(wanted, resources={AED: file})).items[0].action == "update"


# --- adopt, restore, prune -----------------------------------------------------------------------


def somebody_elses(wanted: Offer, *files: Held) -> Published:
    return Published(
        wanted.dataset_name,
        {"title": "AED"},
        (),
        {file.file_name: file for file in files},
        obstacle=Refusal("portal", "他者", "foreign"),
        foreign=True,
    )


def test_what_others_made_is_taken_over_only_on_request_and_with_its_one_table() -> None:
    wanted = offered(sample(AED))
    table, map_ = Held("aed.csv", "t", "", 5, "", format="csv"), Held("map", "m", "", None, "", format="HTML")
    held = somebody_elses(wanted, table, map_)
    assert decide(wanted, held=held).items[0].action == "refuse"
    wishes = Wishes(adopt=frozenset({wanted.dataset_name}))
    (item,) = decide(wanted, held=held, wishes=wishes).items
    assert (item.action, item.takes) == ("adopt", "t")
    two = somebody_elses(wanted, table, replace(table, file_name="b.csv", id="b"))
    assert decide(wanted, held=two, wishes=wishes).items[0].takes == ""


def test_what_was_withdrawn_stays_so_until_told() -> None:
    wanted = offered(sample(AED))
    refusal = Refusal("portal", "取り下げ済み", "withdrawn")
    held = held_as(wanted, withdrawn="2026-11-20 個人情報", obstacle=refusal, resources={})
    assert decide(wanted, held=held).items[0].action == "refuse"
    wishes = Wishes(restore=frozenset({wanted.dataset_name}))
    (item,) = decide(wanted, held=held, wishes=wishes).items
    assert item.action == "create" and item.changes[-1].field == "withdrawn"


def publication(wanted: Offer, **changed: str) -> Publication:
    made = Publication(
        NOW, "a", wanted.dataset_name, wanted.file_name, wanted.municipality, wanted.slug, wanted.edition,
        "create", "", wanted.content_sha256, 0, 0, "url", "0",
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


def pruned(offers: list[Offer], held: Published, *before: Publication) -> list[tuple[str, str, str]]:
    made = decided(
        offers, {held.name: held}, portal="p", address="a", made=NOW, wishes=Wishes(prune=True), before=before
    )
    return [(i.action, i.offer.dataset_name, i.offer.file_name) for i in made.items if not i.offer.path]


def test_pruning_withdraws_what_the_same_municipality_no_longer_offers() -> None:
    aed, toilet = offered(sample(AED)), offered(sample("262129_public_toilet.csv"))
    gone = held_as(replace(aed, dataset_name="262129_aed", municipality="262129"))
    there = publication(aed, dataset_name="262129_aed", municipality="262129")
    assert pruned([toilet], gone, there) == [("withdraw", "262129_aed", "")]
    assert pruned([aed], gone, there) == []  # another municipality's run says nothing of it


def test_pruning_leaves_what_somebody_else_made_what_is_refused_now_and_what_is_gone() -> None:
    aed = offered(sample(AED))
    held = held_as(aed)
    refused = replace(aed, refusal=Refusal("data", "誤り", "errors"), dataset_name="", file_name="")
    assert pruned([refused], held, publication(aed)) == []
    other = replace(refused, slug="toilet")
    assert pruned([other], held, publication(aed)) == [("withdraw", aed.dataset_name, "")]
    assert pruned([other], replace(held, obstacle=Refusal("portal", "", "")), publication(aed)) == []


def test_pruning_refuses_to_guess_where_a_file_does_not_tell_what_it_is() -> None:
    unknown = Offer("x.csv", "", refusal=Refusal("data", "?", "?"))
    with pytest.raises(UsageError, match=r"--prune.*x\.csv"):
        pruned([unknown], held_as(offered(sample(AED))))


def test_pruning_withdraws_nothing_of_a_body_whose_code_was_given_for_the_data_of_another() -> None:
    aed, other = offered(sample(AED)), offered(sample("262021_evacuation_space.csv"), "261009")
    assert other.refusal
    with pytest.raises(UsageError, match=r"--prune.*262021_evacuation_space\.csv"):
        pruned([other], held_as(aed), publication(aed))


def test_pruning_leaves_a_file_that_somebody_replaced_on_the_portal_unless_told() -> None:
    aed = offered(sample(AED))
    held = held_as(aed, resources={AED: Held(AED, "id", "", 9, "url", edited=True)})
    other = replace(aed, slug="toilet", dataset_name="261009_toilet", file_name="261009_toilet.csv")
    assert pruned([other], held, publication(aed)) == [("drift", aed.dataset_name, AED)]
    there = {held.name: held}
    told = decided([other], there, portal="p", address="a", made=NOW,
                   wishes=Wishes(prune=True, overwrite=True), before=[publication(aed)])  # fmt: skip
    assert [i.action for i in told.items if not i.offer.path] == ["withdraw"]


def test_a_limit_stops_a_run_before_anything_is_written() -> None:
    wanted = offered(sample(AED))
    made = decide(wanted, held=published_earlier(wanted))
    require_within(made, Limits(updates=1, withdrawals=0))
    with pytest.raises(UsageError, match="--max-update"):
        require_within(made, Limits(updates=0))
    withdrawing = replace(made, items=(replace(made.items[0], action="withdraw"),))
    with pytest.raises(UsageError, match="--max-delete"):
        require_within(withdrawing, Limits(withdrawals=0))
    many = replace(withdrawing, items=withdrawing.items * 11)
    with pytest.raises(UsageError, match="10件"):
        require_within(many, Limits())
    require_within(many, Limits(withdrawals=11))


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
    assert data["summary"] == dict.fromkeys(ACTIONS, 0) | {"create": 9, "refuse": 9}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "odtool-plan/2"}', '{"schema": "odtool-plan/1"}']
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"plan\.json"):
        from_json(text, "plan.json")


@pytest.mark.parametrize(
    ("key", "value"), [("path", ["x"]), ("bundle", {"x": 1}), ("size", "1"), ("state", 1), ("takes", None)]
)
def test_a_plan_with_values_of_the_wrong_kind_is_refused(tmp_path: Path, key: str, value: object) -> None:
    data = json.loads(to_json(planned(catalogue(tmp_path), sample(AED))))
    data["items"][0][key] = value
    with pytest.raises(UsageError, match=r"plan\.json"):
        from_json(json.dumps(data), "plan.json")


@pytest.mark.parametrize("key", ["municipality", "dataset"])
def test_a_plan_with_options_of_the_wrong_kind_is_refused(tmp_path: Path, key: str) -> None:
    data = json.loads(to_json(planned(catalogue(tmp_path), sample(AED))))
    data["options"][key] = ["x"]
    with pytest.raises(UsageError, match=r"plan\.json"):
        from_json(json.dumps(data), "plan.json")


def test_a_plan_without_an_end_is_refused() -> None:
    with pytest.raises(UsageError, match=r"plan\.json"):
        from_json("[" * 100_000, "plan.json")


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
