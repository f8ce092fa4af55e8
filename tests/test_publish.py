"""Plans carried out, told and noted; portals that do not answer."""

import http.server
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from odtool.ledger.record import ledger
from odtool.planning.plan import StalePlanError
from odtool.planning.planfile import Wishes, to_json
from odtool.portal import Payload
from odtool.publishing import flow
from odtool.publishing.publish import Outcome, apply, exit_code
from odtool.publishing.withdraw import Removal, withdraw
from tests.publishing import (
    AED,
    NOTE,
    NOW,
    OTHER_NOTE,
    PUBLISHED,
    SAMPLES,
    VALID,
    catalogue,
    edited,
    now,
    odtool,
    planned,
    publish,
    reply,
    sample,
    server,
    statuses,
)

SECRET = "hush-hush-token-0123456789"


def test_the_command_publishes_tells_and_finds_nothing_to_do_the_second_time(tmp_path: Path) -> None:
    first = odtool(tmp_path, "publish", str(SAMPLES))
    assert first.returncode == 1, first.stderr
    assert first.stdout.count("公開しました（読み直して一致を確認）") == len(VALID)
    assert first.stdout.splitlines()[-1] == "合計: 新規 9件、更新 0件、変更なし 0件、公開しない 9件"
    second = odtool(tmp_path, "publish", *map(sample, VALID))
    assert (second.returncode, second.stderr) == (0, "")
    assert "変更はありませんでした。" in second.stdout and PUBLISHED not in second.stdout


def test_the_command_speaks_english(tmp_path: Path) -> None:
    done = odtool(tmp_path, "publish", sample(AED), sample("262072_hospital.csv"), "--lang", "en")
    assert "Published (read back and found the same)." in done.stdout
    assert "Not published. It has 49 errors." in done.stdout


def test_plan_then_apply_does_what_the_plan_says(tmp_path: Path) -> None:
    assert odtool(tmp_path, "plan", sample(AED), "-o", "plan.json").returncode == 0
    done = odtool(tmp_path, "apply", "plan.json")
    assert done.returncode == 0 and PUBLISHED in done.stdout
    again = odtool(tmp_path, "apply", "plan.json")
    assert (again.returncode, again.stdout) == (2, "") and "計画が古くなっています" in again.stderr


def test_a_plan_is_stale_when_its_file_changes(tmp_path: Path) -> None:
    path = edited(AED, tmp_path, NOTE, NOTE)
    assert odtool(tmp_path, "plan", path, "-o", "plan.json").returncode == 0
    edited(AED, tmp_path, NOTE, OTHER_NOTE)
    done = odtool(tmp_path, "apply", "plan.json")
    assert done.returncode == 2 and "計画が古くなっています" in done.stderr and AED in done.stderr
    assert not (tmp_path / "odtool-portal").exists()


def test_a_plan_is_stale_when_the_portal_changes(tmp_path: Path) -> None:
    portal = catalogue(tmp_path / "p")
    publish(portal, sample(AED))
    changed = edited(AED, tmp_path, NOTE, OTHER_NOTE)
    stored = planned(portal, changed)
    place = tmp_path / "p/261009_aed/datapackage.json"
    place.write_text(place.read_text("utf-8").replace("【京都市】", "【京都】"), "utf-8")
    before = place.read_bytes()
    with pytest.raises(StalePlanError):
        flow.apply_plan(stored, portal, now=now)
    assert place.read_bytes() == before


def test_a_file_that_changes_while_publishing_is_not_published(tmp_path: Path) -> None:
    portal = catalogue(tmp_path / "p")
    made = planned(portal, sample(AED), sample("262129_public_toilet.csv"))

    def content(wanted: object) -> bytes:
        raise StalePlanError("変わりました。", "changed.")

    outcomes = apply(made, portal, content, now=now)
    assert {o.status for o in outcomes} == {"failed"} and exit_code(outcomes) == 3
    assert not (tmp_path / "p").exists()


YEARS = ("142034_population_20260401.csv", "142034_population_20270401.csv")


def two_years(folder: Path) -> list[str]:
    """Two files of one dataset."""
    for name in YEARS:
        (folder / name).write_bytes((SAMPLES / YEARS[0]).read_bytes())
    return [str(folder / name) for name in YEARS]


@pytest.mark.parametrize("file", ["", YEARS[1]])
def test_what_is_withdrawn_while_a_run_publishes_its_dataset_is_not_brought_back(
    tmp_path: Path, file: str
) -> None:
    paths, root = two_years(tmp_path), tmp_path / "p"
    publish(catalogue(root), *paths)
    (root / "142034_population" / YEARS[0]).unlink()  # so that there is something to do
    (root / "142034_population" / YEARS[1]).unlink()

    def withdrawn(outcome: Outcome) -> None:
        if outcome.item.offer.file_name == YEARS[0]:
            withdraw(["142034_population"], catalogue(root), Removal("個人情報", file), now=now)

    outcomes = flow.publish(paths, catalogue(root), now=now, each=withdrawn)
    assert [o.status for o in outcomes] == ["published", "failed"], outcomes[1].ja
    assert not (root / "142034_population" / YEARS[1]).exists()
    assert statuses(publish(catalogue(root), *paths))[YEARS[1]] == "refused"


def test_a_dataset_that_vanishes_between_its_files_is_not_made_again_with_the_rest_of_them(
    tmp_path: Path,
) -> None:
    root = tmp_path / "p"
    paths = [*two_years(tmp_path), sample(AED)]

    def deleted(outcome: Outcome) -> None:
        if outcome.item.offer.file_name == YEARS[0]:
            shutil.rmtree(root / "142034_population")

    outcomes = flow.publish(paths, catalogue(root), now=now, each=deleted)
    assert [o.status for o in outcomes] == ["published", "failed", "published"]
    assert "なくなりました" in outcomes[1].ja and "もう一度実行すると" in outcomes[1].ja
    assert not (root / "142034_population").exists()
    assert {o.status for o in publish(catalogue(root), *paths)} == {"published", "unchanged"}
    assert {path.name for path in root.glob("142034_population/*.csv")} == set(YEARS)


def test_pruning_says_whose_data_it_left_as_not_one_of_their_files_is_there(tmp_path: Path) -> None:
    files = [sample(AED), sample(YEARS[0])]
    assert odtool(tmp_path, "publish", *files).returncode == 0
    for command in ("plan", "publish"):
        done = odtool(tmp_path, command, sample(AED), "--prune")
        assert done.returncode == 0 and "今回のファイルが1つもない団体（平塚市）" in done.stderr, done.stderr
        assert "odtool withdraw" in done.stderr
        assert "--prune" not in odtool(tmp_path, command, *files, "--prune").stderr
        assert "--prune" not in odtool(tmp_path, command, sample(AED)).stderr
    odtool(tmp_path, "plan", sample(AED), "--prune", "-o", "plan.json")
    done = odtool(tmp_path, "apply", "plan.json")
    assert done.returncode == 0 and "今回のファイルが1つもない団体（平塚市）" in done.stderr, done.stderr
    odtool(tmp_path, "plan", *files, "--prune", "-o", "whole.json")
    assert "--prune" not in odtool(tmp_path, "apply", "whole.json").stderr


def test_two_files_that_were_withdrawn_are_restored_in_one_run(tmp_path: Path) -> None:
    paths, portal = two_years(tmp_path), catalogue(tmp_path / "p")
    publish(portal, *paths)
    for name in YEARS:
        withdraw(["142034_population"], portal, Removal("取り違え", name), now=now)
    wishes = Wishes(restore=frozenset({"142034_population"}))
    assert {o.status for o in publish(portal, *paths, wishes=wishes)} == {"published"}


def test_pruning_takes_no_file_for_gone_that_cannot_be_read_just_now(tmp_path: Path) -> None:
    path = edited(AED, tmp_path, NOTE, NOTE)
    other = tmp_path / "261009_other"
    other.mkdir()
    beside = edited(AED, other, NOTE, NOTE)
    (other / "261009_aed_20260401.csv").write_bytes(Path(beside).read_bytes())
    Path(beside).unlink()
    files = [path, str(other / "261009_aed_20260401.csv")]
    first = odtool(tmp_path, "publish", *files)
    assert first.returncode == 0, first.stderr
    Path(path).unlink()
    done = odtool(tmp_path, "publish", *files, "--prune")
    assert done.returncode == 2 and "--prune" in done.stderr, done.stdout + done.stderr
    assert (tmp_path / "odtool-portal/261009_aed" / AED).exists()


def test_what_is_read_back_must_be_what_was_sent(tmp_path: Path) -> None:
    portal = catalogue(tmp_path / "p")
    outcomes = apply(planned(portal, sample(AED)), portal, lambda _: Payload.of(b"other bytes"), now=now)
    assert [o.status for o in outcomes] == ["failed"]
    assert "一致しません" in outcomes[0].ja


def test_the_ledger_knows_every_check_and_every_publication(tmp_path: Path) -> None:
    with ledger(tmp_path / "l.sqlite") as book:
        for _ in range(2):
            flow.publish([str(SAMPLES)], catalogue(tmp_path / "p"), now=now, note=book.note)
        checks, publications = book.checks(), book.publications()
    assert len(checks) == 2 * len(list(SAMPLES.glob("*_*.*s*")))
    assert [p.action for p in publications] == ["create"] * 9 + ["unchanged"] * 9
    assert {(p.at, p.portal) for p in publications} == {(NOW, str(tmp_path / "p"))}
    aed = next(p for p in publications if p.slug == "aed")
    assert (aed.municipality, aed.file_name, aed.url) == ("261009", AED, f"{tmp_path}/p/261009_aed/{AED}")
    assert next(c.status for c in checks if "hospital" in c.path) == "invalid"


def test_a_workbook_is_published_as_csv_only(tmp_path: Path) -> None:
    publish(catalogue(tmp_path), sample("342050_preschool.xlsx"))
    assert sorted(p.name for p in (tmp_path / "342050_preschool").iterdir()) == [
        "342050_preschool.csv", "datapackage.json", "index.html"
    ]  # fmt: skip


def test_a_missing_file_is_told_and_the_others_are_published(tmp_path: Path) -> None:
    done = odtool(tmp_path, "publish", sample(AED), "none.csv")
    assert done.returncode == 2 and "none.csv" in done.stderr
    assert PUBLISHED in done.stdout and "none.csv" not in done.stdout
    alone = odtool(tmp_path, "plan", "none.csv")
    assert alone.returncode == 2 and alone.stdout == "" and len(alone.stderr.splitlines()) == 1


def test_what_a_portal_says_does_not_reach_the_terminal_as_it_is(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED))
    place = tmp_path / "odtool-portal/261009_aed/datapackage.json"
    package = json.loads(place.read_bytes())
    package["odtool"]["withdrawn"] = "2026-11-20 \x1b[2J\x1b]0;x\x07"
    place.write_text(json.dumps(package), "utf-8")
    done = odtool(tmp_path, "publish", sample(AED))
    assert "取り下げ済み" in done.stdout and "\x1b" not in done.stdout + done.stderr


def test_an_entry_that_cannot_be_read_is_not_ours_and_no_fault_of_ours(tmp_path: Path) -> None:
    (tmp_path / "261009_aed").mkdir()
    (tmp_path / "261009_aed/datapackage.json").write_text("[" * 100_000, "utf-8")
    assert [o.status for o in publish(catalogue(tmp_path), sample(AED))] == ["refused"]


# --- portals that do not answer ------------------------------------------------------------------


def refused(tmp_path: Path, address: str) -> str:
    """What the program says of a portal that is in the way; it must be one sentence, code 3, and no secret."""
    done = odtool(tmp_path, "publish", sample(AED), "--portal", address, CKAN_API_TOKEN=SECRET)
    said = done.stdout + done.stderr
    assert done.returncode == 3, said
    assert PUBLISHED not in said and "Traceback" not in said and SECRET not in said and "<html" not in said
    assert SECRET.encode() not in (tmp_path / "odtool-ledger.sqlite").read_bytes()
    return said


def test_an_unreachable_portal_is_told_in_one_sentence(tmp_path: Path) -> None:
    said = refused(tmp_path, "http://127.0.0.1:9")
    assert "つながりません" in said and len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (502, b"<html>Bad Gateway</html>", "502"),
        (403, b"<html>Forbidden</html>", "403"),
        (301, b"", "移っています"),
        (404, b"<html>Not found</html>", "CKAN として"),
        (200, b"<html>Welcome</html>", "CKAN として"),
        (200, b'["x"]', "CKAN として"),
        (500, b"<html>Oops</html>", "500"),
    ],
)
def test_a_strange_answer_becomes_one_sentence(tmp_path: Path, status: int, body: bytes, word: str) -> None:
    with server(lambda request: reply(request, status, body)) as address:
        said = refused(tmp_path, address)
    assert word in said and len(said.splitlines()) == 1


def test_a_portal_that_hangs_up_is_told(tmp_path: Path) -> None:
    def hang_up(request: http.server.BaseHTTPRequestHandler) -> None:
        request.close_connection = True

    with server(hang_up) as address:
        assert "つながりません" in refused(tmp_path, address)


def test_the_token_is_not_sent_to_where_a_portal_redirects(tmp_path: Path) -> None:
    met: list[str] = []

    def elsewhere(request: http.server.BaseHTTPRequestHandler) -> None:
        met.append(str(request.headers))
        reply(request, 200, b"{}")

    with server(elsewhere) as other:

        def redirect(request: http.server.BaseHTTPRequestHandler) -> None:
            request.send_response(302)
            request.send_header("Location", other)
            request.send_header("Content-Length", "0")
            request.end_headers()

        with server(redirect) as address:
            refused(tmp_path, address)
    assert met == []


def test_publishing_to_a_ckan_needs_a_token(tmp_path: Path) -> None:
    done = odtool(tmp_path, "publish", sample(AED), "--portal", "http://127.0.0.1:9")
    assert done.returncode == 2 and "CKAN_API_TOKEN" in done.stderr


def test_statuses_are_told_apart(tmp_path: Path) -> None:
    outcomes = publish(catalogue(tmp_path), sample(AED), sample("262072_hospital.csv"))
    assert statuses(outcomes) == {AED: "published", "262072_hospital.csv": "refused"}
    assert exit_code(outcomes) == 1


def test_a_plan_alone_does_not_decide_where_the_token_goes(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(str(request.headers))
        reply(request, 404, b"{}")

    with server(answer) as address:
        stored = planned(catalogue(tmp_path / "p"), sample(AED))
        plan = replace(stored, portal=address, address=address)
        (tmp_path / "plan.json").write_text(to_json(plan), "utf-8")
        for more in ((), ("--portal", "https://elsewhere.example.jp")):
            done = odtool(tmp_path, "apply", "plan.json", *more, CKAN_API_TOKEN=SECRET)
            assert done.returncode == 2 and "--portal" in done.stderr and asked == []
        odtool(tmp_path, "apply", "plan.json", "--portal", address, CKAN_API_TOKEN=SECRET)
    assert asked
