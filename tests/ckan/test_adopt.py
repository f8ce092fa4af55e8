"""Taking over, on a real CKAN, datasets that somebody made by hand."""

import io
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from odtool.planning.plan import Wishes
from tests.ckan.plugin import Ckan
from tests.ckan.test_publish import DATASET, Place, download, purge
from tests.publishing import AED, NOTE, OTHER_NOTE, edited, judged, odtool, planned, publish, sample, statuses

ADOPTED = Wishes(adopt=frozenset({DATASET}))
OTHER = "kyoto-aed-list"
EXTRAS = [{"key": "copyright", "value": "京都市"}, {"key": "frequency", "value": "毎月"}]


@pytest.fixture
def place(ckan: Ckan) -> Iterator[Place]:
    purge(ckan)
    yield Place(ckan, "{code}-" + secrets.token_hex(4))
    purge(ckan)
    answer = requests.get(f"{ckan.url}/api/3/action/package_show", {"id": OTHER},
                          headers={"Authorization": ckan.token}, timeout=30)  # fmt: skip
    if answer.ok:
        ckan.action("dataset_purge", id=answer.json()["result"]["id"])


def upload(place: Place, name: str, file: str, content: bytes, form: str) -> str:
    """A file brought on the portal's own pages; its id."""
    answer = requests.post(f"{place.ckan.url}/api/3/action/resource_create",
                           data={"package_id": name, "name": file, "format": form, "url": "x"},
                           files={"upload": (file, io.BytesIO(content), "text/csv")},
                           headers={"Authorization": place.ckan.token}, timeout=30)  # fmt: skip
    return str(answer.json()["result"]["id"])


def by_hand(place: Place, organization: str, name: str = DATASET, **more: Any) -> tuple[str, str]:
    """A dataset with a table and a link; the ids of both."""
    place.ckan.action("package_create", name=name, title="AEDの場所", notes="担当課の説明", owner_org=organization,
                      author="消防局", tags=[{"name": "救命"}], extras=EXTRAS, **more)  # fmt: skip
    table = upload(place, name, "AED.csv", b"old", "CSV")
    link = place.ckan.action(
        "resource_create", package_id=name, name="地図", url="https://example.jp/map", format="HTML"
    )
    return table, str(link["id"])


def staff(place: Place) -> dict[str, Any]:
    organization = place.ckan.fresh_organization("261009", "京都市")
    token = place.ckan.fresh_editor(organization)
    return {"token": token, "organization": organization, "create_organization": False}


def test_a_dataset_of_another_organisation_is_not_taken_over(place: Place) -> None:
    by_hand(place, place.ckan.fresh_organization("262129", "京丹後市"))
    before = place.show()
    how = staff(place) | {"token": place.ckan.token}  # who may write to both
    (outcome,) = publish(place.portal(**how), sample(AED), wishes=ADOPTED)
    assert outcome.status == "failed" and "組織" in outcome.ja
    assert place.show() == before


def test_a_draft_that_somebody_has_not_published_is_not_taken_over(place: Place) -> None:
    how = staff(place)
    by_hand(place, how["organization"], state="draft")
    (item,) = planned(place.portal(**how), sample(AED), wishes=ADOPTED).items
    assert item.action == "refuse", item.ja


def test_a_dataset_made_by_hand_is_taken_over_with_its_ids_and_what_others_wrote(place: Place) -> None:
    how = staff(place)
    table, link = by_hand(place, how["organization"])
    before = place.show()
    old = before["resources"][0]["url"]
    (item,) = planned(place.portal(**how), sample(AED), wishes=ADOPTED).items
    assert (item.action, item.takes) == ("adopt", table)
    assert {"content", "title", "description", "licence", "tags"} <= {change.field for change in item.changes}
    (outcome,) = publish(place.portal(**how), sample(AED), wishes=ADOPTED)
    assert (outcome.status, outcome.item.action) == ("published", "adopt"), outcome.ja
    after = place.show()
    assert (after["id"], [r["id"] for r in after["resources"]]) == (before["id"], [table, link])
    assert after["title"] == "【京都市】AED設置箇所一覧" and after["author"] == "消防局"
    assert "救命" in {tag["name"] for tag in after["tags"]}
    extras = [{key: extra[key] for key in ("key", "value")} for extra in after["extras"]]
    assert all(extra in extras for extra in EXTRAS)
    assert after["resources"][1]["url"] == "https://example.jp/map"
    assert download(outcome.url) == judged(sample(AED))[1] == download(old)  # old links give the new file
    state = place.show()
    for wishes in (Wishes(), ADOPTED):  # the wish may stay in a script
        assert statuses(publish(place.portal(**how), sample(AED), wishes=wishes)) == {AED: "unchanged"}
    assert place.show() == state


def test_an_adopted_dataset_is_ours_from_then_on(place: Place, tmp_path: Path) -> None:
    how = staff(place)
    table, _ = by_hand(place, how["organization"])
    publish(place.portal(**how), sample(AED), wishes=ADOPTED)
    (outcome,) = publish(place.portal(**how), edited(AED, tmp_path, NOTE, OTHER_NOTE))
    assert (outcome.status, outcome.item.action) == ("published", "update"), outcome.ja
    assert place.show()["resources"][0]["id"] == table and OTHER_NOTE.encode() in download(outcome.url)


def test_without_the_wish_it_is_left_alone(place: Place) -> None:
    how = staff(place)
    by_hand(place, how["organization"])
    before = place.show()
    for wishes in (Wishes(), Wishes(adopt=frozenset({OTHER}), restore=frozenset({DATASET}), overwrite=True)):
        (outcome,) = publish(place.portal(**how), sample(AED), wishes=wishes)
        assert outcome.status == "refused" and f"--adopt {DATASET}" in outcome.ja
    assert place.show() == before


def test_of_several_tables_none_is_taken_over_and_ours_is_added(place: Place) -> None:
    how = staff(place)
    table, link = by_hand(place, how["organization"])
    second = upload(place, DATASET, "b.csv", b"second", "CSV")
    (outcome,) = publish(place.portal(**how), sample(AED), wishes=ADOPTED)
    assert outcome.status == "published", outcome.ja
    ids = [r["id"] for r in place.show()["resources"]]
    assert ids[:3] == [table, link, second] and len(ids) == 4
    assert download(place.show()["resources"][0]["url"]) == b"old"


def test_a_private_draft_is_not_made_public_by_taking_it_over(place: Place) -> None:
    how = staff(place)
    by_hand(place, how["organization"], private=True)
    before = place.show()
    (outcome,) = publish(place.portal(**how), sample(AED), wishes=ADOPTED)
    assert outcome.status == "refused" and "非公開" in outcome.ja and place.show() == before
    place.ckan.action("package_patch", id=DATASET, private=False)
    assert statuses(publish(place.portal(**how), sample(AED), wishes=ADOPTED)) == {AED: "published"}


def test_a_plan_that_adopts_is_carried_out_and_a_dataset_edited_since_makes_it_stale(
    place: Place, tmp_path: Path
) -> None:
    place.settings(tmp_path)
    organization = place.organization.replace("{code}", "261009")
    place.ckan.action("organization_create", name=organization, title="京都市")
    table, _ = by_hand(place, organization)
    token = {"ODTOOL_TOKEN_CITY": place.ckan.token}
    call = ("plan", sample(AED), "--portal", "city", "--adopt", DATASET, "-o", "plan.json")
    assert "引き継ぎ" in odtool(tmp_path, *call, **token).stdout
    place.ckan.action("package_patch", id=DATASET, title="今も直している")
    stale = odtool(tmp_path, "apply", "plan.json", **token)
    assert stale.returncode == 2 and "計画が古くなっています" in stale.stderr
    assert place.show()["title"] == "今も直している"
    odtool(tmp_path, *call, **token)
    limited = odtool(tmp_path, "apply", "plan.json", "--max-update", "0", **token)
    assert limited.returncode == 2 and "--max-update" in limited.stderr
    done = odtool(tmp_path, "apply", "plan.json", "--max-update", "1", **token)
    assert done.returncode == 0 and "引き継ぎ 1件" in done.stdout, done.stdout + done.stderr
    assert place.show()["resources"][0]["id"] == table


def test_a_dataset_under_another_name_is_taken_over_where_the_settings_say_so(
    place: Place, tmp_path: Path
) -> None:
    place.settings(tmp_path)
    with (tmp_path / "odtool.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[portals.city.names]\n"{DATASET}" = "{OTHER}"\n')
    organization = place.organization.replace("{code}", "261009")
    place.ckan.action("organization_create", name=organization, title="京都市")
    table, _ = by_hand(place, organization, OTHER)
    token = {"ODTOOL_TOKEN_CITY": place.ckan.token}
    refused = odtool(tmp_path, "publish", sample(AED), "--portal", "city", **token)
    assert refused.returncode == 3 and f"--adopt {OTHER}" in refused.stdout
    done = odtool(tmp_path, "publish", sample(AED), "--portal", "city", "--adopt", OTHER, **token)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not place.exists() and place.show(OTHER)["resources"][0]["id"] == table
    again = odtool(tmp_path, "publish", sample(AED), "--portal", "city", **token)
    assert again.returncode == 0 and "変更はありませんでした。" in again.stdout
