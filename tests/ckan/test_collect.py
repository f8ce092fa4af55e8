"""A real CKAN filled by odtool publish, then read as anybody may read it."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from odtool.collect.gather import Wishes
from odtool.collect.settings import Reading
from odtool.coverage.observation import Observation
from odtool.coverage.observed import store
from odtool.portal.ckan import Ckan as Portal
from tests.ckan.plugin import Ckan
from tests.collecting import collected
from tests.publishing import VALID, edited, publish, sample

LATER = "2026-11-21T09:00:00+09:00"


@pytest.fixture
def filled(ckan: Ckan) -> Iterator[Reading]:
    pattern = "{code}-" + secrets.token_hex(4)
    portal = Portal("test", ckan.url, ckan.token, organization=pattern, create_organization=True, pause=0.05)
    publish(portal, *(sample(name) for name in VALID))
    codes = sorted({name[:6] for name in VALID if name[:6].isdigit()})
    organisations = tuple(pattern.replace("{code}", code) for code in codes)
    yield Reading(
        "ckan",
        "ckan",
        url=ckan.url,
        pace=0,
        allow_private=True,
        permission="試験 2026-11-20",
        organizations=organisations,
    )
    for organisation in organisations:
        found = ckan.action("package_search", rows=1000, fq=f"organization:{organisation}")
        for package in found["results"]:
            ckan.action("dataset_purge", id=package["id"])


def found(book: Path) -> list[Observation]:
    with store(book) as open_:
        return list(open_.latest())


def test_what_was_published_is_what_is_seen(filled: Reading, tmp_path: Path) -> None:
    (result,) = collected(tmp_path / "s", filled)
    seen = found(tmp_path / "s")
    assert result.state == "done" and len(seen) >= 2
    assert {(one.verdict, one.alive, one.open) for one in seen} == {("valid", True, True)}
    assert all(one.dataset_name.startswith(f"{one.municipality}_") for one in seen)
    assert "suisho-aed" in {one.dataset for one in seen} and all(
        one.sha256 and one.levels[0] is not None for one in seen
    )


def test_a_second_collection_asks_for_the_listing_alone(filled: Reading, tmp_path: Path) -> None:
    collected(tmp_path / "s", filled)
    (result,) = collected(tmp_path / "s", filled, now=LATER)
    assert result.fetched == 0 and result.news == 0
    assert result.requests <= 1 + len(filled.organizations)  # robots.txt, and a page of the listing each


def test_robots_txt_of_a_stock_ckan_is_obeyed(filled: Reading, tmp_path: Path) -> None:
    """CKAN's own robots.txt forbids /api/."""
    (result,) = collected(tmp_path / "s", replace(filled, permission=""))
    assert result.code == 3 and "robots.txt" in result.ja and not found(tmp_path / "s")


def test_a_file_that_was_published_anew_is_seen_anew(filled: Reading, tmp_path: Path, ckan: Ckan) -> None:
    collected(tmp_path / "s", filled)
    before = {one.dataset_name: one.sha256 for one in found(tmp_path / "s")}
    pattern = "{code}" + filled.organizations[0][6:]
    portal = Portal("test", ckan.url, ckan.token, organization=pattern, create_organization=True, pause=0.05)
    publish(portal, edited("261009_aed.csv", tmp_path / "e", "屋外に設置し、終日利用できます", "屋外に設置"))
    (result,) = collected(tmp_path / "s", filled, now=LATER)
    after = {one.dataset_name: one.sha256 for one in found(tmp_path / "s")}
    assert result.fetched == 1 and result.news == 1
    assert {name for name in after if after[name] != before[name]} == {"261009_aed"}


def test_a_dataset_that_was_taken_off_is_gone(filled: Reading, tmp_path: Path, ckan: Ckan) -> None:
    collected(tmp_path / "s", filled)
    (one,) = [one for one in found(tmp_path / "s") if one.dataset == "suisho-aed"]
    ckan.action("package_delete", id=one.dataset_name)
    (result,) = collected(tmp_path / "s", filled, now=LATER)
    assert result.gone == 1 and "suisho-aed" not in {one.dataset for one in found(tmp_path / "s")}


def test_what_a_portal_runs_is_found_out_and_a_limit_kept(filled: Reading, tmp_path: Path) -> None:
    (result,) = collected(tmp_path / "s", replace(filled, type=""), wishes=Wishes(limit=1))
    assert result.state == "partial" and result.fetched == 1
