"""`plan --rows` against a real CKAN: whose files it downloads, and whose it leaves alone."""

import http.server
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ckan.plugin import Ckan
from tests.ckan.test_publish import Place, purge, through
from tests.publishing import AED, NOTE, OTHER_NOTE, edited, odtool, reply, sample, server

CHANGED = "追加 0 行・削除 0 行・変更 53 行"


@pytest.fixture
def place(ckan: Ckan, tmp_path: Path) -> Iterator[Place]:
    """A CKAN on which the sample was published by the settings in the folder."""
    purge(ckan)
    made = Place(ckan, "{code}-" + secrets.token_hex(4))
    made.settings(tmp_path)
    done = odtool(
        tmp_path,
        "publish",
        sample(AED),
        "--portal",
        "city",
        "--create-organization",
        CKAN_API_TOKEN=ckan.token,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield made
    purge(ckan)


def told(folder: Path, ckan: Ckan, path: str, *more: str) -> str:
    done = odtool(folder, "plan", path, "--portal", "city", "--rows", *more, CKAN_API_TOKEN=ckan.token)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done.stdout


def test_the_rows_of_a_file_on_the_portal_itself_are_compared(place: Place, tmp_path: Path) -> None:
    """Its address is a private one here, as that of a portal inside an office is."""
    path = edited(AED, tmp_path / "new", NOTE, OTHER_NOTE)
    shown = told(tmp_path, place.ckan, path)
    assert CHANGED in shown and "変更 0000000004: 利用可能日時特記事項" in shown


def test_a_file_that_the_portal_says_lies_in_the_office_is_not_asked_for(
    place: Place, tmp_path: Path
) -> None:
    asked: list[str] = []
    path = edited(AED, tmp_path / "new", NOTE, OTHER_NOTE)
    resource = place.show()["resources"][0]["id"]
    with server(secret(asked)) as office:
        for url, ja, en in (
            (f"{office}/a.csv", "ふつうでないポート", "port"),
            ("http://10.0.0.1/a.csv", "庁内", "private network"),
            ("http://127.0.0.1/a.csv", "庁内", "private network"),
            ("http://169.254.169.254/a.csv", "庁内", "private network"),
            ("file:///etc/passwd", "行の増減は確認できず", "rows"),
        ):
            place.ckan.action("resource_patch", id=resource, url=url, url_type="")
            for lang, why in (("ja", ja), ("en", en)):
                shown = told(tmp_path, place.ckan, path, "--overwrite", "--lang", lang)
                assert why in shown and "0000000004" not in shown, shown
    assert not asked


def test_a_redirect_from_the_portal_into_the_office_is_not_followed(place: Place, tmp_path: Path) -> None:
    """The file lies on the portal by its address; asked for it, the portal sends on to somewhere else."""
    asked: list[str] = []
    inside: list[str] = []
    there = through(place.ckan, lambda *_: False, arrives=True)

    def portal(request: http.server.BaseHTTPRequestHandler) -> None:
        if "/api/" in request.path:
            there(request)
            return
        asked.append(request.path)
        request.send_response(302)
        request.send_header("Location", f"{office}/secret.csv")
        request.end_headers()

    with server(secret(inside)) as office, server(portal) as between:
        Place(Ckan(between, place.ckan.token, place.ckan.version), place.organization).settings(tmp_path)
        resource = place.show()["resources"][0]["id"]
        place.ckan.action("resource_patch", id=resource, url=f"{between}/a.csv", url_type="")
        path = edited(AED, tmp_path / "new", NOTE, OTHER_NOTE)
        shown = told(tmp_path, place.ckan, path, "--overwrite")
    assert asked == ["/a.csv"] and not inside and "行の増減は確認できず" in shown, shown


def secret(asked: list[str]) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """What a server inside the office would tell; it notes what it was asked for."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        reply(request, 200, b"ID\n1\n", "text/csv")

    return answer
