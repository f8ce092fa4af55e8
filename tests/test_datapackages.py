"""The bundled data packages, their registry and templates, and the list of municipality codes."""

import csv
import hashlib
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from frictionless import Package

ROOT = Path(__file__).parent.parent
PACKAGES = sorted((ROOT / "datapackages").glob("*/datapackage.json"))
RECOMMENDED = ROOT / "recommended_datasets"
KINDS = {
    *(
        "id",
        "municipality-code",
        "prefecture-name",
        "municipality-name",
        "organization-name",
        "kana",
        "latin",
    ),
    *("address", "latitude", "longitude", "height-kind", "height", "phone", "extension", "postcode"),
    *("corporate-number", "town-id", "poi-code", "weekdays", "date", "time", "number", "flag", "presence"),
    *("url", "email", "list", "language", "license", "text"),
}
STRING_KINDS = {
    *("id", "municipality-code", "phone", "extension", "postcode", "corporate-number", "town-id", "poi-code"),
}

every_package = pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.parent.name)


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def fields_of(package):
    return package["resources"][0]["schema"]["fields"]


def folded(name):
    return unicodedata.normalize("NFKC", name).casefold()


def rows_of(name):
    with (RECOMMENDED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_both_editions_are_there():
    assert Counter(load(path)["edition"] for path in PACKAGES) == {"suisho": 17, "standard": 29}


@every_package
def test_frictionless_accepts_the_package(path):
    assert list(Package.metadata_validate(load(path))) == []
    schema = Package.from_descriptor(load(path)).resources[0].schema
    assert schema.field_names == [field["name"] for field in fields_of(load(path))]


@every_package
def test_a_package_is_named_after_its_edition_and_slug(path):
    package = load(path)
    assert package["name"] == path.parent.name == f"{package['edition']}-{package['slug']}"
    assert re.fullmatch(r"[-a-z0-9._/]+", package["name"])


@every_package
def test_the_file_is_written_the_one_way(path):
    assert path.read_bytes() == (json.dumps(load(path), ensure_ascii=False, indent=2) + "\n").encode("utf-8")


@every_package
def test_field_names_stay_unique_when_widths_are_folded(path):
    names = [folded(field["name"]) for field in fields_of(load(path))]
    assert len(names) == len(set(names))


@every_package
def test_an_alias_means_one_field_only_and_is_no_other_field_s_name(path):
    fields = fields_of(load(path))
    names = {folded(field["name"]) for field in fields}
    aliases = [folded(alias) for field in fields for alias in field.get("aliases", [])]
    assert len(aliases) == len(set(aliases))
    assert not names & set(aliases)


@every_package
def test_codes_phones_and_postcodes_are_strings(path):
    for field in fields_of(load(path)):
        if field["kind"] in STRING_KINDS:
            assert field["type"] == "string", field["name"]
            assert field.get("unconfirmed", {}).get("type", "string") == "string", field["name"]


@every_package
def test_a_filled_cell_is_demanded_exactly_of_required_fields_that_are_no_flags(path):
    for field in fields_of(load(path)):
        demanded = field.get("constraints", {}).get("required", False)
        assert demanded is (field["requirement"] == "必須" and field["kind"] != "flag"), field["name"]


@every_package
def test_an_inferred_requirement_stands_only_beside_an_unknown_one(path):
    for field in fields_of(load(path)):
        if "requirementInferred" in field:
            assert field["requirement"] == "不明", field["name"]
            assert field["requirementInferred"].keys() == {"level", "basis"}


@every_package
def test_every_field_says_where_its_requirement_and_type_come_from(path):
    for field in fields_of(load(path)):
        assert field["requirement"] in {"必須", "推奨", "任意", "不明"}, field["name"]
        assert field["requirementSource"], field["name"]
        assert field["typeSource"], field["name"]
        assert (field["requirementConfidence"] == "none") is (field["requirement"] == "不明"), field["name"]
        assert {field["requirementConfidence"], field["typeConfidence"]} <= {"high", "medium", "low", "none"}
        if field["requirement"] != "不明":
            assert field["requirementSource"] != "未確認", field["name"]


@every_package
def test_what_is_inferred_never_stands_as_confirmed(path):
    for field in fields_of(load(path)):
        if field["typeConfidence"] in {"low", "none"}:
            assert field["type"] == "string", field["name"]
            assert "format" not in field, field["name"]


@every_package
def test_a_flag_is_one_or_blank(path):
    for field in fields_of(load(path)):
        assert "" not in field.get("constraints", {}).get("enum", []), field["name"]
        if field["kind"] == "flag":
            assert field["constraints"] == {"enum": ["1"]}, field["name"]
            assert field["blankMeans"] == "なし", field["name"]


@every_package
def test_every_kind_is_known(path):
    assert {field["kind"] for field in fields_of(load(path))} <= KINDS


@every_package
def test_every_pattern_compiles_and_hides_no_alternation(path):
    for field in fields_of(load(path)):
        for shape in (field, field.get("unconfirmed", {})):
            pattern = shape.get("constraints", {}).get("pattern")
            if pattern is not None:
                re.compile(pattern)
                assert "|" not in re.sub(r"\(\?:.*?\)", "", pattern), field["name"]


@every_package
def test_what_is_not_known_of_a_definition_is_said(path):
    package = load(path)
    assert isinstance(package["orderConfirmed"], bool)
    assert package.get("incomplete", True) is True  # said where it is so, never as «false»
    assert package["confidence"] in {"high", "medium", "low"}
    assert package["confidenceNote"] and package["sources"]
    if package.get("incomplete"):
        assert not any(field["requirement"] == "必須" for field in fields_of(package))


@every_package
def test_every_variant_says_where_it_was_seen(path):
    package = load(path)
    named = [variant["id"] for variant in package.get("variants", [])]
    assert len(named) == len(set(named))
    names = {field["name"] for field in fields_of(package)}
    for variant in package.get("variants", []):
        assert re.fullmatch("[-a-z0-9]+", variant["id"])
        assert variant["title"] and variant["titleEn"] and variant["observedAt"] and variant["sources"]
        assert variant["confidence"] in {"high", "medium", "low"}
        assert variant.keys() & {"add", "drop", "rename", "join"}
        assert {*variant.get("drop", []), *variant.get("rename", {})} <= names
        for entry in variant.get("add", []):
            field = entry["field"]
            assert field["name"] not in names and field["kind"] in KINDS
            assert field["requirement"] == "不明" and field["typeSource"] and field["requirementSource"]


@every_package
def test_a_name_that_a_variant_gives_a_column_is_an_alias_of_it(path):
    package = load(path)
    aliases = {field["name"]: field.get("aliases", []) for field in fields_of(package)}
    for variant in package.get("variants", []):
        for old, new in variant.get("rename", {}).items():
            assert new in aliases[old], (variant["id"], old)


@every_package
def test_files_that_belong_together_name_a_dataset_and_a_column_that_exist(path):
    package = load(path)
    others = {other.parent.name: {field["name"] for field in fields_of(load(other))} for other in PACKAGES}
    for companion in package.get("companionFiles", []):
        assert companion["title"]
        assert companion.get("dataset", path.parent.name) in others
    for reference in package.get("references", []):
        assert reference["field"] in others[path.parent.name]
        assert reference["to"] in others[reference["dataset"]]
        assert reference["source"] and reference["confidence"] in {"high", "medium", "low"}


@every_package
def test_the_template_is_the_header_with_bom_and_crlf(path):
    raw = (RECOMMENDED / path.parent.name / "template.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == 1
    (header,) = csv.reader([raw.decode("utf-8-sig")])
    assert header == [field["name"] for field in fields_of(load(path))]


def test_the_registry_lists_exactly_the_packages_as_they_are():
    listed = rows_of("registry.csv")
    rows = {row["id"]: row for row in listed}
    assert len(rows) == len(listed)
    assert set(rows) == {path.parent.name for path in PACKAGES}
    for path in PACKAGES:
        row, package = rows[path.parent.name], load(path)
        assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest(), path.parent.name
        assert row["fields"] == str(len(fields_of(package)))
        for column, key in (
            ("title", "title"),
            ("title_en", "titleEn"),
            ("number", "number"),
            ("slug", "slug"),
        ):
            assert row[column] == package[key], (path.parent.name, column)


def test_every_municipality_code_is_unique_and_has_the_right_check_digit():
    codes = [row["code"] for row in rows_of("municipalities.csv")]
    assert len(codes) == len(set(codes)) == 1959
    for code in codes:
        assert re.fullmatch("[0-9]{6}", code)
        total = sum(int(digit) * weight for digit, weight in zip(code[:5], (6, 5, 4, 3, 2), strict=True))
        assert int(code[5]) == (11 - total % 11) % 10, code


@pytest.mark.parametrize(
    ("prefecture", "count"), [("京都府", 26), ("奈良県", 39), ("神奈川県", 33), ("広島県", 23)]
)
def test_a_prefecture_has_all_its_municipalities(prefecture, count):
    municipalities = [
        row
        for row in rows_of("municipalities.csv")
        if row["prefecture"] == prefecture and row["kind"] not in {"都道府県", "政令市の区"}
    ]
    assert len(municipalities) == count
