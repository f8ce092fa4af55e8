"""The sources of a job: what is found in each, and that a bad one stops only itself."""

import http.server
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from odtool.errors import UsageError
from odtool.jobs.collecting import collect
from odtool.jobs.found import Found
from odtool.jobs.place import Place
from odtool.jobs.settings import Job
from odtool.jobs.unpack import unpacked
from odtool.jobs.web import name
from tests.publishing import reply, sample, server

CSV = "名称,住所\r\n市役所,京都府\r\n".encode()


def job(tmp_path: Path, *sources: str, **more: object) -> Job:
    return Job("j", "site", sources, base=tmp_path, **more)  # type: ignore[arg-type]


def collected(tmp_path: Path, *sources: str, **more: object) -> Found:
    return collect(job(tmp_path, *sources, **more), tmp_path / "work")


def names(found: Found) -> list[str]:
    return [Path(path).name for path in found.paths]


def archive(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for entry, data in files.items():
            packed.writestr(entry, data)
    return made.getvalue()


def test_folders_patterns_and_single_files_are_found_once_each(tmp_path: Path) -> None:
    for place in ("data/a.csv", "data/sub/b.csv", "data/~$c.xlsx", "data/.d.csv", "data/e.pptx", "f[1].csv"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(CSV)
    found = collected(tmp_path, "data", "data/**/*.csv", "data/a.csv", "f[1].csv")
    assert names(found) == ["a.csv", "b.csv", "f[1].csv"] and not found.troubles


def test_what_odtool_wrote_itself_is_no_source_unless_it_is_named(tmp_path: Path) -> None:
    for place in ("a.csv", "sub/b.csv", "public/x/x.csv", "jobs/j/work/mended/1/a.csv", "jobs/j/order.txt"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(CSV)
    (tmp_path / "link").symlink_to(tmp_path)
    made = [tmp_path / "link/public", *Place(tmp_path / "jobs/j").made]

    def found(source: str) -> Found:
        return collect(job(tmp_path, source), tmp_path / "jobs/j/work", made=made)

    for source in (".", "**/*.csv", str(tmp_path)):
        assert names(found(source)) == ["a.csv", "b.csv"]
    for source in ("public", "public/*/*.csv", "link/public/x/x.csv"):
        assert names(found(source)) == ["x.csv"]
    (tmp_path / "a.csv").unlink()
    (tmp_path / "sub/b.csv").unlink()
    assert [t.code for t in found(".").troubles] == [2]


def test_a_dead_source_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
    (tmp_path / "empty").mkdir()
    found = collected(
        tmp_path, "gone", "*.nothing", "empty", "broken.zip", "http://127.0.0.1:9/x.csv", "a.csv"
    )
    assert names(found) == ["a.csv"]
    assert [t.code for t in found.troubles] == [2, 2, 2, 2, 3]
    assert found.troubles[0].where == "gone" and all(t.ja and t.en for t in found.troubles)


# --- archives -------------------------------------------------------------------------------------


def test_tables_in_an_archive_are_unpacked_once_and_forgotten_with_it(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(
        archive({"避難所/262021_a.csv": CSV, "readme.md": b"x", "__MACOSX/b.csv": CSV})
    )
    found = collected(tmp_path, "x.zip")
    assert names(found) == ["262021_a.csv"]
    assert found.origins[found.paths[0]].endswith("x.zip › 避難所/262021_a.csv")
    before = Path(found.paths[0]).stat().st_mtime_ns
    assert Path(collected(tmp_path, "x.zip").paths[0]).stat().st_mtime_ns == before
    (tmp_path / "x.zip").write_bytes(archive({"c.csv": CSV}))
    assert names(collected(tmp_path, "x.zip")) == ["c.csv"]
    assert not Path(found.paths[0]).exists()


def test_an_archive_whose_unpacking_was_broken_off_is_unpacked_again(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(archive({"a.csv": CSV}))
    first = collected(tmp_path, "x.zip").paths[0]
    Path(first).write_bytes(b"half")
    (Path(first).parent / ".done").unlink()
    assert Path(collected(tmp_path, "x.zip").paths[0]).read_bytes() == CSV


@pytest.mark.parametrize(
    "inside",
    ["../out.csv", "/etc/out.csv", "a/../../out.csv", "..\\out.csv", "C:\\out.csv", "a\x01.csv", "con:.csv"],
)
def test_nothing_in_an_archive_can_leave_its_folder(tmp_path: Path, inside: str) -> None:
    (tmp_path / "x.zip").write_bytes(archive({inside: CSV}))
    with pytest.raises(UsageError, match="使えない名前"):
        unpacked(tmp_path / "x.zip", tmp_path / "deep" / "work")
    assert not list(tmp_path.rglob("out.csv"))


def test_a_zip_bomb_is_stopped_whatever_it_says_of_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("odtool.jobs.unpack.SMALL", 1_000_000)
    data = bytearray(archive({"a.csv": b"0" * 30_000_000}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)  # it says ten bytes
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(UsageError):
        unpacked(tmp_path / "x.zip", tmp_path / "work")
    (tmp_path / "y.zip").write_bytes(archive({"a.csv": b"0" * 300_000_000}))
    with pytest.raises(UsageError, match="大きすぎる"):
        unpacked(tmp_path / "y.zip", tmp_path / "work")
    assert sum(path.stat().st_size for path in (tmp_path / "work").rglob("*") if path.is_file()) < 60_000_000


def test_two_names_that_are_one_on_windows_and_an_archive_without_tables_are_refused(tmp_path: Path) -> None:
    for files in ({"a.csv": CSV, "A.csv": CSV}, {"readme.txt.md": b"x"}):
        (tmp_path / "x.zip").write_bytes(archive(files))
        with pytest.raises(UsageError):
            unpacked(tmp_path / "x.zip", tmp_path / "work")


# --- books ----------------------------------------------------------------------------------------


def book(path: Path, change: Callable[[Workbook], None] = lambda _: None) -> None:
    made = Workbook()
    for sheet, title in ((made.active, "AED/一覧"[:3]), (made.create_sheet("避難所"), "避難所")):
        assert sheet is not None
        sheet.title = title
        sheet.append(["名称", "住所"])
        sheet.append([title, "京都府"])
    made.create_sheet("空")
    change(made)
    made.save(path)


def test_a_book_can_be_taken_as_its_sheets(tmp_path: Path) -> None:
    book(tmp_path / "262021_x.xlsx")
    assert names(collected(tmp_path, "262021_x.xlsx")) == ["262021_x.xlsx"]
    found = collected(tmp_path, "262021_x.xlsx", sheets=True)
    assert names(found) == ["262021_x_AED.csv", "262021_x_避難所.csv"]
    assert Path(found.paths[1]).read_bytes().decode("utf-8-sig") == "名称,住所\r\n避難所,京都府\r\n"


def test_a_book_with_something_hidden_is_not_split(tmp_path: Path) -> None:
    def hide_sheet(made: Workbook) -> None:
        made["避難所"].sheet_state = "hidden"

    def hide_column(made: Workbook) -> None:
        made["避難所"].column_dimensions["B"].hidden = True

    for change in (hide_sheet, hide_column):
        book(tmp_path / "x.xlsx", change)
        found = collected(tmp_path, "x.xlsx", sheets=True)
        assert not found.paths and "避難所" in found.troubles[0].ja


# --- addresses ------------------------------------------------------------------------------------


class Office:
    """A server that answers with an ETag, and counts."""

    def __init__(self, body: bytes = CSV) -> None:
        self.body, self.etag, self.asked, self.sent = body, '"1"', 0, 0
        self.places: dict[str, str] = {}
        self.status = 200

    def __call__(self, request: http.server.BaseHTTPRequestHandler) -> None:
        self.asked += 1
        if goal := self.places.get(request.path):
            request.send_response(302)
            request.send_header("Location", goal)
            request.send_header("Content-Length", "0")
            request.end_headers()
        elif request.headers.get("If-None-Match") == self.etag:
            request.send_response(304)
            request.end_headers()
        elif self.status != 200:
            reply(request, self.status, b"no")
        else:
            self.sent += 1
            request.send_response(200)
            request.send_header("ETag", self.etag)
            request.send_header("Content-Length", str(len(self.body)))
            request.end_headers()
            request.wfile.write(self.body)


def test_an_address_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    office = Office()
    with server(office) as address:
        goal = f"{address}/d/262021_a.csv?v=1"
        first = collected(tmp_path, goal, intranet=("127.0.0.1",))
        assert names(first) == ["262021_a.csv"] and (first.fetched, first.unchanged) == (1, 0)
        again = collected(tmp_path, goal, intranet=("127.0.0.1",))
        assert again.paths == first.paths and (again.fetched, again.unchanged, office.sent) == (0, 1, 1)
        Path(first.paths[0]).write_bytes(b"damaged")
        assert Path(collected(tmp_path, goal, intranet=("127.0.0.1",)).paths[0]).read_bytes() == CSV
        office.body, office.etag = CSV + b"x,y\r\n", '"2"'
        assert Path(collected(tmp_path, goal, intranet=("127.0.0.1",)).paths[0]).read_bytes() == office.body
        assert first.origins[first.paths[0]] == goal


def test_a_file_of_yesterday_is_not_passed_off_as_todays(tmp_path: Path) -> None:
    office = Office()
    with server(office) as address:
        assert collected(tmp_path, f"{address}/a.csv", intranet=("127.0.0.1",)).paths
        office.etag, office.status = '"2"', 503
        found = collected(tmp_path, f"{address}/a.csv", intranet=("127.0.0.1",))
        assert not found.paths and found.troubles[0].code == 3 and "503" in found.troubles[0].ja


def test_the_own_network_is_closed_unless_the_settings_name_the_host(tmp_path: Path) -> None:
    office = Office()
    with server(office) as address:
        found = collected(tmp_path, f"{address}/a.csv")
        assert not found.paths and not office.asked and found.troubles[0].code == 3
        elsewhere = address.replace("127.0.0.1", "localhost")
        office.places["/a.csv"] = f"{elsewhere}/b.csv"
        found = collected(tmp_path, f"{address}/a.csv", intranet=("127.0.0.1",))
        assert not found.paths and "localhost" in found.troubles[0].ja and office.asked == 1
        assert collected(tmp_path, f"{address}/a.csv", intranet=("127.0.0.1", "localhost")).paths
        office.places["/a.csv"] = "file:///etc/passwd"
        assert not collected(tmp_path, f"{address}/a.csv", intranet=("127.0.0.1",)).paths
        office.places["/a.csv"] = "/a.csv"
        assert "転送" in collected(tmp_path, f"{address}/a.csv", intranet=("127.0.0.1",)).troubles[0].ja


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><p>Login", b"\xef\xbb\xbf\n <html>", b"  \n"])
def test_a_page_in_place_of_the_file_is_no_file(tmp_path: Path, body: bytes) -> None:
    with server(Office(body)) as address:
        found = collected(tmp_path, f"{address}/a.csv", intranet=("127.0.0.1",))
    assert not found.paths and found.troubles[0].code == 3


def test_an_archive_and_a_book_behind_an_address_are_opened_like_any_other(tmp_path: Path) -> None:
    with server(Office(archive({"262021_a.csv": CSV}))) as address:
        found = collected(tmp_path, f"{address}/download?id=3", intranet=("127.0.0.1",))
    assert names(found) == ["262021_a.csv"] and found.origins[found.paths[0]].startswith(address)


def test_what_is_damaged_behind_an_address_or_in_an_archive_is_told_by_its_own_name(tmp_path: Path) -> None:
    with server(Office(archive({"262021_a.csv": CSV})[:90])) as address:
        goal = f"{address}/export.zip"
        (trouble,) = collected(tmp_path, goal, intranet=("127.0.0.1",)).troubles
    assert trouble.ja.startswith(f"{goal}: ") and trouble.en.startswith(f"{goal}: ")
    (tmp_path / "x.zip").write_bytes(archive({"a.xlsx": b"PK\x03\x04 no book", "b.csv": CSV}))
    found = collected(tmp_path, "x.zip", sheets=True)  # the others in it go on
    inside = f"{tmp_path / 'x.zip'} › a.xlsx"
    assert names(found) == ["b.csv"] and [t.where for t in found.troubles] == [inside]
    assert found.troubles[0].ja.startswith(f"{inside}: ")


def test_a_downloaded_file_has_a_harmless_name() -> None:
    assert name("http://x/..%2f..%2fetc%2fa.csv", b"") == "a.csv"
    assert name("http://x/a%00b%0a.csv", b"") == "ab.csv"
    assert name("http://x/", b"PK\x03\x04....xl/workbook") == "file.xlsx"
    assert name("http://x/get.php", b"a,b") == "get.php.csv"
    assert len(name(f"http://x/{'あ' * 300}.csv", b"")) <= 80


def test_samples_are_found_where_the_settings_lie_not_where_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(Path(sample("261009_aed.csv")).read_bytes())
    monkeypatch.chdir("/")
    assert names(collected(tmp_path, "in")) == ["a.csv"]
