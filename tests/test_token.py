"""Where a portal's token comes from, the system's keyring, and that no token is ever shown."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from odtool.errors import UsageError
from odtool.publishing.publish import connect
from odtool.settings import secret
from odtool.settings.config import portal_named
from tests.publishing import odtool

SECRET = "hush-hush-token-0123456789"
SETTINGS = '[portals.city]\ntype = "ckan"\nurl = "https://data.example.jp"\n'
BACKEND = '''
"""A keyring kept in a file, for the tests."""
import json, os
from pathlib import Path
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

class FileKeyring(KeyringBackend):
    priority = 1
    def _all(self):
        place = Path(os.environ["TEST_RING"])
        return json.loads(place.read_text()) if place.exists() else {}
    def get_password(self, service, username):
        return self._all().get(f"{service}/{username}")
    def set_password(self, service, username, password):
        Path(os.environ["TEST_RING"]).write_text(json.dumps(self._all() | {f"{service}/{username}": password}))
    def delete_password(self, service, username):
        kept = self._all()
        if kept.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError("none")
        Path(os.environ["TEST_RING"]).write_text(json.dumps(kept))
'''


class Memory(KeyringBackend):
    """A keyring in memory; locked, it refuses everything."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("none")
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[Memory]:
    before = keyring.get_keyring()
    made = Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "odtool.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "file_keyring.py").write_text(BACKEND, "utf-8")
    return tmp_path


def token(place: Path, *arguments: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """odtool token, with a keyring of this test's own."""
    kept = {k: v for k, v in os.environ.items() if "TOKEN" not in k and not k.startswith("ODTOOL")}
    ours = {
        "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
        "PYTHONPATH": os.pathsep.join([str(place), *sys.path]),
        "TEST_RING": str(place / "ring.json"),
        "PYTHONUTF8": "1",
    }
    return subprocess.run([sys.executable, "-m", "odtool", "token", *arguments], cwd=place, env=kept | ours | more,
                          input=typed, capture_output=True, text=True, encoding="utf-8", check=False)  # fmt: skip


def test_a_token_goes_into_the_keyring_and_out_again_and_is_never_shown(place: Path) -> None:
    done = token(place, "set", "city", typed=f"{SECRET}\n")
    assert done.returncode == 0, done.stderr
    assert json.loads((place / "ring.json").read_text()) == {"odtool/city": SECRET}
    shown = token(place, "show", "city")
    assert shown.returncode == 0 and "キーリング" in shown.stdout
    shadowed = token(place, "set", "city", typed=SECRET, ODTOOL_TOKEN_CITY="another")
    assert "ODTOOL_TOKEN_CITY" in shadowed.stdout
    gone = token(place, "delete", "city", "--lang", "en")
    assert gone.returncode == 0 and "no longer" in gone.stdout
    again = token(place, "delete", "city")
    assert again.returncode == 0 and "ありません" in again.stdout
    none = token(place, "show", "city")
    assert none.returncode == 2
    for each in (done, shown, shadowed, gone, again, none):
        assert SECRET not in each.stdout + each.stderr and "Traceback" not in each.stderr


def test_a_token_is_no_argument(place: Path) -> None:
    done = token(place, "set", "city", SECRET)
    assert done.returncode == 2 and not (place / "ring.json").exists()
    assert "履歴" in done.stderr and SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("typed", ["", "  \n", "two words", "秘密の言葉"])
def test_what_cannot_be_a_token_is_not_kept(place: Path, typed: str) -> None:
    done = token(place, "set", "city", typed=typed)
    assert done.returncode == 2 and not (place / "ring.json").exists()
    assert not typed.strip() or typed.strip() not in done.stderr


def test_a_portal_that_takes_no_token_says_so(place: Path) -> None:
    done = token(place, "set", "folder:out", typed=SECRET)
    assert done.returncode == 2 and "トークンは要りません" in done.stderr


def test_the_order_is_variable_file_keyring_shared(place: Path, ring: Memory) -> None:
    city = portal_named("city", str(place / "odtool.toml"))
    shared = {"CKAN_API_TOKEN": "shared"}
    assert secret.token(city, shared) == "shared"
    ring.kept["odtool", "city"] = SECRET
    found = secret.find(city, shared)
    assert found and (found.token, found.place) == (SECRET, "keyring")
    (place / "t.txt").write_text("of-the-file", "utf-8")
    (place / "odtool.toml").write_text(f'{SETTINGS}token_file = "t.txt"\n', "utf-8")
    filed = portal_named("city", str(place / "odtool.toml"))
    assert secret.token(filed, shared) == "of-the-file"
    assert secret.token(filed, {"ODTOOL_TOKEN_CITY": "own", **shared}) == "own"


def test_the_token_of_another_portal_is_not_taken(place: Path, ring: Memory) -> None:
    ring.kept["odtool", "town"] = SECRET
    assert secret.find(portal_named("city", str(place / "odtool.toml")), {}) is None


def test_a_locked_keyring_is_one_sentence(place: Path, ring: Memory) -> None:
    ring.locked = True
    city = portal_named("city", str(place / "odtool.toml"))
    with pytest.raises(UsageError, match="キーリング"):
        secret.token(city, {})
    assert secret.token(city, {"CKAN_API_TOKEN": "shared"}) == "shared"
    assert secret.token(city, {}, insist=False) == ""  # who only reads needs none
    with pytest.raises(UsageError, match="キーリング"):
        connect(city, writing=True)
    connect(city, writing=False).close()


def test_without_the_library_everything_else_works(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    city = portal_named("city", str(place / "odtool.toml"))
    assert secret.find(city, {}) is None and secret.token(city, {"CKAN_API_TOKEN": "x"}) == "x"
    with pytest.raises(UsageError, match=r"odtool\[keyring\]"):
        secret.keep("city", SECRET)


def test_what_holds_a_token_does_not_show_it_by_accident() -> None:
    assert SECRET not in repr(secret.Found(SECRET, "keyring", "ここ", "here"))


@pytest.mark.parametrize("content", ["", "\n", " \r\n", "\ufeff"])
def test_an_empty_token_file_is_called_that(place: Path, content: str) -> None:
    (place / "odtool.toml").write_text(f'{SETTINGS}token_file = "t.txt"\n', "utf-8")
    (place / "t.txt").write_text(content, "utf-8")
    for arguments in (("token", "show", "city"), ("plan", "odtool.toml", "--portal", "city")):
        done = odtool(place, *arguments)
        assert done.returncode == 2 and "t.txt: トークンのファイルが空です" in done.stderr, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="the system has no such rights")
def test_a_token_file_that_others_may_read_is_warned_of(place: Path) -> None:
    (place / "odtool.toml").write_text(
        SETTINGS.replace("https://data.example.jp", "http://127.0.0.1:9") + 'token_file = "t.txt"\n', "utf-8"
    )
    (place / "t.txt").write_text(SECRET, "utf-8")
    (place / "t.txt").chmod(0o644)
    done = token(place, "show", "city")
    assert "chmod 600" in done.stderr and SECRET not in done.stdout + done.stderr
    planned = odtool(place, "plan", "odtool.toml", "--portal", "city")
    assert "chmod 600" in planned.stderr
    (place / "t.txt").chmod(0o600)
    assert "chmod" not in token(place, "show", "city").stderr
