"""odtool jobs: what is declared, whether it is right, and the system's own timer for it."""

import os
import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from odtool import clock
from odtool.cli import options
from odtool.text import pad, visible, width

if TYPE_CHECKING:
    from odtool.jobs.settings import Jobs


@click.group()
def jobs() -> None:
    """odtool.toml の [jobs] を確かめ（check）、一覧にし（list）、決まった時刻に動くように登録します（install）。実行は odtool run です。

    Checks the [jobs] of odtool.toml, lists them, and installs their timers. odtool run runs them.
    """


def _stating(command: Any) -> Any:
    return click.option("--state", metavar="DIR",
                        help="ログ・実行のページなどのフォルダー（既定は odtool.toml の隣の odtool-jobs） / where logs and pages go.")(command)  # fmt: skip


_config = click.option("--config", "config_path", metavar="FILE",
                       help="設定ファイル（既定は odtool.toml） / settings, odtool.toml by default.")  # fmt: skip


@jobs.command()
@click.argument("names", nargs=-1, metavar="[JOB]...")
@_config
@_stating
@options.lang
def check(*, names: tuple[str, ...], config_path: str | None, state: str | None, lang: str) -> int:
    """設定の誤りを行番号で示し、届かないフォルダー、ないトークン、遅れているジョブを知らせます。何も書き込まず、送りません。

    Tells by line what is off in the settings, which folders cannot be reached, which tokens are missing and which jobs
    are late. Nothing is written or sent. Exit code 2 where something is wrong.
    """
    from odtool.jobs import place, settings
    from odtool.jobs.checkup import checkup

    try:
        declared = settings.read(config_path)
    except settings.MistakesError as error:
        for each in error.each:
            click.echo(visible(each.text(lang), 2_000), err=True)
        return error.exit_code
    wanted = declared.chosen(names)
    folder = place.places(declared, state)
    now = datetime.now().astimezone()  # this machine's clock, by which timers go
    marks = {"ok": ("可", "ok"), "warning": ("注意", "mind"), "problem": ("問題", "wrong")}
    code, wrong = 0, 0
    for remark in checkup(declared, wanted, folder, environment=os.environ, now=now):
        where = ".".join(filter(None, (remark.about, remark.place)))
        if remark.level != "ok" and (line := _line(declared, remark.about, remark.place)):
            told = (
                f"{declared.path.name}, line {line}" if lang == "en" else f"{declared.path.name} の{line}行目"
            )
            where += f": {told}"
        click.echo(
            visible(f"{pad(marks[remark.level][lang == 'en'], 5)} {where}: {remark.text(lang)}", 2_000)
        )
        code = max(code, remark.code)
        wrong += remark.level == "problem"
    click.echo(
        f"{len(wanted)} jobs, {wrong} problems" if lang == "en" else f"ジョブ {len(wanted)}件、問題 {wrong}件"
    )
    return code


def _line(declared: "Jobs", about: str, place: str) -> int | None:
    """The line of the settings that the remark is about; None where it is about none of them."""
    kind, _, name = about.partition(".")
    return declared.line(kind, name, place) if name else None


@jobs.command(name="list")
@_config
@_stating
@options.lang
def listed(*, config_path: str | None, state: str | None, lang: str) -> int:
    """ジョブの公開先、予定、次に動く時刻、前の結果を一覧にします。

    Lists the jobs: portal, schedule, when each is due next, and how it ended last.
    """
    from odtool.jobs import heartbeat, place, settings
    from odtool.jobs.place import Place
    from odtool.jobs.schedule import abroad
    from odtool.jobs.summary import CODES

    declared = settings.read(config_path)
    folder = place.places(declared, state)
    en, now = lang == "en", datetime.now().astimezone()
    rows = [
        ("Job", "Portal", "Schedule", "Next", "Last run")
        if en
        else ("ジョブ", "公開先", "予定", "次", "前の実行")
    ]
    for job in declared.chosen(()):
        following = job.schedule.next(now) if job.schedule else None
        mark = heartbeat.last(Place(folder / job.name))
        ended = "–"
        if mark:
            word = (
                CODES.get(mark.exit_code, CODES[4])[en]
                if mark.exit_code is not None
                else ("not ended" if en else "終わっていません")
            )
            ended = f"{heartbeat.local(mark.started, now)[:16].replace('T', ' ')} {word}"
        when = following.strftime("%Y-%m-%d %H:%M") if following else "–"
        text = job.schedule.text if job.schedule else ("by hand" if en else "手動")
        rows.append((job.name, visible(job.portal, 40), visible(text, 40), when, ended))
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(map(pad, row, widths)).rstrip())
    if any(job.schedule for job in declared.chosen(())) and any(told := abroad(now)):
        click.echo(f"\n{told[en]}")
    return 0


@jobs.command()
@click.argument("names", nargs=-1, metavar="[JOB]...")
@click.option(
    "--systemd", "kind", flag_value="systemd", help="Linux: systemd のタイマー / systemd timers of this user."
)
@click.option(
    "--cron", "kind", flag_value="cron", help="Linux・Unix: crontab の行 / lines of this user's crontab."
)
@click.option(
    "--windows", "kind", flag_value="windows", help="Windows: タスク スケジューラの XML / tasks to import."
)
@click.option("--print", "printing", is_flag=True, help="書き込まずに表示する / show it, write nothing.")
@click.option("-o", "--output", metavar="DIR", type=click.Path(file_okay=False),
              help="書くフォルダー（systemd と Windows） / where to write it.")  # fmt: skip
@_config
@_stating
@options.lang
def install(
    *,
    names: tuple[str, ...],
    kind: str | None,
    printing: bool,
    output: str | None,
    config_path: str | None,
    state: str | None,
    lang: str,
) -> int:
    """schedule のあるジョブを、決まった時刻に動くように登録します。まだ手ですることがあれば示します。

    Installs timers for the jobs that have a schedule, and tells what is left to do by hand.
    """
    from odtool.jobs import place, settings
    from odtool.jobs.install import Call, install_cron, scheduled, systemd
    from odtool.jobs.install import crontab as crontab_of
    from odtool.jobs.windows import task

    declared = settings.read(config_path)
    wanted = scheduled(declared.chosen(names))
    kind = kind or ("windows" if sys.platform == "win32" else "systemd")
    call = Call(declared.path.absolute(), state=str(Path(state).absolute()) if state else "")
    en = lang == "en"
    if kind == "cron":
        if printing:
            click.echo(crontab_of("", wanted, call), nl=False)
            return 0
        named = {job.name for job in declared.chosen(names)}
        install_cron(wanted, call, others=declared.jobs.keys() - named)
        click.echo(
            f"{len(wanted)} jobs are in the crontab now."
            if en
            else f"crontab に {len(wanted)}件のジョブを登録しました。"
        )
        return 0
    files: dict[str, str | bytes] = {}
    for job, when in wanted:
        if kind == "systemd":
            files.update(systemd(job, when, call))
        else:
            files[f"odtool-{job.name}.xml"] = task(job, when, call, clock.today()).encode("utf-16")
    if printing:
        for name, text in files.items():
            shown = text.decode("utf-16") if isinstance(text, bytes) else text
            click.echo(f"# {name}\n{shown}" if kind == "systemd" else shown)
        return 0
    target = Path(output).absolute() if output else _usual(kind, declared.path.absolute().parent)
    for name, text in files.items():
        place.write(target / name, text)
        click.echo(f"{target / name}")
    _next(kind, [job.name for job, _ in wanted], target, lang)
    return 0


def _usual(kind: str, base: Path) -> Path:
    if kind == "windows":
        return base
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _next(kind: str, names: list[str], target: Path, lang: str) -> None:
    """What a person has to do now."""
    if kind == "systemd":
        click.echo(
            "Now run, as this user:"
            if lang == "en"
            else "続けて、この利用者で次を実行してください（最後の行は、ログインしていなくても動かすため）:"
        )
        if target != _usual(kind, target):  # where systemd does not look by itself
            for name in names:
                units = (str(target / f"odtool-{name}.{suffix}") for suffix in ("service", "timer"))
                click.echo(f"  systemctl --user link {shlex.join(units)}")
        click.echo("  systemctl --user daemon-reload")
        click.echo("  systemctl --user enable --now " + " ".join(f"odtool-{name}.timer" for name in names))
        click.echo("  loginctl enable-linger")
        return
    click.echo(
        "Now run, in a command prompt (it asks for the password of the account that the task runs as):"
        if lang == "en"
        else "続けて、コマンド プロンプトで次を実行してください（タスクを動かすアカウントのパスワードを尋ねられます）:"
    )
    for name in names:
        click.echo(
            f'  schtasks /Create /TN "odtool\\{name}" /XML "{target / f"odtool-{name}.xml"}" /RU "%USERDOMAIN%\\%USERNAME%" /RP *'
        )
