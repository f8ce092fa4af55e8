"""odtool.toml → the jobs it declares and those who are to be told. Messages name the line."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar, cast
from urllib.parse import urlsplit

from odtool.errors import UsageError
from odtool.former import misstated
from odtool.jobs.schedule import Schedule, ScheduleError, schedule
from odtool.municipality import municipalities
from odtool.rules import RULES
from odtool.settings import config
from odtool.settings.lines import line, lines
from odtool.settings.portal import NAME
from odtool.text import near, visible

Kind = Literal["mail", "slack", "teams", "json"]
REFUSE_ON = ("errors", "warnings")
Level = Literal["L1", "L2", "L3"]
LEVELS: tuple[Level, ...] = ("L1", "L2", "L3")  # those of odtool.readability, which takes a while to load
KINDS: tuple[Kind, ...] = ("mail", "slack", "teams", "json")
TLS = ("starttls", "implicit", "none")
_HOST = re.compile(r"[^\s/:@\[\]]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")  # a name, or numbers of either kind
T = TypeVar("T")
PORTS = {"starttls": 587, "implicit": 465, "none": 25}  # https://www.rfc-editor.org/rfc/rfc8314
JOBS, NOTIFY = "jobs", "notify"


@dataclass(frozen=True, slots=True)
class Job:
    """What one job does. Paths in `sources` are as stated; relative ones are meant from `base`, the absolute
    folder of the settings: a file is called the same whether a timer or a hand starts the run.

    `fixes` are the rules whose certain repairs are made, None for all. `hosts` are those that an address among the
    sources may lead on to, `intranet` those that may be of the own network. `timeout` is how many seconds a folder or share
    may keep us waiting without any sign of life. `create_organization` makes the municipality's organisation on the portal
    where there is none. `refuse_on`, `refuse_rules` and `readability` demand more of a file than that it is valid (see
    `demands`).
    """

    name: str
    portal: str
    sources: tuple[str, ...]
    municipality: str | None = None
    dataset: str | None = None
    mapping: str | None = None
    fixes: frozenset[str] | None = frozenset()
    schedule: Schedule | None = None
    notify: tuple[str, ...] = ()
    max_update: int | None = None
    max_delete: int | None = None
    prune: bool = False
    sheets: bool = False
    hosts: tuple[str, ...] = ()
    intranet: tuple[str, ...] = ()
    keep_runs: int = 60
    timeout: int = 60
    create_organization: bool = False
    refuse_on: Literal["errors", "warnings"] = "errors"
    refuse_rules: frozenset[str] = frozenset()
    readability: Level | None = None
    base: Path = field(default=Path(), compare=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told. Holds no secret: `secret_env` and `secret_file` say where the password, or the address of a
    webhook, is. `pages` is where the folder of the runs is to be seen by the reader. `required`: a message that cannot
    be delivered makes the run fail."""

    name: str
    type: Kind
    to: tuple[str, ...] = ()
    sender: str = ""
    host: str = ""
    port: int = 0
    tls: str = "starttls"
    user: str = ""
    secret_env: str = ""
    secret_file: str = ""
    lang: str = "ja"
    pages: str = ""
    required: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that holds the secret."""
        return self.secret_env or f"ODTOOL_NOTIFY_{self.name.upper().replace('-', '_')}"


@dataclass(frozen=True, slots=True)
class Jobs:
    """All that the file declares, in its order."""

    path: Path
    jobs: Mapping[str, Job]
    readers: Mapping[str, Reader]
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict, compare=False)

    def line(self, *place: str) -> int:
        """The line of that key, or of the table that it belongs to."""
        return line(self.lines, place)

    def chosen(self, names: Iterable[str]) -> list[Job]:
        """The jobs of those names, all where none is named. Raises UsageError."""
        wanted = list(dict.fromkeys(names)) or list(self.jobs)
        for name in wanted:
            if name not in self.jobs:
                there = near(name, self.jobs) or list(self.jobs)
                raise UsageError(
                    f"「{visible(name)}」というジョブはありません（{self.path} にある名前: {'、'.join(there) or 'なし'}）。",
                    f"There is no job “{visible(name)}” ({self.path} has: {', '.join(there) or 'none'}).",
                )
        if not wanted:
            raise UsageError(
                f"{self.path} にジョブがありません。[jobs.名前] に portal と sources を書いてください。",
                f"{self.path} has no jobs. Write [jobs.NAME] with portal and sources.",
            )
        return [self.jobs[name] for name in wanted]


class MistakesError(UsageError):
    """What is off in the settings: `each` by itself, the first of them as the text."""

    def __init__(self, each: Sequence[UsageError]) -> None:
        self.each = tuple(each)
        first, more = self.each[0], len(self.each) - 1
        super().__init__(
            first.ja + (f"（ほかに{more:,}件。odtool jobs check ですべて表示します）" if more else ""),
            first.en + (f" (and {more:,} more; odtool jobs check lists them)" if more else ""),
        )


JOB_KEYS: Mapping[str, str] = {
    "portal": "text", "sources": "texts", "municipality": "text", "dataset": "text", "mapping": "text",
    "fixes": "any", "schedule": "text", "notify": "texts", "max_update": "number", "max_delete": "number",
    "prune": "flag", "sheets": "flag", "hosts": "texts", "intranet": "texts", "keep_runs": "number",
    "timeout": "number", "create_organization": "flag",
    "refuse_on": "text", "refuse_rules": "texts", "readability": "text",
}  # fmt: skip
READER_KEYS: Mapping[str, str] = {
    "type": "text", "to": "texts", "from": "text", "host": "text", "port": "number", "tls": "text", "user": "text",
    "password_env": "text", "password_file": "text", "url_env": "text", "url_file": "text", "lang": "text",
    "pages": "text", "required": "flag",
}  # fmt: skip
_WORDS = {
    "text": ("は文字列で書いてください", "must be a string"),
    "texts": ("は文字列の並び（[\"…\", \"…\"]）で書いてください", "must be a list of strings"),
    "number": ("は0以上の整数で書いてください", "must be a whole number, not below 0"),
    "flag": ("は true か false で書いてください", "must be true or false"),
}  # fmt: skip


def read(named: str | None = None) -> Jobs:
    """The jobs of that file, or of odtool.toml. Raises UsageError, a MistakesError with the lines where keys are off."""
    path = Path(named or config.FILE)
    if not path.is_file():
        raise UsageError(
            f"{path}: 設定ファイルがありません。odtool.toml のあるフォルダーで実行するか、--config で指定してください。",
            f"{path}: there is no such file. Run this in the folder of odtool.toml, or name it with --config.",
        )
    portals = config.portals(str(path))  # also refuses what is no TOML or holds a secret
    return _Reading(path, path.read_text("utf-8-sig"), portals).jobs()


class _Reading:
    def __init__(self, path: Path, text: str, portals: Iterable[str]) -> None:
        self._path, self._portals = path, set(portals)
        self._content = tomllib.loads(text)
        self._lines = lines(text)
        self._wrong: list[UsageError] = []

    def off(self, place: tuple[str, ...], ja: str, en: str) -> NoReturn:
        number, shown = line(self._lines, place), visible(".".join(place), 200)
        raise UsageError(
            f"{self._path} の{number}行目: 「{shown}」{ja}。", f"{self._path}, line {number}: {shown} {en}."
        )

    def jobs(self) -> Jobs:
        readers = dict(self._each(NOTIFY, self._reader))
        jobs = dict(self._each(JOBS, self._job))
        if self._wrong:
            raise MistakesError(self._wrong)
        return Jobs(self._path, jobs, readers, self._lines)

    def _each(self, kind: str, made: Callable[[str, dict[str, Any]], T]) -> Iterator[tuple[str, T]]:
        """What the tables of that kind declare. What is off in one does not keep the next from being looked at."""
        try:
            tables = self._tables(kind)
        except UsageError as error:
            self._wrong.append(error)
            return
        for name, table in tables:
            try:
                yield name, made(name, table)
            except UsageError as error:
                self._wrong += error.each if isinstance(error, MistakesError) else [error]

    def _tables(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        found = self._content.get(kind, {})
        ja, en = f"は [{kind}.名前] の形で書きます", f"is written as [{kind}.NAME]"
        if not isinstance(found, dict):
            self.off((kind,), ja, en)
        for name, table in found.items():
            if not isinstance(table, dict):
                self.off((kind, name), ja, en)
            if not NAME.fullmatch(name) or len(name) > 60:
                self.off(
                    (kind, name),
                    "は60文字までの英数字と _ - で名付けてください",
                    "may be named with up to 60 of a-z, 0-9, _ and - only",
                )
        return list(found.items())

    def _checked(self, place: tuple[str, ...], table: dict[str, Any], keys: Mapping[str, str]) -> None:
        """Raises MistakesError with all keys that are none or hold something else."""
        wrong = []
        for key, value in table.items():
            try:
                self._key(place, key, value, keys)
            except UsageError as error:
                wrong.append(error)
        if wrong:
            raise MistakesError(wrong)

    def _key(self, place: tuple[str, ...], key: str, value: Any, keys: Mapping[str, str]) -> None:
        kind = keys.get(key)
        if kind is None:
            alike = near(key, keys, 2)
            listed = "、".join(alike or sorted(keys))
            ja = (
                f"という項目はありません。{listed} のことですか"
                if alike
                else f"という項目はありません（使える項目: {listed}）"
            )
            en = (
                f"is no setting. Did you mean {', '.join(alike)}?"
                if alike
                else f"is no setting; there are {', '.join(sorted(keys))}"
            )
            self.off((*place, key), ja, en)
        if kind != "any" and not _is(value, kind):
            self.off((*place, key), *_WORDS[kind])

    def _job(self, name: str, table: dict[str, Any]) -> Job:
        place, readers = (JOBS, name), self._content.get(NOTIFY, {})
        self._checked(place, table, JOB_KEYS)
        for key, ja, en in (
            ("portal", "公開先の名前", "the name of a portal"),
            ("sources", "データのある場所", "where the data is"),
        ):
            if not table.get(key):
                self.off((*place, key), f"がありません。{ja}を書いてください", f"is missing: {en}")
        portal = table["portal"]
        if portal not in self._portals and not portal.startswith("folder:"):
            listed = "、".join(self._portals) or "なし"
            self.off((*place, "portal"), f"の「{visible(portal)}」という公開先は [portals] にありません（ある名前: {listed}）",
                     f"is “{visible(portal)}”, which is none of [portals] ({', '.join(self._portals) or 'none'})")  # fmt: skip
        code = table.get("municipality")
        if code is not None and code not in municipalities():
            self.off((*place, "municipality"), *misstated(code))
        if code is None and table.get(
            "create_organization"
        ):  # else a misnamed file would make one of somebody else's
            self.off((*place, "create_organization"), "は、municipality を書いたジョブだけで使えます（ファイル名の書き間違いで、別の団体の組織を作らないため）",
                     "goes only with municipality: a misnamed file must not make another municipality's organisation")  # fmt: skip
        for wanted in table.get("notify", ()):
            if wanted not in readers:
                self.off((*place, "notify"), f"の「{visible(wanted)}」は [notify] にありません（ある名前: {'、'.join(readers) or 'なし'}）",
                         f"names “{visible(wanted)}”, which is none of [notify] ({', '.join(readers) or 'none'})")  # fmt: skip
        for n, source in enumerate(table["sources"], 1):
            self._source(place, n, source)
        for key in ("hosts", "intranet"):
            for host in table.get(key, ()):
                self._host((*place, key), host)
        return Job(
            name, portal, tuple(table["sources"]), code, table.get("dataset"), self._near(table.get("mapping")),
            self._fixes(place, table.get("fixes", "none")), self._schedule(place, table.get("schedule")),
            tuple(table.get("notify", ())), table.get("max_update"), table.get("max_delete"),
            table.get("prune", False), table.get("sheets", False), tuple(map(str.lower, table.get("hosts", ()))),
            tuple(map(str.lower, table.get("intranet", ()))), max(1, table.get("keep_runs", 60)),
            max(1, table.get("timeout", 60)), table.get("create_organization", False), self._one_of(place, table, "refuse_on", "errors", REFUSE_ON),
            self._refused(place, table.get("refuse_rules", [])), self._one_of(place, table, "readability", None, LEVELS),
            self._path.absolute().parent,
        )  # fmt: skip

    def _near(self, path: str | None) -> str | None:
        return str(self._path.parent / path) if path else None

    def _source(self, place: tuple[str, ...], number: int, source: str) -> None:
        place = (*place, "sources")
        if not source.strip():
            self.off(place, f"の{number}番目が空です", f"has an empty entry, the {number}.")
        if "://" not in source:
            if source.lower().startswith(("http:", "https:")):
                self.off(place, f"の{number}番目は URL のようですが、// がありません（例 https://www.example.jp/aed.csv）",
                         f"has an address without // as its {number}. entry; write it like https://www.example.jp/aed.csv")  # fmt: skip
            return
        try:
            parts = urlsplit(source)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        except ValueError:
            usable = False
        if not usable:
            self.off(place, f"の{number}番目は URL として使えません（http か https で、ユーザー名を含まないもの）",
                     f"has no usable address as its {number}. entry: http or https, without a user name")  # fmt: skip

    def _host(self, place: tuple[str, ...], host: str) -> None:
        if not _HOST.fullmatch(host):
            self.off(place, f"の「{visible(host)}」は、サーバーの名前だけにしてください（例 \"data.example.jp\"。https:// やポート番号、/ は付けません）",
                     f"holds “{visible(host)}”: write the bare name of a host, like “data.example.jp”, without https://, port or /")  # fmt: skip

    def _fixes(self, place: tuple[str, ...], found: Any) -> frozenset[str] | None:
        place = (*place, "fixes")
        if found in ("certain", "none"):
            return None if found == "certain" else frozenset()
        if not _is(found, "texts"):
            self.off(
                place,
                'は "certain"（確かな修正をすべて）、"none"、または規則の名前の並びです',
                'is "certain", "none" or a list of rules',
            )
        for rule in found:
            if rule not in RULES or not RULES[rule].mends:
                alike = near(rule, [r for r in RULES if RULES[r].mends], 3)
                self.off(place, f"の「{visible(rule)}」は、確かに直せる規則ではありません（近い名前: {'、'.join(alike) or 'なし'}）",
                         f"names “{visible(rule)}”, which is no rule with certain repairs ({', '.join(alike) or 'none is near'})")  # fmt: skip
        return frozenset(found)

    def _one_of(
        self, place: tuple[str, ...], table: dict[str, Any], key: str, usual: Any, words: Sequence[str]
    ) -> Any:
        found = table.get(key, usual)
        if found not in (usual, *words):
            listed = [f'"{word}"' for word in words]
            alike = near(found, words, 1)
            ja, en = (f"（{alike[0]} のことですか）", f" (did you mean {alike[0]}?)") if alike else ("", "")
            self.off(
                (*place, key),
                f"は {'、'.join(listed)} のどれかです{ja}",
                f"is one of {', '.join(listed)}{en}",
            )
        return found

    def _refused(self, place: tuple[str, ...], found: list[str]) -> frozenset[str]:
        for rule in found:
            if rule not in RULES:
                alike = near(rule, RULES, 3)
                self.off((*place, "refuse_rules"), f"の「{visible(rule)}」という規則はありません（近い名前: {'、'.join(alike) or 'なし'}）",
                         f"names “{visible(rule)}”, which is no rule ({', '.join(alike) or 'none is near'})")  # fmt: skip
        return frozenset(found)

    def _schedule(self, place: tuple[str, ...], found: str | None) -> Schedule | None:
        if found is None:
            return None
        try:
            read = schedule(found)
            if read.next(datetime(2000, 1, 1)) is None:  # noqa: DTZ001 - any day will do
                raise ScheduleError("no year has that day")
            return read
        except ScheduleError as error:
            self.off((*place, "schedule"),
                     f"の「{visible(found)}」を予定として読めません。\"daily 02:00\"、\"weekdays 02:00\"、\"weekly mon 03:00\"、"
                     "\"monthly 1 03:00\"、\"hourly 15\"、または cron の5項目で書いてください",
                     f"is no schedule ({error}). Write “daily 02:00”, “weekdays 02:00”, “weekly mon 03:00”, "
                     "“monthly 1 03:00”, “hourly 15”, or cron's five fields")  # fmt: skip

    def _reader(self, name: str, table: dict[str, Any]) -> Reader:
        place = (NOTIFY, name)
        self._checked(place, table, READER_KEYS)
        kind = table.get("type")
        if kind not in KINDS:
            self.off((*place, "type"), f"は {'、'.join(KINDS)} のどれかです", f"is one of {', '.join(KINDS)}")
        lang, tls = table.get("lang", "ja"), table.get("tls", "starttls")
        if lang not in ("ja", "en"):
            self.off((*place, "lang"), "は ja か en です", "is ja or en")
        if tls not in TLS:
            self.off((*place, "tls"), f"は {'、'.join(TLS)} のどれかです", f"is one of {', '.join(TLS)}")
        mail = kind == "mail"
        for key in ("host", "from", "to") if mail else ():
            if not table.get(key):
                self.off((*place, key), "がありません（メールに必要です）", "is missing, and mail needs it")
        for key in (
            ("to", "from", "host", "port", "user", "password_env", "password_file")
            if not mail
            else ("url_env", "url_file")
        ):
            if key in table:
                self.off(
                    (*place, key), f'は type = "{kind}" では使いません', f"is not used with type “{kind}”"
                )
        if mail:
            self._host((*place, "host"), table["host"])
        if not 1 <= table.get("port", 1) <= 65_535:
            self.off((*place, "port"), "は1から65535までの数です（書かなければ tls から決まります）", "is a number from 1 to 65535; without it, it follows from tls")  # fmt: skip
        for address in (*table.get("to", ()), *filter(None, [table.get("from")])):
            if "@" not in address or any(letter.isspace() or not letter.isprintable() for letter in address):
                self.off((*place, "to" if address in table.get("to", ()) else "from"),
                         f"の「{visible(address)}」はメールアドレスとして使えません", f"holds “{visible(address)}”, which is no mail address")  # fmt: skip
        if mail and tls == "none" and table.get("user"):
            self.off((*place, "tls"), "が none のときは user を使えません（パスワードがそのまま流れるため）", "must not be none where there is a user: the password would be sent in the open")  # fmt: skip
        stated_file = table.get("password_file") or table.get("url_file")
        return Reader(
            name, cast(Kind, kind), tuple(table.get("to", ())), table.get("from", ""), table.get("host", ""),
            table.get("port", PORTS[tls]), tls, table.get("user", ""),
            table.get("password_env") or table.get("url_env") or "", self._near(stated_file) or "", lang,
            table.get("pages", ""), table.get("required", False),
        )  # fmt: skip


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case _:
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
