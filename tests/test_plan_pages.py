"""A plan as people read it: text and page; its JSON as a contract; the rows of two editions."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from odtool.judging import check
from odtool.planning.plan import Change, Item, Offer, Plan, Wishes
from odtool.planning.planfile import as_dict, from_json, to_json
from odtool.planning.rowdiff import EXAMPLES, RowChanges, compare
from odtool.report.plan_html import plan_html
from odtool.report.plan_text import FEW, plan_text
from odtool.report.plan_told import NOTHING, Told, grouped
from odtool.text import width
from tests.publishing import (
    AED,
    NOTE,
    OTHER_NOTE,
    SAMPLES,
    catalogue,
    edited,
    odtool,
    planned,
    publish,
    sample,
)

CONTRACT = json.loads((Path(__file__).parent.parent / "docs/plan.schema.json").read_text("utf-8"))
HOSTILE = "<script>document.title='ran'</script>\x1b[2J\u202e\"{n}"
both_languages = pytest.mark.parametrize("lang", ["ja", "en"])
NAME = "261009_aed"


def by_hand(root: Path, name: str, **changed: str) -> None:
    """Edits of a dataset on the portal by somebody else."""
    place = root / name / "datapackage.json"
    package = json.loads(place.read_text("utf-8")) | changed
    place.write_text(json.dumps(package), "utf-8")


@pytest.fixture
def full(tmp_path: Path) -> Plan:
    """A plan in which everything happens: create, update, adopt, drift, withdraw, unchanged, refuse."""
    portal = catalogue(tmp_path / "p")
    publish(portal, sample(AED), sample("292010_tourism.csv"), sample("262129_public_toilet.csv"))
    by_hand(tmp_path / "p", "292010_tourism", title="手で変えた")
    by_hand(tmp_path / "p", NAME, description="手で変えた説明")
    made = planned(
        portal,
        edited(AED, tmp_path / "new", NOTE, OTHER_NOTE),
        *map(sample, ("292010_tourism.csv", "262129_public_toilet.csv", "263036_fire_hydrant.csv", "262072_hospital.csv")),
    )  # fmt: skip
    adopted = replace(made.items[0], action="adopt", takes="x", ja="引き継ぎます。", en="Taken over.")
    gone = Item(Offer("", "", dataset_name="261009_gone", file_name="a.csv"), "withdraw", "手元にない", "Not here", state="0" * 64)  # fmt: skip
    return replace(made, items=(*made.items, adopted, gone))


def page_of(plan: Plan, lang: str = "ja", known: Told = NOTHING) -> str:
    return plan_html(plan, lang, known)


# --- text ----------------------------------------------------------------------------------------


def test_the_text_tells_what_differs_and_what_is_left_as_it_was_edited(full: Plan) -> None:
    text = plan_text(full, "ja")
    assert "中身: いまのファイル → 200行、" in text
    assert "説明: 手で変えた説明 → そのまま（odtool の内容は" in text
    assert "題名: 手で変えた → そのまま（odtool の内容は 【奈良市】" in text
    assert text.splitlines()[-1] == (
        "新規 1件、更新 1件、引き継ぎ 1件、手直しあり 1件、取り下げ 1件、変更なし 1件、公開しない 1件"
    )
    assert "データセットの種類" not in text  # of new files only on request
    assert "データセットの種類: （なし） → " in plan_text(full, "ja", diff=True)
    assert "そのまま（" not in plan_text(full, "ja", diff=False)


def test_where_many_change_the_differences_wait_to_be_asked_for(full: Plan) -> None:
    update = next(item for item in full.items if item.action == "update")
    few = replace(full, items=(update,) * FEW)
    many = replace(full, items=(update,) * (FEW + 1))
    assert "中身: " in plan_text(few, "ja") and "--diff" not in plan_text(few, "ja")
    assert "  中身: " not in plan_text(many, "ja") and "--diff" in plan_text(many, "ja")
    assert "  中身: " in plan_text(many, "ja", diff=True)


def test_the_files_of_one_dataset_stand_together(full: Plan) -> None:
    names = [name for name, _ in grouped(full)]
    assert len(set(names)) == len(names)
    assert [item.action for item in dict(grouped(full))[NAME]] == ["update", "adopt"]


@both_languages
def test_no_line_is_broken_or_run_by_what_files_and_portals_hold(full: Plan, lang: str) -> None:
    first = full.items[0]
    offer = replace(first.offer, path=HOSTILE, metadata={"title": HOSTILE}, file_name=HOSTILE)
    changes = (
        Change(HOSTILE, HOSTILE, HOSTILE),
        Change("tags", HOSTILE, HOSTILE),
        Change("withdrawn", HOSTILE, ""),
    )
    item = replace(
        first, offer=offer, ja=HOSTILE, en=HOSTILE, changes=changes, left=changes, url=f"javascript:{HOSTILE}"
    )
    odd = replace(
        full, portal=HOSTILE, items=(item, replace(item, action="refuse"), replace(item, action="unchanged"))
    )
    rows = {(offer.dataset_name, HOSTILE): compare(f"{HOSTILE}\na".encode(), f"ID,b\n1,{HOSTILE}".encode())}
    known = Told(rows=rows, warnings=((HOSTILE, HOSTILE),), file=HOSTILE)  # type: ignore[arg-type]
    text = plan_text(odd, lang, known, diff=True)
    assert "\x1b" not in text and "\u202e" not in text
    html = page_of(odd, lang, known)
    assert "<script>document" not in html and "javascript:" not in re.sub(r">[^<]*<", "", html)
    assert "\x1b" not in html and "\u202e" not in html


def test_refused_files_tell_their_commonest_errors(tmp_path: Path) -> None:
    path = sample("262072_hospital.csv")
    made = planned(catalogue(tmp_path), path)
    report = check.check(path, check.choose(None, None, 1))  # as the command judges
    told = plan_text(made, "ja", Told.of([report]), diff=True).splitlines()
    causes = [line for line in told if line.startswith("    - ")]
    assert "「診療開始時間」" in causes[0] and sum("件）" in line for line in told) >= 1
    assert 2 <= len(causes) <= 4 and any("種類の誤り" in line for line in causes)
    assert all(width(line) <= 110 for line in told if line.startswith("    "))


def test_of_personal_data_the_rule_is_told_and_not_the_cell(tmp_path: Path) -> None:
    from tests.test_privacy import aed, row

    (tmp_path / "262129_aed.csv").write_bytes(aed(row(備考="案内 090-0000-0000"), row(NO="2")).encode())
    made = planned(catalogue(tmp_path / "p"), str(tmp_path / "262129_aed.csv"))
    known = Told.of([check.check(str(tmp_path / "262129_aed.csv"))])
    for said in (plan_text(made, "ja", known, diff=True), page_of(made, "ja", known)):
        assert "090-0000-0000" not in said and "電話" in said


# --- the page ------------------------------------------------------------------------------------


@both_languages
def test_the_page_has_a_part_for_everything_that_happens(full: Plan, lang: str) -> None:
    html = page_of(full, lang, Told(file="計画 1.json", warnings=(("注意する", "Be careful"),)))
    for action in ("create", "update", "adopt", "withdraw", "drift", "refuse", "unchanged"):
        assert html.count(f'<h2 id="{action}">') == 1
    assert "odtool apply &#39;計画 1.json&#39;" in html
    assert ("注意する" if lang == "ja" else "Be careful") in html
    assert "<bdi>261009_gone</bdi>" in html and "手で変えた説明" in html
    assert html.index("tiles") < html.index('id="create"') < html.index('id="refuse"')
    assert " src=" not in html and html.count("<link") == html.count('<link rel="icon" href="data:,">') == 1
    assert "default-src 'none'" in html and "<script" not in html


def test_the_page_of_a_plan_without_changes_says_so_and_gives_no_command(tmp_path: Path) -> None:
    portal = catalogue(tmp_path)
    publish(portal, sample(AED))
    html = page_of(planned(portal, sample(AED)), known=Told(file="plan.json"))
    assert "変わるものはありません" in html and "odtool apply" not in html
    assert 'class="notice good"' in html


def test_without_a_stored_plan_the_page_tells_how_to_store_one(full: Plan) -> None:
    assert "-o plan.json" in page_of(full)


@pytest.mark.browser
@both_languages
def test_a_browser_shows_the_page_also_on_a_phone_and_runs_nothing(
    chromium: str, tmp_path: Path, full: Plan, lang: str
) -> None:
    first = full.items[0]
    odd = replace(first, ja=HOSTILE, en=HOSTILE, changes=(Change("title", HOSTILE, "長い" * 300),))
    (tmp_path / "inner.html").write_text(page_of(replace(full, items=(*full.items, odd)), lang), "utf-8")
    frame = "<iframe src=inner.html style='border:0;width:390px;height:800px'></iframe><p></p>"
    measure = (
        "onload = () => document.querySelector('p').textContent = 'width ' +"
        " frames[0].document.documentElement.scrollWidth + ' ' + frames[0].document.title"
        " + ' ' + frames[0].document.querySelectorAll('script').length"
    )
    (tmp_path / "page.html").write_text(f"<meta charset=utf-8>{frame}<script>{measure}</script>", "utf-8")
    fixed = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [chromium, *fixed, "--hide-scrollbars", "--allow-file-access-from-files", "--dump-dom",
               (tmp_path / "page.html").as_uri()]  # fmt: skip
    shown = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=60).stdout
    title = "公開の計画" if lang == "ja" else "Plan of publishing"
    assert f"width 390 {title}" in shown and re.search(r" 0</p>", shown)


# --- JSON ----------------------------------------------------------------------------------------


def valid(data: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(CONTRACT)
    jsonschema.validate(data, CONTRACT)


def test_real_plans_hold_to_the_contract(tmp_path: Path, full: Plan) -> None:
    valid(as_dict(full))
    portal = catalogue(tmp_path / "p")
    valid(as_dict(planned(portal, str(SAMPLES))))
    odtool(tmp_path, "publish", sample(AED), sample("262129_public_toilet.csv"))
    odtool(tmp_path, "withdraw", NAME, "--reason", "x", "--yes")
    call = (
        "plan",
        sample(AED),
        "--restore",
        NAME,
        "--adopt",
        "x",
        "--prune",
        "--map",
        "館=名称",
        "--mappings",
        ".",
    )
    odtool(tmp_path, *call, "--reviewed", "personal-phone", "-o", "plan.json")
    data = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    assert data["options"]["mapping"] and data["options"]["reviewed"]
    valid(data)


def test_a_plan_with_files_that_are_no_tables_holds_to_the_contract(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f/a.txt").write_text("text", "utf-8")
    (tmp_path / "f/dataset.toml").write_text(
        'municipality = "261009"\nname = "261009_notes"\ntitle = "記録"\n', "utf-8"
    )
    valid(as_dict(planned(catalogue(tmp_path / "p"), str(tmp_path / "f"))))


@pytest.mark.parametrize("change", [{"schema": "odtool-plan/2"}, {"extra": 1}, {"items": [{}]}])
def test_the_contract_refuses_what_is_no_plan(full: Plan, change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_dict(full) | change, CONTRACT)


# --- rows ----------------------------------------------------------------------------------------


def test_rows_are_told_apart_by_a_key_where_there_is_one() -> None:
    before = "ID,名称,備考\n1,甲,a\n2,乙,b\n3,丙,c\n".encode()
    after = "ID,名称,増\n3,丙,\n1,甲甲,x\n4,丁,\n".encode()
    found = compare(before, after, ("無い", "ID"))
    assert found and (found.before, found.after, found.added, found.removed, found.changed) == (3, 3, 1, 1, 1)
    assert found.keyed and found.columns == (("増",), ("備考",))
    assert [(row.kind, row.name, row.cells) for row in found.examples] == [
        ("changed", "1", (("名称", "甲", "甲甲"),)),
        ("added", "4", ()),
        ("removed", "2", ()),
    ]


@pytest.mark.parametrize("keys", [(), ("ID",), ("名称",)])
def test_rows_without_a_key_are_counted_as_gone_and_come(keys: tuple[str, ...]) -> None:
    before, after = "名称,v\n甲,1\n甲,1\n乙,2\n".encode(), "名称,v\n甲,1\n乙,3\n".encode()
    found = compare(before, after, keys)
    assert found == RowChanges(3, 2, 1, 2, 0, False, found.examples if found else ())
    assert (
        found
        and [row.kind for row in found.examples] == ["added", "removed", "removed"][: len(found.examples)]
    )


def test_only_some_rows_are_named_and_the_rest_counted() -> None:
    rows = [f"{n},x" for n in range(50)]
    before = "\n".join(["ID,v", *rows]).encode()
    found = compare(before, before.replace(b",x", b",y"), ("ID",))
    assert found and found.changed == 50 and len(found.examples) == EXAMPLES


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\n\n"])
def test_what_is_no_table_is_not_compared(content: bytes) -> None:
    assert compare(content, content) is None


def test_the_command_compares_rows_on_request_only(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED))
    path = edited(AED, tmp_path / "new", NOTE, OTHER_NOTE)
    assert "追加" not in odtool(tmp_path, "plan", path).stdout
    told = odtool(tmp_path, "plan", path, "--rows").stdout
    assert "中身: 200行 → 200行、67.9 KB（追加 0 行・削除 0 行・変更 53 行）" in told
    assert "変更 0000000004: 利用可能日時特記事項" in told and "ほか 48 行" in told


# --- the command ---------------------------------------------------------------------------------


def test_the_form_follows_the_name_or_the_option(tmp_path: Path) -> None:
    done = odtool(tmp_path, "plan", sample(AED), "-o", "plan.json", "-o", "plan.html", "-o", "a.txt")
    assert done.returncode == 0 and done.stdout.startswith("ポータル: ")
    assert (tmp_path / "a.txt").read_text("utf-8") == done.stdout
    html = (tmp_path / "plan.html").read_text("utf-8")
    assert html.startswith("<!DOCTYPE html>") and "odtool apply plan.json" in html
    stored = (tmp_path / "plan.json").read_text("utf-8")
    assert to_json(from_json(stored, "x")) == stored
    odtool(tmp_path, "plan", sample(AED), "--format", "html", "-o", "page")
    assert (tmp_path / "page").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(odtool(tmp_path, "plan", sample(AED), "--format", "json").stdout)["schema"]
    assert odtool(tmp_path, "plan", sample(AED), "--format", "html").stdout.startswith("<!DOCTYPE html>")
    assert odtool(tmp_path, "apply", "plan.json").returncode == 0


def test_a_licence_that_keeps_data_from_being_picked_up_is_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "odtool.toml").write_text(
        '[portals.p]\ntype = "upload"\nprofile = "shirasagi"\npath = "out"\nlicence = "x"\n', "utf-8"
    )
    done = odtool(tmp_path, "plan", sample(AED), "--portal", "p", "-o", "plan.html")
    assert done.returncode == 0, done.stderr
    assert ("取り込まれません" in done.stderr) == (
        "取り込まれません" in (tmp_path / "plan.html").read_text("utf-8")
    )


def test_adopting_and_overwriting_are_told_field_by_field(tmp_path: Path) -> None:
    portal = catalogue(tmp_path)
    publish(portal, sample(AED))
    by_hand(tmp_path, NAME, title="手で変えた")
    text = plan_text(planned(portal, sample(AED), wishes=Wishes(overwrite=True)), "ja")
    assert "題名: 手で変えた → 【京都市】AED設置箇所一覧" in text
