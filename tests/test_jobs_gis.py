"""The export folder of a geographic information system that a prefecture and its municipalities share: a folder for each of
them with layers of the same names, layers of the whole prefecture, and files for maps beside the tables."""

import csv
from pathlib import Path

import pytest

from odtool.jobs.looking import aside
from tests.publishing import AED, odtool, sample

SETTINGS = """[portals.site]
type = "folder"
path = "public"

[jobs.gis]
portal = "site"
sources = ["export"]
"""
KYOTO, MAIZURU = ("261009", "京都市"), ("262021", "舞鶴市")


def layer(path: Path, *whose: tuple[str, str]) -> None:
    """A list of AEDs, its rows dealt out to those municipalities."""
    with Path(sample(AED)).open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    code, name, address = (
        head.index(word) for word in ("都道府県コード又は市区町村コード", "市区町村名", "住所")
    )
    for number, row in enumerate(rows):
        row[code], row[name] = whose[number * len(whose) // len(rows)]
        row[address] = row[address].replace("京都市", row[name])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head, *rows])


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "odtool.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "export").mkdir()
    return tmp_path


def own(root: Path) -> dict[str, str]:
    return {"ODTOOL_STATE": str(root / "state"), "ODTOOL_CACHE": str(root / "cache")}


def public(root: Path) -> set[str]:
    return {path.name for path in (root / "public").iterdir() if path.name[0] == "2"}


def test_layers_of_one_name_in_the_folders_of_several_municipalities_become_their_datasets(
    office: Path,
) -> None:
    layer(office / "export" / "京都市" / "AED.csv", KYOTO)
    layer(office / "export" / "202" / "AED.csv", MAIZURU)
    done = odtool(office, "run", **own(office))
    assert done.returncode == 0 and "新規 2件" in done.stdout
    assert public(office) == {"261009_aed", "262021_aed"}


def test_a_layer_of_several_municipalities_is_nobodys_until_it_is_called_the_prefectures(
    office: Path,
) -> None:
    layer(office / "export" / "AED.csv", KYOTO, MAIZURU)
    done = odtool(office, "run", **own(office))
    (page,) = (path for path in (office / "odtool-jobs/gis/runs").iterdir() if "-report" not in path.name)
    told = page.read_text("utf-8")
    assert done.returncode == 1 and "2団体（京都市、舞鶴市）" in told and "260002" in told
    assert not (office / "public").exists() or not public(office)
    settings = SETTINGS.replace("[jobs.gis]", '[jobs.gis]\nmunicipality = "260002"')
    (office / "odtool.toml").write_text(settings, "utf-8")
    assert odtool(office, "run", **own(office)).returncode == 0 and public(office) == {"260002_aed"}


def test_files_for_maps_without_a_description_are_counted_and_not_passed_over_in_silence(
    office: Path,
) -> None:
    layer(office / "export" / "AED.csv", KYOTO)
    for name in ("道路.shp", "道路.shx", "道路.dbf", "河川.geojson", "sub/森林.SHP"):
        (office / "export" / name).parent.mkdir(exist_ok=True)
        (office / "export" / name).write_bytes(b"x")
    done = odtool(office, "jobs", "check", **own(office))
    assert (
        "export: 1件あります。地図のファイル（GeoJSON 1件、SHP 2件）は" in done.stdout
        and "dataset.toml" in done.stdout
    )
    (office / "export" / "AED.csv").unlink()
    for words in (("jobs", "check"), ("run",)):
        done = odtool(office, *words, "--lang", "en", **own(office))
        assert done.returncode == 2
    assert "GeoJSON 1, SHP 2" in odtool(office, "jobs", "check", "--lang", "en", **own(office)).stdout


def test_what_is_described_is_not_counted(office: Path) -> None:
    (office / "export" / "道路").mkdir()
    (office / "export" / "道路" / "a.shp").write_bytes(b"x")

    def count(stated: str) -> dict[str, int]:
        return aside(str(office), stated, lambda: None)

    assert count("export") == count("export/*") == count("export/**/*.shp") == {"SHP": 1}
    (office / "export" / "道路" / "dataset.toml").write_text("", "utf-8")
    assert count("export") == count("export/*") == {}
