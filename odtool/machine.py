"""odtool doctor without a portal: this machine. Python, packages, the console, places to write, the settings."""

import importlib.metadata
import importlib.util
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from odtool import __version__, trust, turn
from odtool.doctor import Finding, not_checked, of_space, of_trust
from odtool.errors import UsageError
from odtool.judging import cache
from odtool.places import existing, free, writable
from odtool.settings import config
from odtool.text import visible

LEAST = (3, 11)
_SHOWN = "公開しました髙﨑①𠮷"
"""What a console should be able to show."""
# Optional: the name to import, why one would want it.
EXTRAS = {
    "polars": ("fast", "大きなファイルを速く確認できます", "large files are checked faster"),
    "keyring": ("keyring", "トークンをキーリングに置けます", "tokens can be kept in the keyring"),
}


def findings(config_path: str | None, stdout: TextIO) -> Iterator[Finding]:
    yield _python()
    yield from _packages()
    yield _console(stdout)
    yield from _places()
    yield _trust()
    yield settings(config_path)


def _python() -> Finding:
    found = platform.python_version()
    facts = {"python": found, "odtool": __version__, "system": platform.platform(terse=True)}
    ja = f"odtool {__version__}、Python {found}、{facts['system']} です。"
    en = f"odtool {__version__} on Python {found}, {facts['system']}."
    if sys.version_info[:2] < LEAST:
        return Finding("python", "problem", ja, en, "Python 3.11 以上で入れ直してください。", "Install it with Python 3.11 or later.",
                       side="here", facts=facts)  # fmt: skip
    return Finding("python", "ok", ja, en, facts=facts)


def _trust() -> Finding:
    try:
        trust.context()
    except trust.TrustError as error:
        return Finding("trust", "problem", error.ja, error.en, side="here")
    return of_trust(trust.trusted())


def _packages() -> Iterator[Finding]:
    """Those that odtool needs, as its own metadata names them, and the optional ones."""
    needed = _required()
    if not needed:
        yield not_checked(
            "packages", "odtool がパッケージとして入っていません", "odtool is not installed as a package"
        )
    versions = {name: _version(name) for name in needed}
    missing = [name for name, version in versions.items() if not version]
    listed = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    facts = {"packages": versions}
    if missing:
        yield Finding(
            "packages", "problem", f"要る部品がありません: {', '.join(missing)}。", f"Packages are missing: {', '.join(missing)}.",
            "pip install --force-reinstall odtool で入れ直してください。", "Run pip install --force-reinstall odtool.",
            side="here", facts=facts,
        )  # fmt: skip
    elif needed:
        yield Finding("packages", "ok", f"要る部品はそろっています（{listed}）。", f"All packages are there ({listed}).", facts=facts)  # fmt: skip
    for name, (extra, ja, en) in EXTRAS.items():
        version = _version(name)
        of_one = {"package": name, "version": version or None}
        if version and importlib.util.find_spec(name):
            yield Finding("packages", "ok", f"{name} {version} があり、{ja}。", f"With {name} {version} {en}.", facts=of_one)  # fmt: skip
        else:
            yield Finding(
                "packages", "ok", f"{name} はありません（なくても使えます。あれば、{ja}）。", f"Without {name}, which is optional: with it {en}.",
                f"要るときは pip install 'odtool[{extra}]' で入ります。", f"If wanted: pip install 'odtool[{extra}]'.", facts=of_one,
            )  # fmt: skip


def _required() -> list[str]:
    try:
        stated = importlib.metadata.requires("odtool") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return [re.split(r"[\s;<>=!~\[(]", text, maxsplit=1)[0] for text in stated if "extra ==" not in text]


def _version(name: str) -> str:
    """The version installed; "" where there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _console(stdout: TextIO) -> Finding:
    encoding, screen = stdout.encoding or "?", stdout.isatty()
    facts = {"encoding": encoding, "terminal": screen}
    try:
        _SHOWN.encode(encoding)
    except (UnicodeError, LookupError):
        return Finding(
            "console", "warning", f"画面の文字コードは {encoding} で、表示できない文字は「?」になります。", f"The console's encoding is {encoding}; what it cannot show becomes “?”.",
            "環境変数 PYTHONUTF8=1 を設定するか、結果を -o でファイルに書いてください。", "Set PYTHONUTF8=1, or write results into a file with -o.",
            side="here", facts=facts,
        )  # fmt: skip
    return Finding("console", "ok", f"{'画面' if screen else '出力'}の文字コードは {encoding} です。",
                   f"The encoding of the {'console' if screen else 'output'} is {encoding}.", facts=facts)  # fmt: skip


def _places() -> Iterator[Finding]:
    """Where odtool writes: the current folder, temporary files, locks, the cache."""
    try:
        temporary = Path(tempfile.gettempdir())
    except OSError:
        yield Finding("places", "problem", "一時ファイルを置ける場所がありません。", "There is no place for temporary files.",
                      "環境変数 TMPDIR（Windows では TEMP）に、書き込めるフォルダーを指定してください。",
                      "Name a folder that can be written to in TMPDIR (TEMP on Windows).", side="here")  # fmt: skip
        return
    for place, ja, en, variable in (
        (
            Path.cwd(),
            "今のフォルダー（台帳を置く場所）",
            "the current folder, where the ledger goes",
            "ODTOOL_LEDGER",
        ),
        (temporary, "一時ファイル", "temporary files", "TMPDIR"),
        (turn.folder(), "ロック", "locks", "ODTOOL_STATE"),
        (cache.folder(), "確認結果の控え", "the cache", "ODTOOL_CACHE"),
    ):
        shown, there = visible(str(place), 200), existing(place)
        facts = {"place": str(place), "for": en}
        if writable(there):
            yield Finding("places", "ok", f"{ja}に書き込めます: {shown}", f"Can be written to ({en}): {shown}", facts=facts)  # fmt: skip
        else:
            yield Finding("places", "warning", f"{ja}に書き込めません: {shown}", f"Cannot be written to ({en}): {shown}",
                          f"別の場所を環境変数 {variable} で指定できます。", f"Name another place in {variable}.",
                          side="here", facts=facts)  # fmt: skip
    yield of_space(str(Path.cwd()), free(Path.cwd()))


def settings(config_path: str | None) -> Finding:
    """Which file the settings come from, and which portals it declares."""
    path = Path(config_path or config.FILE).absolute()
    shown = visible(str(path), 200)
    try:
        declared = config.portals(config_path)
    except UsageError as error:
        return Finding("settings", "problem", visible(error.ja, 1_000), visible(error.en, 1_000), side="here")
    if not path.exists():
        return Finding(
            "settings", "ok", f"設定ファイル {shown} はありません（なくても使えます）。", f"There is no file of settings {shown}; it is not needed.",
            "公開先を決めて名前で呼ぶには odtool.toml を作ります（書き方は docs/settings.md）。",
            "To call a portal by a name of its own, write an odtool.toml (see docs/settings.md).",
        )  # fmt: skip
    names = ", ".join(declared) or "-"
    return Finding("settings", "ok", f"設定ファイル {shown} を読めました。公開先: {names}", f"The settings {shown} were read. Portals: {names}",
                   facts={"file": str(path), "portals": list(declared)})  # fmt: skip
