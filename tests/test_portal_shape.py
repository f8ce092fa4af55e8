"""Answers that no CKAN would give: another program at the address, or a hostile one."""

import http.server
import json
from typing import Any

import pytest

from odtool.portal import PortalStopError
from odtool.portal.ckan import Ckan
from tests.publishing import AED, publish, reply, sample, server

Request = http.server.BaseHTTPRequestHandler
LICENCES = [{"id": "cc-by", "url": "https://opendefinition.org/licenses/cc-by/"}]
ENTRY = {"id": "a", "metadata_modified": "2026-11-20T00:00:00", "resources": [], "extras": []}
ODD: list[Any] = [None, [], "text", 0, True, {}, [None], [{}]]
ODD_ENTRIES: list[Any] = [
    ENTRY | change
    for change in (
        {"id": 1},
        {"metadata_modified": None},
        {"resources": "x"},
        {"resources": [None]},
        {"resources": [{}]},
        {"extras": [{}]},
        {"extras": {"a": 1}},
        {"tags": "x"},
        {"organization": ["x"]},
    )
]


def answering(**results: Any) -> Any:
    """A server that gives these results, and «not found» to every other action."""

    def answer(request: Request) -> None:
        action = request.path.partition("?")[0].rpartition("/")[2]
        if action in results:
            body = {"success": True, "result": results[action]}
            reply(request, 200, json.dumps(body).encode(), "application/json")
        else:
            body = {"success": False, "error": {"__type": "Not Found Error", "message": "x"}}
            reply(request, 404, json.dumps(body).encode(), "application/json")

    return server(answer)


@pytest.mark.parametrize("result", [*ODD, *ODD_ENTRIES], ids=json.dumps)
def test_a_dataset_that_is_none_stops_everything_with_a_sentence(result: Any) -> None:
    with (
        answering(license_list=LICENCES, package_show=result) as address,
        pytest.raises(PortalStopError, match="CKAN として答えません"),
    ):
        publish(Ckan("test", address, "token"), sample(AED))


@pytest.mark.parametrize("result", [None, "text", 0, {}], ids=json.dumps)
def test_licences_that_are_none_stop_everything_with_a_sentence(result: Any) -> None:
    with (
        answering(license_list=result) as address,
        pytest.raises(PortalStopError, match="CKAN として答えません"),
    ):
        publish(Ckan("test", address, "token"), sample(AED))


@pytest.mark.parametrize(
    "result", [None, "text", 0, {}, [None], [{}], [{"id": 1, "name": "a"}]], ids=json.dumps
)
def test_organisations_that_are_none_are_told(result: Any) -> None:
    with answering(license_list=LICENCES, organization_list_for_user=result) as address:
        (outcome,) = publish(Ckan("test", address, "token"), sample(AED))
    assert outcome.status == "failed" and "CKAN として答えません" in outcome.ja


def test_an_address_that_is_none_does_not_stop_the_reading_of_a_dataset() -> None:
    odd = ENTRY | {"resources": [{"id": "b", "url": "http://["}]}
    with answering(license_list=LICENCES, package_show=odd) as address:
        (outcome,) = publish(Ckan("test", address, "token"), sample(AED))
    assert (outcome.status, outcome.item.cause) == ("refused", "portal")
