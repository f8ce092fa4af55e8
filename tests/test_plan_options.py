"""What a plan remembers of how its files were judged, and what stops a run that would change too much."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from odtool.datasets.mapping import fingerprint, to_toml
from odtool.errors import UsageError
from odtool.municipality import municipalities
from odtool.planning.plan import Plan, Reading
from odtool.planning.planfile import from_json, to_json
from tests.ckan.towns import write_files
from tests.publishing import AED, NOTE, OTHER_NOTE, edited, odtool, sample
from tests.test_mapping import COLUMNS, FIXED, OWN, table
from tests.test_privacy import aed, row

NAME = "261009_aed"


def stored(tmp_path: Path) -> Plan:
    return from_json((tmp_path / "plan.json").read_bytes(), "plan.json")


def test_a_plan_made_through_a_mapping_is_carried_out_through_the_same(tmp_path: Path) -> None:
    (tmp_path / "262129_x.csv").write_bytes(table())
    (tmp_path / "m.toml").write_text(to_toml(COLUMNS), encoding="utf-8")
    done = odtool(tmp_path, "plan", "262129_x.csv", "--mapping", "m.toml", "-o", "plan.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert stored(tmp_path).reading == Reading(OWN, FIXED, COLUMNS.dataset, None, "m.toml")
    (tmp_path / "m.toml").unlink()  # the plan holds it
    done = odtool(tmp_path, "apply", "plan.json")
    assert done.returncode == 0 and "新規 1件" in done.stdout, done.stdout + done.stderr
    assert list(tmp_path.glob("odtool-portal/262129_aed/262129_aed_report.html"))  # judged through it, too


def test_single_columns_and_a_folder_of_mappings_are_remembered_too(tmp_path: Path) -> None:
    (tmp_path / "262129_x.csv").write_bytes(table())
    maps = [part for label, field in OWN.items() for part in ("--map", f"{label}={field}")]
    call = ("plan", "262129_x.csv", "--dataset", "suisho-aed", "-o", "plan.json")
    odtool(tmp_path, *call, *maps)
    assert stored(tmp_path).reading.columns == OWN
    (tmp_path / "known").mkdir()
    known = replace(COLUMNS, header=fingerprint(list(OWN)))
    (tmp_path / "known/aed.toml").write_text(to_toml(known), encoding="utf-8")
    assert odtool(tmp_path, *call, "--mappings", "known").returncode == 0
    assert stored(tmp_path).reading == Reading(mappings="known")
    done = odtool(tmp_path, "apply", "plan.json")
    assert done.returncode == 0 and "新規 1件" in done.stdout, done.stdout + done.stderr


def test_a_remembered_mapping_that_was_changed_makes_the_plan_stale(tmp_path: Path) -> None:
    (tmp_path / "262129_x.csv").write_bytes(table())
    (tmp_path / "known").mkdir()
    known = replace(COLUMNS, header=fingerprint(list(OWN)))
    (tmp_path / "known/aed.toml").write_text(to_toml(known), encoding="utf-8")
    odtool(tmp_path, "plan", "262129_x.csv", "--mappings", "known", "-o", "plan.json")
    (tmp_path / "known/aed.toml").write_text(
        to_toml(replace(known, fixed={**FIXED, "市区町村名": "舞鶴市"})), encoding="utf-8"
    )
    done = odtool(tmp_path, "apply", "plan.json")
    assert done.returncode == 2 and "計画が古くなっています" in done.stderr
    assert not list(tmp_path.glob("odtool-portal/*"))


def test_what_a_person_has_looked_at_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "262129_aed.csv").write_bytes(aed(row(備考="案内 090-0000-0000"), row(NO="2")).encode())
    call = ("plan", "262129_aed.csv", "-o", "plan.json")
    assert odtool(tmp_path, *call).returncode == 1
    assert odtool(tmp_path, *call, "--reviewed", "personal-phone").returncode == 0
    assert stored(tmp_path).reading.reviewed == ("personal-phone",)
    assert odtool(tmp_path, "apply", "plan.json").returncode == 0


def test_a_plan_written_by_hand_sets_no_other_rule_aside(tmp_path: Path) -> None:
    odtool(tmp_path, "plan", sample(AED), "-o", "plan.json")
    text = (tmp_path / "plan.json").read_text("utf-8")
    for reviewed in (["column-missing"], ["personal-phone", "x"], "personal-phone", None):
        data = json.loads(text)
        data["options"]["reviewed"] = reviewed
        with pytest.raises(UsageError, match=r"plan\.json"):
            from_json(json.dumps(data), "plan.json")


def test_the_options_survive_json(tmp_path: Path) -> None:
    odtool(tmp_path, "plan", sample(AED), "-o", "plan.json")
    plan = stored(tmp_path)
    assert to_json(plan) == (tmp_path / "plan.json").read_text("utf-8")


# --- limits --------------------------------------------------------------------------------------


def test_apply_and_publish_stop_where_more_would_be_updated(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED))
    before = (tmp_path / "odtool-portal" / NAME / AED).read_bytes()
    path = edited(AED, tmp_path / "new", NOTE, OTHER_NOTE)
    odtool(tmp_path, "plan", path, "-o", "plan.json")
    for call in (("publish", path), ("apply", "plan.json")):
        done = odtool(tmp_path, *call, "--max-update", "0")
        assert done.returncode == 2 and "--max-update" in done.stderr and done.stdout == ""
    assert (tmp_path / "odtool-portal" / NAME / AED).read_bytes() == before
    assert odtool(tmp_path, "apply", "plan.json", "--max-update", "1").returncode == 0
    assert (tmp_path / "odtool-portal" / NAME / AED).read_bytes() != before


def test_apply_stops_where_more_would_be_withdrawn(tmp_path: Path) -> None:
    kept, other = write_files(tmp_path / "files", municipalities()["262021"], 2)
    odtool(tmp_path, "publish", kept, other)
    gone = tmp_path / "odtool-portal" / Path(other).stem / Path(other).name
    assert gone.exists()
    plan = odtool(tmp_path, "plan", kept, "--prune", "-o", "plan.json")
    assert plan.returncode == 0 and "取り下げ" in plan.stdout
    stopped = odtool(tmp_path, "apply", "plan.json", "--max-delete", "0")
    assert stopped.returncode == 2 and "--max-delete" in stopped.stderr and gone.exists()
    done = odtool(tmp_path, "apply", "plan.json", "--max-delete", "1")
    assert done.returncode == 0 and "取り下げ 1件" in done.stdout, done.stdout + done.stderr
    assert not gone.exists()


def test_a_plan_that_restores_is_carried_out(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED))
    odtool(tmp_path, "withdraw", NAME, "--reason", "試し", "--yes")
    plan = odtool(tmp_path, "plan", sample(AED), "--restore", NAME, "-o", "plan.json")
    assert plan.returncode == 0, plan.stdout
    done = odtool(tmp_path, "apply", "plan.json")
    assert done.returncode == 0 and (tmp_path / "odtool-portal" / NAME / AED).exists()
    odtool(tmp_path, "withdraw", NAME, "--reason", "もう一度", "--yes")
    stale = odtool(tmp_path, "apply", "plan.json")  # a plan restores once
    assert stale.returncode == 2 and not (tmp_path / "odtool-portal" / NAME / AED).exists()


def test_the_reading_of_a_plan_has_the_shape_that_the_program_reads_back() -> None:
    plan = Plan(
        "p", "a", "t", (), reading=Reading({"a": "名称"}, {"b": "c"}, "d", "h", "m", "f", ("personal-phone",))
    )
    assert from_json(to_json(plan), "x") == plan
