"""Every example of the README is run. After a change of what is printed: python -m tests.test_readme"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from odtool import cli
from odtool.clock import JST
from tests.test_cli import ROOT, copied, environment

README = ROOT / "README.md"
DAY = "2026-12-01"  # stands for today
EXAMPLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def refreshed(text: str) -> str:
    """The same text with what the commands print now. They run one after the other in one folder."""
    with tempfile.TemporaryDirectory() as folder:
        copied(Path(folder))
        return EXAMPLE.sub(lambda block: "".join(session(block[0], Path(folder))), text)


def session(block: str, folder: Path) -> Iterator[str]:
    """The commands of the block, each followed by all that it prints, on whichever stream."""
    today = datetime.now(JST).date().isoformat()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in commands(block):
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment(PATH=path, PYTHONUTF8="1"),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        yield f"$ {command}\n"
        for line in done.stdout.decode().replace(today, DAY).splitlines():
            yield f"{line.rstrip()}\n"


def commands(text: str) -> list[str]:
    return [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]


def test_every_example_shows_what_the_program_prints() -> None:
    text = README.read_text("utf-8")
    assert refreshed(text) == text


def test_the_settings_that_it_shows_are_settings_without_a_mistake(tmp_path: Path) -> None:
    blocks = re.findall(r"(?<=^```toml\n).*?(?=^```$)", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "odtool.toml").write_text("".join(blocks), "utf-8")
    done = subprocess.run([sys.executable, "-m", "odtool", "jobs", "check"], cwd=tmp_path, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, check=False)  # fmt: skip
    said = done.stdout.decode()
    # It came to look into the folders, which are not here.
    assert "jobs.nightly.sources" in said, done.stderr.decode()
    wrong = [line for line in said.splitlines() if line.startswith("問題")]
    assert all(".sources" in line or "token" in line for line in wrong), wrong


def test_both_languages_name_every_command() -> None:
    for text in README.read_text("utf-8").split("\n## English\n"):
        missing = [name for name in cli.COMMANDS if not re.search(rf"\bodtool {name}\b", text)]
        assert missing == []


def test_the_examples_call_commands_that_there_are() -> None:
    examples = commands("".join(EXAMPLE.findall(README.read_text("utf-8"))))
    shown = {command.split()[1] for command in examples if command.startswith("odtool ")}
    assert shown <= set(cli.COMMANDS)


def test_every_page_it_names_is_there() -> None:
    for page in (README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
        missing = [target for target in targets if not (page.parent / target).exists()]
        assert missing == [], page.name


def test_both_languages_name_every_exit_code() -> None:
    japanese, english = README.read_text("utf-8").split("\n## English\n")
    for text in (japanese, english):
        assert all(f"\n| {code} | " in text for code in range(5))


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text("utf-8")), encoding="utf-8", newline="\n")
