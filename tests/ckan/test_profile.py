"""A profile at work on a real CKAN: where metadata goes, what is left out, what a second run finds."""

import secrets
from pathlib import Path
from typing import Any

from odtool.publishing import flow
from odtool.publishing.publish import Outcome, connect
from odtool.settings.config import portal_named
from tests.ckan.plugin import Ckan
from tests.publishing import AED, now, sample

SETTINGS = """
[metadata]
author = "危機管理課"
frequency = "1年"
temporal = "2026年"

[portals.kyoto]
profile = "bodik"
url = "{url}"
organization = "{{code}}-{mark}"
token_env = "KYOTO"
tags = ["京都府北部"]

[portals.kyoto.extras]
copyright = "京都市"

[portals.kyoto.names]
261009_aed = "{name}"
"""


def test_metadata_goes_where_the_profile_says_and_a_second_run_finds_it_there(
    ckan: Ckan, tmp_path: Path, monkeypatch: Any
) -> None:
    mark = secrets.token_hex(4)
    name = f"aed-{mark}"
    monkeypatch.setenv("KYOTO", ckan.token)
    (tmp_path / "odtool.toml").write_text(SETTINGS.format(url=ckan.url, mark=mark, name=name), "utf-8")
    settings = portal_named("kyoto", str(tmp_path / "odtool.toml"))

    def publish() -> list[Outcome]:
        portal = connect(settings, writing=True, create_organization=True)
        try:
            return flow.publish([sample(AED)], portal, settings.policy, now=now)
        finally:
            portal.close()

    (outcome,) = publish()
    assert outcome.status == "published", outcome.ja
    shown = ckan.action("package_show", id=name)
    extras = {extra["key"]: extra["value"] for extra in shown["extras"]}
    assert (extras["frequency"], extras["copyright"], extras["language"]) == ("1年", "京都市", "Japanese")
    assert "temporal" not in extras and extras["odtool_dataset"] == "suisho-aed"
    assert shown["author"] == "危機管理課"
    assert shown["license_id"] == "cc-by"  # this portal has no cc-by-40-intl: found by the licence's address
    assert "京都府北部" in {tag["name"] for tag in shown["tags"]}
    (again,) = publish()
    assert again.status == "unchanged"
