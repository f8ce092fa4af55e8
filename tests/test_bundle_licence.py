"""The licence of a folder that describes itself, where the portal has none such."""

import http.server
import json
from pathlib import Path

import pytest

from odtool.errors import PortalError
from odtool.portal.ckan import Ckan
from odtool.publishing import flow
from tests.publishing import now, reply, server


def answer(request: http.server.BaseHTTPRequestHandler) -> None:
    """Knows one licence, and no dataset."""
    if "license_list" in request.path:
        known = [
            {
                "id": "cc-by-40-intl",
                "url": "https://creativecommons.org/licenses/by/4.0/deed.ja",
                "title": "CC BY",
            }
        ]
        reply(request, 200, json.dumps({"success": True, "result": known}).encode(), "application/json")
    else:
        missing = {"success": False, "error": {"__type": "Not Found Error", "message": ""}}
        reply(request, 404, json.dumps(missing).encode(), "application/json")


def test_a_licence_that_the_portal_lacks_is_told_with_the_file_that_states_it(tmp_path: Path) -> None:
    (tmp_path / "dataset.toml").write_text(
        'title = "点群"\nmunicipality = "280003"\nname = "dem"\nlicence = "PDL1.0"\n', "utf-8"
    )
    (tmp_path / "a.txt").write_text("x", "utf-8")
    told = []
    with server(answer) as address:
        portal = Ckan("test", address, "", pause=0)
        made, _ = flow.make_plan([str(tmp_path)], portal, now=now, missing=told.append)
        portal.close()
    (error,) = told
    assert not made.items
    assert f"{tmp_path / 'dataset.toml'} の licence に" in error.ja and "cc-by-40-intl" in error.ja
    assert f"licence in {tmp_path / 'dataset.toml'}" in error.en and "odtool.toml" not in error.ja + error.en


def test_a_portal_that_does_not_tell_its_licences_is_no_fault_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "dataset.toml").write_text(
        'title = "点群"\nmunicipality = "280003"\nname = "dem"\nlicence = "CC-BY-4.0"\n', "utf-8"
    )
    (tmp_path / "a.txt").write_text("x", "utf-8")
    told: list[object] = []
    with server(lambda request: reply(request, 500, b"<html>down</html>")) as address:
        portal = Ckan("test", address, "", pause=0)
        with pytest.raises(PortalError):
            flow.make_plan([str(tmp_path)], portal, now=now, missing=told.append)
        portal.close()
    assert not told
