"""The rows of two editions, where the published one cannot be had, or is not where the portal is."""

from pathlib import Path

import pytest

from odtool.collect.apart import Looking
from odtool.collect.listed import UnseenError
from odtool.errors import OdtoolError
from odtool.planning.plan import Held
from odtool.planning.rowdiff import RowChanges
from odtool.portal import PortalStopError
from odtool.publishing import flow
from odtool.report.plan_html import plan_html
from odtool.report.plan_text import plan_text
from odtool.report.plan_told import Told
from tests.publishing import (
    AED,
    NOTE,
    OTHER_NOTE,
    Handler,
    catalogue,
    edited,
    planned,
    publish,
    reply,
    sample,
    server,
)


def file(url: str) -> Held:
    return Held("a.csv", "id", "", None, url)


def answering(status: int, body: bytes = b"", location: str = "") -> Handler:
    def answer(request) -> None:  # type: ignore[no-untyped-def]
        if location:
            request.send_response(status)
            request.send_header("Location", location)
            request.send_header("Content-Length", "0")
            request.end_headers()
        else:
            reply(request, status, body)

    return answer


def test_a_file_on_the_portals_own_host_is_had_wherever_that_is() -> None:
    """Also an office's own portal, which no other program's reading may reach."""
    with server(answering(200, b"x" * 10)) as address:
        look = Looking(f"{address}/ckan")
        assert look.get(file(f"{address}/a.csv"), 100) == b"x" * 10
        assert look.get(file(f"{address}/a.csv"), 5) is None
        look.close()


def test_an_address_inside_a_private_network_is_not_opened() -> None:
    with (
        server(answering(200, b"secret")) as inside,
        server(answering(302, location=f"{inside}/a.csv")) as portal,
    ):
        look = Looking(portal)
        for url in (
            f"{inside}/a.csv",
            f"{portal}/a.csv",
            "http://169.254.169.254/a.csv",
            "file:///etc/passwd",
        ):
            with pytest.raises(UnseenError, match="開きません"):
                look.get(file(url), 100)
        look.close()


@pytest.mark.parametrize("status", [404, 500, 302])
def test_an_answer_that_is_no_file_is_told(status: int) -> None:
    with server(answering(status, location="/again" if status == 302 else "")) as portal:
        look = Looking(portal)
        with pytest.raises(UnseenError):
            look.get(file(f"{portal}/a.csv"), 100)
        look.close()


@pytest.mark.parametrize("stops", [False, True], ids=["one file", "the portal is down"])
def test_rows_that_cannot_be_compared_leave_the_plan_as_it_is(tmp_path: Path, stops: bool) -> None:
    portal = catalogue(tmp_path / "p")
    dated = sample("142034_population_20260401.csv")
    publish(portal, sample(AED), dated)
    (tmp_path / "new" / "b").mkdir(parents=True)
    changed = [
        edited(AED, tmp_path / "new", NOTE, OTHER_NOTE),
        edited(Path(dated).name, tmp_path / "new", "0", "0"),
    ]
    Path(changed[1]).write_bytes(Path(dated).read_bytes().replace(b"\r\n", b"\n").rsplit(b"\n", 2)[0] + b"\n")
    made = planned(portal, *changed)
    assert [item.action for item in made.items] == ["update", "update"]
    asked: list[str] = []

    def look(held: Held, most: int) -> bytes | None:
        asked.append(held.file_name)
        kind = PortalStopError if stops else UnseenError
        if held.file_name == AED:
            raise kind("つながりません。", "It cannot be reached.")
        return portal.content(held, most)

    found = flow.row_changes(made, portal, look=look)
    assert len(asked) == (1 if stops else 2)  # a portal that is down is not waited for again
    kinds = [isinstance(each, OdtoolError) for each in found.values()]
    assert kinds == [True, stops] and isinstance(
        list(found.values())[1], OdtoolError if stops else RowChanges
    )
    told = Told(rows=found)
    assert "（行の増減は確認できず: つながりません）" in plan_text(made, "ja", told)
    assert "could not be found out" in plan_text(made, "en", told)
    assert "確認できず" in plan_html(made, "ja", told)
