"""The program as its users meet it: real processes, real files, real terminals."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from odtool import __version__, cli
from odtool.datasets.catalog import datasets
from odtool.readability import CRITERIA
from odtool.rules import RULES
from tests.publishing import server
from tests.test_read import bomb

ROOT = Path(__file__).parent.parent
SAMPLES = Path(__file__).parent / "samples"
ODTOOL = str(Path(sys.executable).with_name("odtool"))
GOOD, BAD, OTHER = "samples/261009_aed.csv", "samples/262072_hospital.csv", "samples/262145_nouen.csv"
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠、。「」]")
HEAVY = ("ckanapi", "frictionless", "jinja2", "polars", "requests", "sqlite3", "python_calamine", "html", "tomllib",
         "tempfile", "zipfile", "odtool.settings.config", "odtool.made", "ssl", "odtool.trust")  # fmt: skip


def zipped(entries: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return out.getvalue()


PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
BROKEN = {
    "empty.csv": b"",
    "blank.csv": b"\r\n\r\n",
    "header.csv": "名称,住所\r\n".encode(),
    "scan.pdf": PDF,
    "scan.csv": PDF,
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
    "page.csv": "<!DOCTYPE html>\n<html><title>見つかりません</title></html>".encode(),
    "noise.csv": bytes(range(256)) * 20,
    "packed.xlsx": zipped({"261009_aed.csv": "名称\r\n"}),
    "packed.csv": zipped({"261009_aed.csv": "名称\r\n"}),
    "nothing.csv": zipped({}),
}


def environment(**variables: str) -> dict[str, str]:
    """Without the settings and tokens of whoever runs the tests."""
    ours = ("ODTOOL", "CKAN", "PYTHON", "NO_COLOR", "LANG", "LC_", "TERM")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours) and "TOKEN" not in k} | variables


def run(
    cwd: Path, *arguments: str, stdin: bytes = b"", encoding: str | None = "utf-8", **variables: str
) -> Any:
    """The installed program; its output as text, or as bytes where no encoding is named."""
    done: Any = subprocess.run(
        [ODTOOL, *arguments],
        cwd=cwd,
        env=environment(**variables),
        input=stdin,
        capture_output=True,
        check=False,
    )
    if encoding:
        done.stdout, done.stderr = done.stdout.decode(encoding), done.stderr.decode(encoding)
    return done


def copied(folder: Path) -> None:
    """The samples as `folder`/samples."""
    wanted = [path for path in SAMPLES.iterdir() if path.suffix in (".csv", ".xlsx")]
    (folder / "samples").mkdir()
    for path in wanted:
        shutil.copy(path, folder / "samples")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the samples and broken files. Tests that write use `work`."""
    folder = tmp_path_factory.mktemp("cli")
    copied(folder)
    (folder / "broken").mkdir()
    for name, data in BROKEN.items():
        (folder / "broken" / name).write_bytes(data)
    (folder / "nothing").mkdir()
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    copied(tmp_path)
    return tmp_path


def is_one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n") and "Traceback" not in text


# --- exit codes, stdout and stderr ----------------------------------------------------------------


@pytest.mark.parametrize(("file", "code"), [(GOOD, 0), (BAD, 1), (OTHER, 1)])
def test_the_exit_code_tells_fine_data_from_faulty(place: Path, file: str, code: int) -> None:
    done = run(place, "validate", file)
    assert done.returncode == code and file in done.stdout and done.stderr == ""


def test_a_missing_file_is_told_on_stderr_and_the_others_are_judged(place: Path) -> None:
    done = run(place, "validate", "missing.csv", GOOD, BAD)
    assert done.returncode == 2
    assert is_one_sentence(done.stderr) and "missing.csv" in done.stderr
    assert GOOD in done.stdout and BAD in done.stdout and "missing.csv" not in done.stdout


def test_a_portal_that_does_not_answer_is_3(work: Path) -> None:
    with server(lambda _: None) as address:
        pass  # nobody listens there any more
    done = run(work, "publish", GOOD, "--portal", address, CKAN_API_TOKEN="secret-word")
    assert done.returncode == 3 and is_one_sentence(done.stderr) and address in done.stderr
    assert "secret-word" not in done.stdout + done.stderr
    assert run(work, "publish", GOOD, "--portal", address).returncode == 2  # no token at all


def test_our_own_fault_is_4_with_a_log_and_no_traceback(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "odtool", tmp_path / "odtool", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "odtool", "datasets"]  # the folder datapackages did not come along
    for lang, words in (("ja", "不具合"), ("en", "odtool itself failed")):
        env = environment(PYTHONPATH=str(tmp_path), TMPDIR=str(tmp_path), PYTHONUTF8="1", ODTOOL_LANG=lang)
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 4 and done.stdout == ""
        assert is_one_sentence(done.stderr) and words in done.stderr
        logs = [log for log in tmp_path.glob("odtool-*.log") if str(log) in done.stderr]
        assert len(logs) == 1
        told = logs[0].read_text("utf-8")
        assert "Traceback" in told and "datapackages" in told and f"odtool {__version__}" in told


# --- files that are no tables -----------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    ("name", "ja", "en"),
    [
        ("empty.csv", "空です", "empty"),
        ("blank.csv", "空です", "empty"),
        ("header.csv", "データの行がありません", "no data"),
        ("scan.pdf", "PDF", "PDF"),
        ("scan.csv", "PDF", "PDF"),
        ("old.xls", "xlsx", "xlsx"),
        ("page.csv", "HTML", "HTML"),
        ("packed.xlsx", "zip", "zip"),
        ("packed.csv", "zip", "zip"),
        ("nothing.csv", "zip", "zip"),
    ],
)
def test_a_file_that_is_no_table_is_named_for_what_it_is(
    place: Path, name: str, ja: str, en: str, lang: str
) -> None:
    done = run(place, "validate", f"broken/{name}", "--format", "json", "--lang", lang)
    assert done.returncode == 1 and done.stderr == ""
    (file,) = json.loads(done.stdout)["files"]
    (finding,) = file["findings"]
    assert file["status"] == "invalid" and file["reason"]
    assert {"ja": ja, "en": en}[lang] in finding["message"]
    assert finding["message"].endswith(("。", "."))  # the advice is there to its end


def test_broken_bytes_are_told_with_their_place(place: Path) -> None:
    done = run(place, "validate", "samples/141500_aed.csv")
    assert done.returncode == 1 and "25行目" in done.stdout and "9,225バイト目" in done.stdout
    done = run(place, "validate", "broken/noise.csv")
    assert done.returncode == 1 and done.stderr == ""


def test_a_workbook_bomb_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "bomb.xlsx").write_bytes(bomb(600))
    started = time.monotonic()
    done = run(tmp_path, "validate", "bomb.xlsx")
    assert done.returncode == 1 and done.stderr == "" and "MB" in done.stdout
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_folder_without_tables_is_wrong_usage(place: Path, lang: str) -> None:
    for command in (
        ["validate"],
        ["identify"],
        ["publish", "--ledger", "none.sqlite"],
        ["demo", "-o", "out"],
    ):
        done = run(place, *command, "nothing", "--lang", lang)
        assert done.returncode == 2 and done.stdout.strip() in (
            "",
            "1. ファイルを確認します",
            "1. Judge the files",
        )
        assert is_one_sentence(done.stderr), (command, done.stderr)


def test_a_place_that_cannot_be_read_is_told_and_the_others_are_judged(place: Path, tmp_path: Path) -> None:
    (tmp_path / "dangling.csv").symlink_to("/nowhere/at/all.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    for path in (
        f"{place}/{GOOD}/inside.csv",
        f"{tmp_path}/dangling.csv",
        f"{tmp_path}/loop.csv",
        "",
        "x" * 300,
    ):
        done = run(place, "validate", path, GOOD)
        assert done.returncode == 2 and is_one_sentence(done.stderr), (path, done.stderr)
        assert done.stdout.count("○") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_or_folder_without_permission_is_told(work: Path) -> None:
    (work / GOOD).chmod(0)
    assert is_one_sentence(run(work, "validate", GOOD).stderr)
    (work / "samples").chmod(0)
    done = run(work, "validate", "samples")
    (work / "samples").chmod(0o755)
    assert done.returncode == 2 and is_one_sentence(done.stderr)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_inside_that_is_closed_is_told_and_the_rest_is_judged(work: Path) -> None:
    closed = work / "samples" / "closed"
    closed.mkdir()
    closed.chmod(0)
    done = run(work, "validate", "samples")
    closed.chmod(0o755)
    assert done.returncode == 2 and is_one_sentence(done.stderr) and "closed" in done.stderr
    assert "261009_aed.csv" in done.stdout


def test_standard_input_is_a_file_too(place: Path) -> None:
    done = run(place, "validate", "-", stdin=(SAMPLES / Path(GOOD).name).read_bytes())
    assert done.returncode == 0 and "200行" in done.stdout and done.stderr == ""
    assert run(place, "validate", "-").returncode == 1  # nothing came
    done = run(place, "publish", "-", "--ledger", "none.sqlite")
    assert done.returncode == 2 and is_one_sentence(done.stderr)


# --- wrong usage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("aed", "standard-aed"), ("standard-aedd", "standard-aed"), ("sandard-tourism", "standard-tourism"),
     ("public-toilet", "public_toilet"), ("zzz", "odtool datasets")],
)  # fmt: skip
def test_a_dataset_that_is_not_there_names_those_near(place: Path, wanted: str, near: str) -> None:
    for command in (["validate", GOOD, "--dataset"], ["datasets"]):
        done = run(place, *command, wanted)
        assert done.returncode == 2 and done.stdout == "" and is_one_sentence(done.stderr)
        assert wanted in done.stderr and near in done.stderr


@pytest.mark.parametrize(("wanted", "near"), [("date", "date-format"), ("date-fromat", "date-format")])
def test_a_rule_that_is_not_there_names_those_near(place: Path, wanted: str, near: str) -> None:
    done = run(place, "explain", wanted)
    assert done.returncode == 2 and is_one_sentence(done.stderr) and near in done.stderr


@pytest.mark.parametrize(
    "schema",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '{"fields": []}',
        '{"fields": "名称"}',
        '{"fields": [{"type": "string"}]}',
        '{"fields": [{"name": "NO"}, {"name": "NO"}]}',
        '{"fields": [{"name": "NO"}], "primaryKey": "ID"}',
        '{"fields": [{"name": "NO", "constraints": {"pattern": "("}}]}',
        '{"fields": [{"name": "NO", "constraints": {"enum": 5}}]}',
        '{"fields": [{"name": "NO", "constraints": {"minLength": "x"}}]}',
        '{"fields": [{"name": "NO", "type": "integer", "constraints": {"minimum": "x"}}]}',
        '{"fields": [{"name": "NO", "constraints": []}], "missingValues": 5}',
    ],
)
def test_a_schema_that_is_none_is_wrong_usage(tmp_path: Path, place: Path, schema: str) -> None:
    (tmp_path / "schema.json").write_text(schema, "utf-8")
    done = run(place, "validate", GOOD, "--schema", str(tmp_path / "schema.json"))
    assert done.returncode == 2 and done.stdout == "" and is_one_sentence(done.stderr), done.stderr
    assert "schema.json" in done.stderr


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", GOOD, "--dataset", "standard-aed", "--schema", "x.json"],
        ["validate", GOOD, "--schema", "missing.json"],
        ["validate", GOOD, "--date", "tomorrow", "--format", "json"],
        ["validate", GOOD, "-o", "no/such/folder/report.html", "--format", "html"],
        ["apply", "missing.json"],
        ["apply", GOOD],
        ["publish", GOOD, "--portal", "nobody"],
        ["publish", GOOD, "--municipality", "123456"],
        ["publish", GOOD, "--config", "missing.toml"],
        ["coverage", "--ledger", "missing.sqlite"],
        ["coverage", "--ledger", GOOD],
        ["coverage", "--prefecture", "京都府", "--municipalities", "x.csv"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_sentence_on_stderr(work: Path, arguments: Sequence[str], lang: str) -> None:
    done = run(work, *arguments, "--lang", lang)
    assert done.returncode == 2 and done.stdout == "" and is_one_sentence(done.stderr), done.stderr
    assert bool(JAPANESE.search(done.stderr.replace("京都府", ""))) is (lang == "ja")


@pytest.mark.parametrize(
    "arguments", [["vaildate", GOOD], ["validate"], ["validate", "--nope", GOOD], ["validate", "--limit", "x", GOOD],
                  ["validate", "--format", "xml", GOOD], ["validate", "--jobs", "0", GOOD]]
)  # fmt: skip
def test_a_call_that_cannot_be_parsed_says_so(place: Path, arguments: Sequence[str]) -> None:
    done = run(place, *arguments)
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr
    assert "--help" in done.stderr and JAPANESE.search(done.stderr)
    english = run(place, *arguments, ODTOOL_LANG="en").stderr
    assert "--help" in english and not JAPANESE.search(english)


# --- the language -------------------------------------------------------------------------------------


def ours(text: str) -> str:
    """Without what is quoted from the data: “…”, suggestions, names of files."""
    return re.sub(r"“[^”]*”|→ .*|\S*\.(csv|xlsx)", "", text)


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", GOOD],
        ["validate", OTHER],
        ["validate", "broken"],
        ["identify", GOOD, OTHER],
        ["identify", "--json", GOOD],
        ["datasets"],
    ],
    ids=" ".join,
)
def test_english_holds_no_japanese_of_ours(place: Path, arguments: Sequence[str]) -> None:
    done = run(place, *arguments, "--lang", "en")
    assert not JAPANESE.search(ours(done.stdout + done.stderr)), ours(done.stdout)
    assert done.stdout == run(place, *arguments, ODTOOL_LANG="en").stdout != run(place, *arguments).stdout


def test_the_option_is_stronger_than_the_variable(place: Path) -> None:
    assert JAPANESE.search(run(place, "rules", "--lang", "ja", ODTOOL_LANG="en").stdout)
    done = run(place, "validate", "missing.csv", "--lang", "ja", ODTOOL_LANG="en")
    assert JAPANESE.search(done.stderr)


def test_english_lines_break_between_words(place: Path) -> None:
    said = run(place, "validate", "broken/empty.csv", BAD, "--lang", "en").stdout
    assert "the data from row 2" in " ".join(said.split())


# --- terminals ----------------------------------------------------------------------------------------


def on_terminal(cwd: Path, *arguments: str, **variables: str) -> tuple[str, int]:
    """What a terminal shows: stdout and stderr are both a pty."""
    import pty

    ours, theirs = pty.openpty()
    env = environment(TERM="xterm-256color", PYTHONUTF8="1", **variables)
    child = subprocess.Popen(
        [ODTOOL, *arguments], cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not data:
            break
        shown += data
    os.close(ours)
    return shown.decode("utf-8", "replace"), child.wait()


def test_colours_and_the_bar_are_for_terminals_only(place: Path) -> None:
    done = run(place, "validate", "samples")
    assert "\x1b" not in done.stdout and done.stderr == ""
    shown, code = on_terminal(place, "validate", "samples")
    assert code == 1 and "\x1b[31m" in shown and "確認中" in shown and "100%" in shown
    shown, code = on_terminal(place, "validate", "samples", NO_COLOR="1")
    assert code == 1 and not re.search("\x1b\\[[0-9;]*m", shown) and "確認中" in shown


def test_a_report_in_a_file_has_no_colours(work: Path) -> None:
    shown, code = on_terminal(work, "validate", BAD, "-o", "report.txt")
    assert code == 1 and "\x1b" not in shown
    assert "\x1b" not in (work / "report.txt").read_text("utf-8")


def long_run(folder: Path) -> list[str]:
    """A validate that takes minutes, on links to one large file."""
    head, *rows = (SAMPLES / Path(GOOD).name).read_bytes().splitlines(keepends=True)
    (folder / "0.csv").write_bytes(head + b"".join(rows * 200))
    for number in range(1, 300):
        (folder / f"{number}.csv").hardlink_to(folder / "0.csv")
    return ["validate", str(folder)]


@pytest.mark.parametrize("more", [[], ["--jobs", "2"], ["--lang", "en"]], ids=["alone", "jobs", "english"])
def test_an_interrupt_ends_with_one_sentence(tmp_path: Path, more: Sequence[str]) -> None:
    child = subprocess.Popen(
        [ODTOOL, *long_run(tmp_path), *more],
        env=environment(PYTHONUTF8="1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    time.sleep(1)
    os.killpg(child.pid, signal.SIGINT)  # what a terminal sends: everybody in the group gets it
    out, err = child.communicate(timeout=20)
    assert child.returncode == 130
    said = err.decode().strip()
    assert out == b"" and "\n" not in said
    if "en" in more:
        assert said.startswith("Interrupted. No file was changed. The same command") and "the rest" in said
    else:
        assert (
            said.startswith("中断しました。元のファイルは変えていません。同じコマンド")
            and "残りから続けます" in said
        )


def test_a_closed_pipe_is_no_error(work: Path) -> None:
    """As in `odtool … | head -1`."""
    long = ["samples"] * 4  # prints more than a pipe holds
    for arguments in (
        ["validate", *long],
        ["validate", "--format", "json", *long],
        ["publish", "samples"],
        ["rules"],
    ):
        child = subprocess.Popen(
            [ODTOOL, *arguments], cwd=work, env=environment(PYTHONUTF8="1", PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout and child.stderr
        if "rules" not in arguments:
            child.stdout.read(1)
        child.stdout.close()
        said = child.stderr.read().decode()
        child.stderr.close()
        # Publishing goes on, and says where its end can be seen.
        told = (
            "",
            "ここから先は出力先に書けませんが、作業は続けます。結果は odtool history で見られます。\n",
        )
        allowed = told if "publish" in arguments else told[:1]
        assert child.wait() in (0, 1) and said in allowed, (arguments[:2], said)


HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07.csv",
    "two\nlines.csv",
    "\u202egnp.csv",
    "-o.csv",
    "--help",
    "{row}%s.csv",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_is_shown_safely(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    shutil.copy(ROOT / "tests" / GOOD, folder / name)
    (folder / "there.txt").write_bytes(b"")
    for command in (
        ["validate", "--", name],
        ["validate", "--", name + "x"],  # missing
        ["validate", "--", "there.txt", name],
        ["identify", "--", name],
        ["plan", "--ledger", "../ledger", "--", name],
        ["publish", "--ledger", "../ledger", "--portal", "folder:../portal", "--", name],
        ["validate", "--schema", name, "--", name],
    ):
        done = run(folder, *command)
        said = done.stdout + done.stderr
        assert done.returncode in (0, 1, 2), said
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", said), (command, said)
        assert "two\nlines" not in said


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp932"])
def test_a_console_that_cannot_show_japanese_does_not_matter(work: Path, encoding: str) -> None:
    for arguments, code in (
        (["validate", GOOD, BAD], 1),
        (["validate", "missing.csv"], 2),
        (["vaildate"], 2),
        (["identify", GOOD], 0),
        (["rules"], 0),
        (["--help"], 0),
        (["plan", GOOD, BAD], 1),
        (["publish", GOOD, BAD], 1),
        (["demo", GOOD, BAD], 0),
        (["coverage"], 0),
    ):
        done = run(work, *arguments, encoding=None, PYTHONIOENCODING=encoding)
        assert done.returncode == code, (arguments, done.stderr)
        shown = done.stdout.decode()  # what goes to a file or a pipe is UTF-8 from first to last
        assert JAPANESE.search(shown) or code == 2


def test_the_locale_c_does_not_matter(work: Path) -> None:
    for variables in ({"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        done = run(work, "demo", "samples", **variables)
        assert done.returncode == 0 and "直してから" in done.stdout and done.stderr == ""
        named = "samples/京都市.csv"
        shutil.copy(work / GOOD, work / named)
        assert run(work, "validate", named, **variables).returncode == 0


# --- quick to start -------------------------------------------------------------------------------------


def loaded(cwd: Path, *arguments: str) -> tuple[set[str], str]:
    """The heavy modules a call imports, and what it prints."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('LOADED', *(m for m in {HEAVY} if m in sys.modules), file=sys.stderr))\n"
        "from odtool.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, env=environment(PYTHONUTF8="1"),
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    last = done.stderr.splitlines()[-1].split()
    assert last[0] == "LOADED", done.stderr
    return set(last[1:]), done.stdout


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_is_there_and_loads_nothing_heavy(place: Path, command: str) -> None:
    modules, shown = loaded(place, command, "--help")
    assert not modules & {"ckanapi", "frictionless", "jinja2", "polars", "requests", "python_calamine"}
    assert "--lang" in shown or "\nCommands:\n" in shown  # of a group, each has its own
    assert JAPANESE.search(shown) and re.search(r"^  [A-Z][a-z]+ [a-z]+", shown, re.MULTILINE)


def test_the_programs_own_help_tells_the_exit_codes_and_every_command(place: Path) -> None:
    modules, shown = loaded(place, "--help")
    assert not modules & {"ckanapi", "frictionless", "jinja2", "polars", "requests"}
    assert all(f"  {code}  " in shown for code in range(5))
    assert all(re.search(rf"^  {command} ", shown, re.MULTILINE) for command in cli.COMMANDS)
    assert run(place, "-h").stdout == run(place, "--help").stdout
    assert __version__ in run(place, "--version").stdout


@pytest.mark.parametrize(
    "arguments", [["validate", GOOD], ["validate", "--format", "json", BAD], ["identify", GOOD]]
)
def test_a_small_file_is_judged_without_anything_heavy(place: Path, arguments: Sequence[str]) -> None:
    modules, shown = loaded(place, *arguments)
    assert modules == set() and shown


def test_publishing_into_a_folder_needs_no_ckan_client(work: Path) -> None:
    modules, _ = loaded(work, "publish", GOOD)
    assert not modules & {"ckanapi", "frictionless", "polars", "requests"}


# --- what the commands print ------------------------------------------------------------------------------


def test_identify_names_dataset_edition_and_reason(place: Path) -> None:
    done = run(place, "identify", GOOD, OTHER)
    assert done.returncode == 1 and done.stderr == ""
    known, unknown = done.stdout.splitlines()
    assert "suisho-aed" in known and "推奨データセット" in known and "合うデータセットはありません" in unknown
    answers = json.loads(run(place, "identify", "--json", GOOD, OTHER).stdout)
    assert [answer["path"] for answer in answers] == [GOOD, OTHER]
    assert answers[0]["candidates"][0]["fits"] and not any(c["fits"] for c in answers[1]["candidates"])


def test_rules_and_datasets_are_listed_and_explained(place: Path) -> None:
    listed = [line.split()[0] for line in run(place, "rules").stdout.splitlines()]
    assert sorted(listed) == sorted([*CRITERIA, *RULES])
    listed = [line.split()[0] for line in run(place, "datasets").stdout.partition("\n\n")[0].splitlines()]
    assert listed == sorted(datasets())
    assert "郵便番号" in run(place, "explain", "postcode-format").stdout
    assert "緯度" in run(place, "datasets", "standard-aed").stdout


def test_a_plan_is_carried_out_exactly_or_not_at_all(work: Path) -> None:
    where = ["--portal", "folder:portal"]
    done = run(work, "plan", "samples", *where, "-o", "plan.json", "--detailed-exitcode")
    assert done.returncode == 1 and "公開しない 9件" in done.stdout and not (work / "portal").exists()
    done = run(work, "apply", "plan.json")
    assert done.returncode == 1 and "新規 9件" in done.stdout and done.stderr == ""
    done = run(work, "apply", "plan.json")  # its time has passed
    assert (done.returncode in (1, 2, 3) and "新規 0件" in done.stdout) or is_one_sentence(done.stderr)
    assert run(work, "plan", GOOD, *where, "--detailed-exitcode").returncode == 0
    done = run(work, "publish", "samples", *where)
    assert done.returncode == 1 and "変更はありませんでした" in done.stdout


def test_two_programs_at_once_share_a_ledger(work: Path) -> None:
    def publish(number: int) -> None:
        codes.append(run(work, "publish", GOOD, "--portal", f"folder:portal{number}").returncode)

    codes: list[int] = []
    threads = [threading.Thread(target=publish, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0] * 4
    assert run(work, "coverage").stdout.count("京都市") == 1
