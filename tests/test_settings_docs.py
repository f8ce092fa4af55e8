"""The schema and the page of odtool.toml say what the program takes."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from odtool.errors import UsageError
from odtool.planning.metadata import STATABLE
from odtool.settings.config import portals
from odtool.settings.profile import profiles
from odtool.settings.stating import PORTAL_KEYS
from tests.test_config import GOOD, RICH
from tests.test_portal_hand import SETTINGS

DOCS = Path(__file__).parent.parent / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "odtool.schema.json").read_text("utf-8"))
PAGE = (DOCS / "settings.md").read_text("utf-8")
EXAMPLES = [*re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL), GOOD, RICH, SETTINGS]


def fits(text: str) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text))


def test_the_schema_is_one_and_knows_the_very_keys_of_the_program() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    portal = SCHEMA["$defs"]["portal"]["properties"]
    assert set(portal) == set(PORTAL_KEYS)
    assert portal["profile"]["enum"] == list(profiles())
    metadata = SCHEMA["properties"]["metadata"]["properties"]
    assert set(metadata) == STATABLE and SCHEMA["$defs"]["metadata"]["properties"] == metadata
    types = {str: {"string"}, bool: {"boolean"}, int: {"integer"}, list: {"array"}, dict: {"object"}}
    for key, kind in PORTAL_KEYS.items():
        assert "enum" in portal[key] or portal[key]["type"] in types[kind], key


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_fits_the_schema_and_is_taken_by_the_program(text: str, tmp_path: Path) -> None:
    assert fits(text)
    (tmp_path / "odtool.toml").write_text(text, "utf-8")
    assert portals(str(tmp_path / "odtool.toml"))


@pytest.mark.parametrize(
    "text",
    [
        "[portals.x]\ntype = 'ftp'",
        "[portals.x]\nprofile = 'bodic'",
        "[portals.x]\ntype = 'ckan'\nurl = 5",
        "[portals.x]\ntype = 'ckan'\nurl = 'https://a:b@x.jp'",
        "[portals.x]\nurl = 'https://x.jp'",
        "[portals.x]\nprofile = 'bodik'\nviews = 'mine'",
        "[portals.x]\nprofile = 'bodik'\nmax_upload_mb = 0",
        "[portals.x]\nprofile = 'bodik'\n[portals.x.names]\naed = 'xy'",
        "[portals.'x y']\nprofile = 'bodik'",
        "[metadata]\nfrequenzy = '1年'",
        "[metadata.262021]\nlicence = 'x'",
        "[metadata.26202]\ntitle = 'x'",
        "[portal.x]\ntype = 'folder'",
    ],
)
def test_what_the_schema_refuses_the_program_refuses(text: str, tmp_path: Path) -> None:
    assert not fits(text)
    (tmp_path / "odtool.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError):
        portals(str(tmp_path / "odtool.toml"))


def test_the_page_names_every_setting() -> None:
    for key in {*PORTAL_KEYS, *STATABLE}:
        assert f"`{key}`" in PAGE, key
