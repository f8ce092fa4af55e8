"""Taking datasets off a catalogue in a folder at once, and what stays of that; the command."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from odtool.errors import UsageError
from odtool.ledger.journal import Publication, RunEnd, Unpublished, Withdrawal
from odtool.ledger.record import ledger
from odtool.planning.plan import Wishes
from odtool.portal.folder import Folder
from odtool.publishing.publish import Note, Outcome
from odtool.publishing.withdraw import Removal, exit_code, withdraw
from tests.publishing import AED, SAMPLES, catalogue, now, odtool, publish, sample, statuses

NAME, TOILET = "261009_aed", "262129_public_toilet"
REASON = "個人情報が含まれていたため"
YEARS = ("142034_population_20260401.csv", "142034_population_20250401.csv")
HOSTILE = "x\x1b[2J<script>"


def gone(portal: Folder, *names: str, note: Note = lambda _: None, **removal: str) -> list[Outcome]:
    return withdraw(names, portal, Removal(removal.pop("reason", REASON), **removal), now=now, note=note)


def two_years(tmp_path: Path) -> tuple[str, str]:
    older = tmp_path / YEARS[1]
    older.write_bytes((SAMPLES / YEARS[0]).read_bytes())
    return sample(YEARS[0]), str(older)


def test_a_withdrawn_dataset_is_gone_from_the_folder_and_known_to_be(tmp_path: Path) -> None:
    portal, noted = catalogue(tmp_path / "p"), []
    publish(portal, sample(AED), sample(f"{TOILET}.csv"))
    (outcome,) = gone(portal, NAME, note=noted.append)
    assert (outcome.status, exit_code([outcome])) == ("withdrawn", 0), outcome.ja
    assert not list(tmp_path.glob(f"p/{NAME}/*.csv")) and list(tmp_path.glob(f"p/{TOILET}/*.csv"))
    assert "消火" not in (tmp_path / "p/index.html").read_text("utf-8")
    assert NAME not in (tmp_path / "p/index.html").read_text("utf-8")
    assert REASON.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*.*"))
    (entry,) = noted
    assert isinstance(entry, Withdrawal)
    assert (entry.dataset_name, entry.municipality, entry.reason, entry.verified) == (
        NAME,
        "261009",
        REASON,
        True,
    )


def test_what_was_withdrawn_is_not_published_again_until_it_is_restored(tmp_path: Path) -> None:
    portal = catalogue(tmp_path / "p")
    publish(portal, sample(AED))
    before = (tmp_path / "p" / NAME / AED).read_bytes()
    gone(portal, NAME)
    (outcome,) = publish(portal, sample(AED))
    assert outcome.status == "refused" and f"--restore {NAME}" in outcome.ja
    (outcome,) = publish(portal, sample(AED), wishes=Wishes(restore=frozenset({NAME})))
    assert outcome.status == "published", outcome.ja
    assert (tmp_path / "p" / NAME / AED).read_bytes() == before
    assert statuses(publish(portal, sample(AED))) == {AED: "unchanged"}


def test_a_withdrawn_file_is_not_published_again_until_it_is_restored_and_its_neighbours_stay(
    tmp_path: Path,
) -> None:
    portal, paths = catalogue(tmp_path / "p"), two_years(tmp_path)
    publish(portal, *paths)
    assert [o.status for o in gone(portal, "142034_population", file=YEARS[1])] == ["withdrawn"]
    assert {path.name for path in tmp_path.glob("p/142034_population/*.csv")} == {YEARS[0]}
    found = statuses(publish(portal, *paths))
    assert found == {YEARS[0]: "unchanged", YEARS[1]: "refused"}
    wishes = Wishes(restore=frozenset({"142034_population"}))
    assert statuses(publish(portal, *paths, wishes=wishes)) == {
        YEARS[0]: "unchanged",
        YEARS[1]: "published",
    }
    assert set(statuses(publish(portal, *paths)).values()) == {"unchanged"}


def test_one_file_alone_can_be_restored_and_the_others_stay_withdrawn(tmp_path: Path) -> None:
    portal, paths = catalogue(tmp_path / "p"), two_years(tmp_path)
    publish(portal, *paths)
    for name in YEARS:
        gone(portal, "142034_population", file=name)
    refused = publish(portal, *paths)
    assert f"--restore 142034_population/{YEARS[1]}" in refused[1].ja + refused[0].ja
    wishes = Wishes(restore=frozenset({f"142034_population/{YEARS[1]}"}))
    found = statuses(publish(portal, *paths, wishes=wishes))
    assert found == {YEARS[0]: "refused", YEARS[1]: "published"}
    assert statuses(publish(portal, *paths)) == {YEARS[0]: "refused", YEARS[1]: "unchanged"}


def test_a_dataset_that_was_withdrawn_as_a_whole_is_not_restored_by_one_of_its_files(tmp_path: Path) -> None:
    """Else its other files would come back without being named, as files that are new."""
    portal, paths = catalogue(tmp_path / "p"), two_years(tmp_path)
    publish(portal, *paths)
    gone(portal, "142034_population")
    wishes = Wishes(restore=frozenset({f"142034_population/{YEARS[1]}"}))
    assert set(statuses(publish(portal, *paths, wishes=wishes)).values()) == {"refused"}


def test_an_update_of_its_neighbour_does_not_forget_that_a_file_was_withdrawn(tmp_path: Path) -> None:
    portal, paths = catalogue(tmp_path / "p"), two_years(tmp_path)
    publish(portal, *paths)
    gone(portal, "142034_population", file=YEARS[1])
    (tmp_path / "p/142034_population" / YEARS[0]).unlink()
    assert statuses(publish(portal, *paths)) == {YEARS[0]: "published", YEARS[1]: "refused"}


def test_withdrawing_again_changes_nothing_and_is_no_error(tmp_path: Path) -> None:
    portal, paths = catalogue(tmp_path / "p"), two_years(tmp_path)
    publish(portal, *paths)
    for _ in range(2):
        assert exit_code(gone(portal, "142034_population", file=YEARS[1])) == 0
    for _ in range(2):
        assert exit_code(gone(portal, "142034_population")) == 0


def test_names_that_are_not_there_and_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    portal = catalogue(tmp_path / "p")
    publish(portal, sample(AED))
    missing, there = gone(portal, TOILET, NAME)
    assert (missing.status, there.status, exit_code([missing, there])) == ("refused", "withdrawn", 2)
    publish(portal, sample(AED), wishes=Wishes(restore=frozenset({NAME})))
    (outcome,) = gone(portal, NAME, file="x.csv")
    assert outcome.status == "refused" and AED in outcome.ja and (tmp_path / "p" / NAME / AED).exists()


@pytest.mark.parametrize("already", [0, 1])
def test_a_file_that_a_dead_program_brought_and_did_not_list_is_withdrawn_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, already: int
) -> None:
    def dies(*_: object) -> str:
        raise SystemExit

    portal, paths = catalogue(tmp_path / "p"), two_years(tmp_path)
    if already:
        publish(portal, *paths[:already])
    monkeypatch.setattr(Folder, "_write_report", dies)
    with pytest.raises(SystemExit):
        publish(portal, *paths)
    assert len(list(tmp_path.glob("p/142034_population/*.csv"))) == already + 1
    assert [o.status for o in gone(portal, "142034_population")] == ["withdrawn"]
    assert not list(tmp_path.glob("p/142034_population/*.csv"))


def test_a_file_that_is_not_on_the_list_any_more_is_told_as_still_public(tmp_path: Path) -> None:
    portal = catalogue(tmp_path)
    publish(portal, sample(AED))
    package = tmp_path / NAME / "datapackage.json"
    package.write_text(json.dumps(json.loads(package.read_text("utf-8")) | {"resources": []}), "utf-8")
    (outcome,) = gone(portal, NAME)
    assert (outcome.status, exit_code([outcome])) == ("failed", 3) and f"{NAME}/{AED}" in outcome.ja
    (tmp_path / NAME / AED).unlink()
    (tmp_path / NAME / "Thumbs.db").write_bytes(b"of the system")
    assert [o.status for o in gone(portal, NAME)] == ["withdrawn"]


@pytest.mark.parametrize("foreign", [True, False])
def test_a_folder_that_somebody_else_made_is_left_alone(tmp_path: Path, foreign: bool) -> None:
    own = tmp_path / "p" / NAME / "mine.csv"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    (outcome,) = withdraw([NAME], catalogue(tmp_path / "p"), Removal(REASON, foreign=foreign), now=now)
    assert outcome.status == ("failed" if foreign else "refused") and own.read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["../x", "/etc", "a b", "", "あ"])
def test_a_name_that_leads_elsewhere_is_refused_and_the_others_are_withdrawn(
    tmp_path: Path, name: str
) -> None:
    publish(catalogue(tmp_path / "p"), sample(AED))
    outcomes = withdraw([name, NAME], catalogue(tmp_path / "p"), Removal(REASON), now=now)
    assert [o.status for o in outcomes] == ["failed", "withdrawn"] and exit_code(outcomes) == 3


@pytest.mark.parametrize(
    "removal", [{"reason": ""}, {"reason": " \u3000"}, {"reason": "あ" * 501},
                {"reason": REASON, "file": "a.csv", "foreign": True}],
)  # fmt: skip
def test_a_withdrawal_needs_a_reason_that_can_be_kept(removal: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        Removal(**removal)


def test_a_withdrawal_that_failed_is_told_and_remembered_as_not_confirmed(tmp_path: Path) -> None:
    portal = catalogue(tmp_path)
    publish(portal, sample(AED), sample(f"{TOILET}.csv"))
    (tmp_path / NAME / AED).unlink()
    (tmp_path / NAME / AED).mkdir()  # which cannot be removed as a file
    noted: list[object] = []
    outcomes = gone(portal, NAME, TOILET, note=noted.append)
    assert [o.status for o in outcomes] == ["failed", "withdrawn"] and exit_code(outcomes) == 3
    assert "取り下げを確認できていません" in outcomes[0].ja
    assert [type(entry) for entry in noted] == [Withdrawal, Unpublished, Withdrawal]
    assert [entry.verified for entry in noted if isinstance(entry, Withdrawal)] == [False, True]


# --- the command ---------------------------------------------------------------------------------


def test_the_command_withdraws_and_the_ledger_and_the_history_tell(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED))
    done = odtool(tmp_path, "withdraw", NAME, "--reason", REASON, "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{NAME}: 取り下げました") and "検索エンジン" in done.stdout
    assert "写した先" in done.stdout  # a folder may have been copied to a server
    with ledger(tmp_path / "odtool-ledger.sqlite") as book:
        (entry,) = book.select(Withdrawal)
        assert (entry.reason, entry.verified, entry.municipality) == (REASON, True, "261009")
        assert book.published("odtool-portal") == [] and book.select(RunEnd)[-1].exit_code == 0
    told = odtool(tmp_path, "history", "--dataset", NAME).stdout
    assert "取り下げ" in told and REASON in told
    plan = odtool(tmp_path, "plan", sample(AED))
    assert plan.returncode == 3 and "--restore" in plan.stdout
    again = odtool(tmp_path, "publish", sample(AED), "--restore", NAME)
    assert again.returncode == 0, again.stdout
    with ledger(tmp_path / "odtool-ledger.sqlite") as book:
        assert [entry.action for entry in book.select(Publication)] == ["create", "restore"]


def test_without_a_terminal_it_needs_to_be_told_not_to_ask(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED))
    done = odtool(tmp_path, "withdraw", NAME, "--reason", REASON)
    assert (done.returncode, done.stdout) == (2, "") and "--yes" in done.stderr
    assert (tmp_path / "odtool-portal" / NAME / AED).exists()


@pytest.mark.parametrize(
    ("answer", "code", "left"), [(b"y\n", 0, False), (b"n\n", 130, True), (b"\n", 130, True)]
)
def test_on_a_terminal_it_asks(tmp_path: Path, answer: bytes, code: int, left: bool) -> None:
    odtool(tmp_path, "publish", sample(AED))
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "odtool", "withdraw", NAME, "--reason", REASON]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        os.write(master, answer)
        _, said = run.communicate()
    os.close(master)
    os.close(slave)
    assert run.returncode == code and NAME in said.decode()
    assert ("やめました。何も変えていません。" in said.decode()) == left
    assert (tmp_path / "odtool-portal" / NAME / AED).exists() == left


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((NAME, "--yes"), "--reason"),
        ((NAME, TOILET, "--file", AED, "--reason", REASON, "--yes"), "--file"),
        ((HOSTILE, "--reason", REASON, "--yes"), "使えません"),
        ((NAME, "--reason", REASON, "--yes", "--portal", "x"), "ポータルはありません"),
    ],
)
def test_a_call_that_is_off_is_told_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = odtool(tmp_path, "withdraw", *arguments)
    assert done.returncode in (2, 3) and said in done.stderr and "\x1b" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_without_a_name_is_not_taken_for_the_whole_dataset(tmp_path: Path) -> None:
    """An empty variable in a script."""
    odtool(tmp_path, "publish", sample(AED))
    done = odtool(tmp_path, "withdraw", NAME, "--file", "", "--reason", REASON, "--yes")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert (tmp_path / "odtool-portal" / NAME / AED).exists()


def test_all_are_withdrawn_though_nobody_reads_what_it_says(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED), sample(f"{TOILET}.csv"))
    call = [sys.executable, "-m", "odtool", "withdraw", NAME, TOILET, "nothing", "--reason", REASON, "--yes"]
    read, write = os.pipe()
    os.close(read)
    code = subprocess.run(call, cwd=tmp_path, stdout=write, stderr=write, check=False).returncode
    os.close(write)
    assert code == 2 and not list(tmp_path.glob("odtool-portal/*/*.csv"))


def test_in_english(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED))
    done = odtool(tmp_path, "withdraw", NAME, "nothing", "--reason", "a test", "--yes", "--lang", "en")
    assert done.returncode == 2 and "has no dataset nothing" in done.stderr
    assert "Withdrawn" in done.stdout and "search engines" in done.stdout


def test_our_own_name_is_enough_where_the_portal_has_another(tmp_path: Path) -> None:
    (tmp_path / "odtool.toml").write_text(
        f'[portals.p]\ntype = "folder"\npath = "out"\n[portals.p.names]\n"{NAME}" = "kyoto_aed"\n', "utf-8"
    )
    odtool(tmp_path, "publish", sample(AED), "--portal", "p")
    assert (tmp_path / "out/kyoto_aed").is_dir()
    done = odtool(tmp_path, "withdraw", NAME, "--portal", "p", "--reason", REASON, "--yes")
    assert done.returncode == 0 and not list(tmp_path.glob("out/kyoto_aed/*.csv"))
    with ledger(tmp_path / "odtool-ledger.sqlite") as book:
        assert book.select(Withdrawal)[0].municipality == "261009"


def test_a_portal_without_an_api_tells_what_a_person_has_to_do(tmp_path: Path) -> None:
    (tmp_path / "odtool.toml").write_text('[portals.p]\ntype = "upload"\npath = "out"\n', "utf-8")
    done = odtool(tmp_path, "withdraw", NAME, "--portal", "p", "--reason", REASON, "--yes")
    assert done.returncode == 3 and "管理画面" in done.stderr and done.stdout == ""


def test_the_public_description_of_a_file_that_was_withdrawn_keeps_the_day_alone(tmp_path: Path) -> None:
    portal, paths = catalogue(tmp_path / "p"), two_years(tmp_path)
    publish(portal, *paths)
    gone(portal, "142034_population", file=YEARS[1])
    package = json.loads((tmp_path / "p/142034_population/datapackage.json").read_text("utf-8"))
    assert package["odtool"]["withdrawn_files"] == {YEARS[1]: "2026-11-20"}
    assert [each["path"] for each in package["resources"]] == [YEARS[0]]
