"""What the benchmark of publishing finds on a portal, against a real CKAN in a state that is known."""

import csv
import io
from typing import Any

import requests

from benchmarks.publishing.course import Portal, kinds
from benchmarks.publishing.left import Sent, left
from tests.ckan.faults import proxy
from tests.ckan.plugin import Ckan

CONTENT = "ID,名称\r\n0012,公民館\r\n0345,図書館\r\n".encode("utf-8-sig")


def upload(ckan: Ckan, dataset: str, name: str, content: bytes) -> Any:
    answer = requests.post(
        f"{ckan.url}/api/3/action/resource_create",
        data={"package_id": dataset, "name": name, "url": name},
        files={"upload": (name, content)},
        headers={"Authorization": ckan.token},
        timeout=60,
    )
    return answer.json()["result"]


def store(ckan: Ckan, resource: str, kind: str) -> None:
    """The file's rows in the DataStore, the ID as text or as a number."""
    head, *rows = csv.reader(io.StringIO(CONTENT.decode("utf-8-sig")))
    fields = [{"id": head[0], "type": kind}, {"id": head[1], "type": "text"}]
    records = [dict(zip(head, row, strict=True)) for row in rows]
    ckan.action("datastore_create", resource_id=resource, force=True, fields=fields, records=records)


def test_duplicates_other_bytes_empty_datasets_and_lost_zeros_are_found_on_a_portal(ckan: Ckan) -> None:
    organization = ckan.fresh_organization("262021", "舞鶴市")
    sent = [Sent(f"{organization}-{n}", f"{n}.csv", CONTENT) for n in range(5)]
    for file in sent[:4]:
        ckan.action("package_create", name=file.dataset, owner_org=organization)
    with proxy(ckan.url) as between:
        portal = Portal(ckan, between, organization, ckan.token)
        first = upload(ckan, sent[0].dataset, sent[0].name, CONTENT)
        before = portal.state()
        upload(ckan, sent[0].dataset, sent[0].name, b"old")
        upload(ckan, sent[0].dataset, "datapackage.json", b"{}")
        store(ckan, upload(ckan, sent[1].dataset, sent[1].name, CONTENT)["id"], "text")
        store(ckan, upload(ckan, sent[2].dataset, sent[2].name, CONTENT)["id"], "numeric")
        found = left(sent, portal.state(), before)
        assert (
            portal.present(sent[4].dataset) is None and portal.present(sent[0].dataset) == first["package_id"]
        )
        assert between.calls == []  # looking is not counted
    assert (found.datasets, found.lost, found.empty, found.twice, found.others) == (4, 1, 1, 1, 1)
    assert (found.wrong, found.stored, found.stored_wrong) == (1, 2, 1)
    assert (found.kept, found.renewed) == (1, 3)
    assert "データセットなし 1" in found.words()


def test_what_a_program_asks_is_counted_downloads_too(ckan: Ckan) -> None:
    organization = ckan.fresh_organization("262021", "舞鶴市")
    name = f"{organization}-counted"
    with proxy(ckan.url) as between:
        through = Ckan(between.address, ckan.token, ckan.version)
        through.action("package_create", name=name, owner_org=organization)
        upload(through, name, "a.csv", CONTENT)
        (resource,) = through.action("package_show", id=name)["resources"]
        assert requests.get(resource["url"], timeout=60).content == CONTENT
        assert kinds(between.calls) == {"read": 1, "write": 2, "download": 1}
