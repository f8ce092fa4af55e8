"""Answers that real portals gave, and files that municipalities published, collected from a server of our own.

Nothing of them is kept here: they are read from the folder of real files, and the tests are skipped without it.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from odtool.coverage.observation import Observation
from odtool.coverage.observed import store
from odtool.datasets import catalog
from tests.collecting import Site, collected, package, reading, seen, site
from tests.publishing import odtool
from tests.test_licences import OURS

EDITIONS = {"推奨データセット(旧)": "suisho", "自治体標準ODS(新)": "standard"}
TABLES = (".csv", ".xlsx")


@pytest.fixture
def portal() -> Iterator[Site]:
    with site() as made:
        yield made


def index(corpus: Path) -> list[dict[str, str]]:
    """The tables among the real files, as their index tells of them."""
    with (corpus.parent / "INDEX.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["file"].endswith(TABLES)]


def saved(path: Path, portal: Site) -> Any:
    """A saved answer with this server in place of every host."""
    return json.loads(re.sub(r"https?://[^/\"\\ ]+", portal.address, path.read_text("utf-8")))


def entries(told: Any) -> list[dict[str, Any]]:
    """The datasets in a saved answer, however it was kept."""
    if isinstance(told, list):
        return [entry for one in told for entry in entries(one)]
    if "result" in told:
        return entries(told["result"])
    if "resources" in told:
        return [told]
    return [entry for value in told.values() if isinstance(value, list) for entry in entries(value)]


ANSWERS = ("data.go.jp/package_show.json", "yamaguchi/package_search_subset_2025-06-10.json")


def drawn(book: Path, folder: Path, *more: str) -> dict[str, str]:
    """The report on it in every form that is text."""
    found = {}
    for form in ("text", "json", "csv", "html", "xlsx"):
        target = folder / f"report.{form}"
        how = ("coverage", "report", "--store", str(book), "--format", form)
        made = odtool(folder, *how, "-o", str(target), *more)
        assert made.returncode == 0, made.stderr
        found[form] = "" if form == "xlsx" else target.read_text("utf-8-sig")
    return found


def test_every_real_file_is_recognised_as_the_index_of_the_real_files_says(
    portal: Site, corpus: Path, tmp_path: Path
) -> None:
    """Dataset and edition of each, from contents alone: on this portal everything is called 444."""
    rows = index(corpus)
    packages = []
    for n, row in enumerate(rows):
        portal.put(f"/f/{n}", (corpus / row["file"]).read_bytes())
        code, _, name = row["municipality"].partition(" ")
        file = {"url": f"{portal.address}/f/{n}", "format": "", "name": "444"}
        packages.append(package(str(n), file, title="444", organization={"name": code, "title": name}))
    portal.ckan(packages)
    (result,) = collected(tmp_path / "s", reading(portal))
    found = seen(tmp_path / "s")
    assert (result.state, len(found)) == ("done", len(rows))
    others = {}
    for n, row in enumerate(rows):
        one, (title, _, _) = found[f"{n}-1"], row["nearest_definition"].rpartition(" ")
        edition = EDITIONS.get(row["edition"], "")
        told = (catalog.dataset(one.dataset).name if one.dataset else "", one.edition)
        if told != ((title, edition) if edition else ("", "")):
            others[row["file"]] = told
        assert one.municipality == row["municipality"][:6]
        assert one.sha256 == row["sha256"] and one.alive and one.levels[0] is not None
        assert one.dataset or one.why
    assert others == {}


def answered(row: dict[str, str], corpus: Path, portal: Site, path: str) -> str:
    """Put a real file where a saved answer says that one is; what then must be seen there."""
    portal.put(path, (corpus / row["file"]).read_bytes())
    return "seen"


MEETINGS: tuple[tuple[str, int, bytes, dict[str, str]], ...] = (
    ("not-seen", 200, b"<!DOCTYPE html><html><body>moved</body></html>", {"Content_Type": "text/csv"}),
    ("not-seen", 202, b"<html><script>challenge()</script></html>", {}),
    ("not-seen", 403, b"login", {}),
    ("not-seen", 401, b"login", {}),
    ("not-seen", 503, b"<html>down</html>", {"Retry_After": "0"}),
    ("dead", 404, b"<html>gone</html>", {}),
    ("dead", 410, b"", {}),
    ("not-checked", 200, b"", {}),
    ("not-checked", 200, b"%PDF-1.7\n", {"Content_Type": "text/csv"}),
)
"""What stands in for a file that nobody has kept: as collectors really meet it, and what that is."""


@pytest.mark.parametrize("name", ANSWERS)
def test_every_saved_answer_is_collected_and_each_of_its_files_accounted_for(
    portal: Site, portals: Path, corpus: Path, tmp_path: Path, name: str
) -> None:
    listed = {entry["name"]: entry for entry in entries(saved(portals / name, portal))}
    real = {Path(row["file"]).name: row for row in index(corpus)}
    meetings, wanted = cycle(MEETINGS), {}
    for entry in listed.values():
        for number, file in enumerate(entry["resources"], 1):
            key = (entry["name"], file.get("id") or str(number))
            path = quote(file["url"].removeprefix(portal.address), safe="/%:@!$&'()*+,;=~-._")
            here = real.get(file["name"]) or real.get(file["url"].rpartition("/")[2])
            if here:
                wanted[key] = answered(here, corpus, portal, path)
            elif path not in portal.answers:
                wanted[key], status, body, headers = next(meetings)
                portal.put(path, body, status, **headers)
    base = "/ckan/api/3/action"
    portal.ckan(list(listed.values()), base=base)
    (result,) = collected(tmp_path / "s", reading(portal, url=f"{portal.address}{base}"))
    found = {(one.dataset_name, one.resource): one for one in _all(tmp_path / "s")}
    files = {(key, f.get("id") or str(n)) for key, entry in listed.items() for n, f in enumerate(entry["resources"], 1)}  # fmt: skip
    assert result.state == "done" and set(found) == files
    for key, one in found.items():
        assert one.verdict in ("valid", "invalid") or (one.why and one.why_en), key
        assert one.alive is not False or "リンク切れ" in one.why
        if one.alive is not None and wanted.get(key) == "dead":
            assert one.alive is False
        if wanted.get(key) == "not-seen" and one.format != "PDF":
            assert one.verdict in ("not-seen", "not-checked") and one.alive is None
        assert not one.updated or one.updated <= "2026-11-20"
        code = re.search(r"【(.+?)】", one.title)
        if code and one.municipality and code[1].endswith(("市", "町", "県")):
            assert one.municipality.startswith("35"), one.title
    _no_cell_is_called_unpublished_for_what_was_not_seen(tmp_path, list(found.values()))


def _all(book: Path) -> list[Observation]:
    with store(book) as open_:
        last = {(one.dataset_name, one.resource): one for one in open_.latest()}
    return list(last.values())


def _no_cell_is_called_unpublished_for_what_was_not_seen(folder: Path, found: list[Observation]) -> None:
    reports = drawn(folder / "s", folder, "--prefecture", "山口県")
    told = json.loads(reports["json"])
    cells = {
        (row["code"], slug): cell
        for row in (*told["municipalities"], *told["others"])
        for slug, cell in row["cells"].items()
    }
    codes = {row["code"] for row in (*told["municipalities"], *told["others"])}
    for one in found:
        if one.municipality not in codes:
            continue
        if one.dataset:  # recognised by its contents, whatever it was called
            assert cells[one.municipality, one.slug]["state"] != "none", one.title
        elif one.maybe and one.verdict == "not-seen" and one.alive is None:
            assert cells[one.municipality, one.maybe]["state"] != "none", one.title
    started = {row["code"] for row in (*told["municipalities"], *told["others"]) if row["started"]}
    assert {one.municipality for one in found} & codes <= started
    for form in ("text", "html", "csv"):
        assert "Traceback" not in reports[form] and ("山口県" in reports[form] or form == "text")


def test_every_licence_met_on_japanese_portals_keeps_its_meaning_all_the_way_into_the_store(
    portal: Site, portals: Path, tmp_path: Path
) -> None:
    met = json.loads((portals / "_licences/licences_seen_in_japanese_ckan.json").read_text("utf-8"))
    portal.put("/f.csv", b"a,b\r\n1,2\r\n")
    packages = []
    for n, one in enumerate(met):
        said = {f"license_{key}": one.get(key, "") for key in ("id", "title", "url")}
        extras = (
            [{"key": "copyright", "value": one["extras_copyright"]}] if one.get("extras_copyright") else []
        )
        tags = [{"name": one["tag"]}] if one.get("tag") else []
        file = {"url": f"{portal.address}/f.csv"}
        packages.append(package(f"{n:03}", file, **said, extras=extras, tags=tags))
    portal.ckan(packages)
    collected(tmp_path / "s", reading(portal))
    found, others = seen(tmp_path / "s"), Counter[str]()
    for n, one in enumerate(met):
        was, meant = found[f"{n:03}-1"], OURS.get(one["is"], one["is"])
        agrees = was.open is False if meant == "-ddsd-non-free" else was.licence == meant
        others[str(one)] += not agrees
        assert was.open is not True or meant not in ("", "-ddsd-non-free")
    assert not +others


def test_the_ages_of_a_package_show_are_read_alike(portal: Site, corpus: Path, tmp_path: Path) -> None:
    """One with an organisation, files that the portal keeps, and the day of the data in words beside each file."""
    (path,) = corpus.glob("*/care_service-metadata.json")
    (entry,) = entries(saved(path, portal))
    for file in entry["resources"]:
        portal.put(quote(file["url"].removeprefix(portal.address)), b"a,b\r\n1,2\r\n")
    portal.ckan([entry])
    collected(tmp_path / "s", reading(portal))
    found = _all(tmp_path / "s")
    assert len(found) == entry["num_resources"] and {one.municipality for one in found} == {"350001"}
    assert {(one.licence, one.open) for one in found} == {("CC-BY", True)}
    assert {(one.updated, one.updated_by) for one in found} == {("2024-02-01", "title")}
    assert date.fromisoformat(found[0].updated).year == 2024
