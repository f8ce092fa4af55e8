"""A token that soon ends is told before it does."""

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from odtool.clock import JST
from odtool.jobs.token import ailing
from odtool.settings.portal import Settings

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=JST)


def settings(folder: Path, ends: datetime) -> Settings:
    """A portal that cannot be reached, with a token that ends then."""
    said = {"jti": "abc", "exp": int(ends.timestamp())}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, said)]
    (folder / "token.txt").write_text(".".join([*parts, "sig"]), "utf-8")
    return Settings("city", "ckan", url="http://127.0.0.1:9", token_file=str(folder / "token.txt"))


@pytest.mark.parametrize(
    ("days", "told"), [(13, "近づいています（2026-12-03"), (-1, "2026-11-19 に切れています")]
)
def test_a_token_that_ends_within_two_weeks_is_told_without_asking_anybody(
    tmp_path: Path, days: int, told: str
) -> None:
    seen, wrong = ailing(settings(tmp_path, NOW + timedelta(days=days)), NOW, ask=True)
    assert seen and wrong and told in wrong[0] and "odtool token set" in wrong[0]
    assert (tmp_path / "token.txt").read_text("utf-8")[:12] not in " ".join(wrong)


def test_one_that_lasts_longer_is_not_told(tmp_path: Path) -> None:
    assert ailing(settings(tmp_path, NOW + timedelta(days=15)), NOW, ask=False) == (True, None)


def test_where_the_portal_does_not_answer_nothing_is_known_of_the_token(tmp_path: Path) -> None:
    assert ailing(settings(tmp_path, NOW + timedelta(days=90)), NOW, ask=True) == (False, None)


def test_a_folder_has_no_token() -> None:
    assert ailing(Settings("site", "folder", path="x"), NOW, ask=True) == (False, None)
