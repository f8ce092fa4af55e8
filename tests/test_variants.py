"""Layouts that circulate beside a definition: told apart, judged by themselves, and named."""

from collections.abc import Sequence

import pytest

from odtool.datasets.catalog import datasets, index
from odtool.datasets.identify import FITS, against, identify
from odtool.datasets.variants import applied, followed
from odtool.judging.read import read
from odtool.judging.validate import Judgement, validate
from odtool.messages import message
from odtool.model import Dataset, Finding, Match, Variant
from odtool.rules import RULES
from odtool.text import fold

EVERY = [(dataset, variant) for dataset in datasets().values() for variant in dataset.variants]
ids = [f"{dataset.id}-{variant.id}" for dataset, variant in EVERY]
HEADER_RULES = {"column-missing", "column-absent", "column-extra", "column-renamed", "column-order"}


def names(dataset: Dataset) -> list[str]:
    return [field.name for field in dataset.fields]


def judged(labels: Sequence[str], dataset: Dataset | None = None) -> tuple[Match, Judgement]:
    """A table with that header and one record, as what it is recognised (or told) to be."""
    text = ",".join(f'"{label}"' for label in labels) + "\r\n" + ",".join("x" for _ in labels) + "\r\n"
    (grid,) = read(text.encode()).grids
    table, matches = identify(grid, index())
    assert table
    match = against(table, dataset) if dataset else matches[0]
    return match, validate(table, match)


def of_rule(judgement: Judgement, rule: str) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.rule == rule]


def all_of(dataset: Dataset) -> dict[str, Variant]:
    return {variant.id: variant for variant in dataset.variants}


# --- every variant that is declared ----------------------------------------------------------------


@pytest.mark.parametrize(("dataset", "variant"), EVERY, ids=ids)
def test_a_file_that_follows_a_variant_is_judged_by_it(dataset: Dataset, variant: Variant) -> None:
    labels = names(applied(variant, dataset))
    match, judgement = judged(labels)
    assert match.dataset.id == dataset.id and match.score == 1.0
    assert [followed_.id for followed_ in match.dataset.follows] == [variant.id]
    assert [mapped.field for mapped in match.mapping] == labels
    assert not HEADER_RULES & judgement.totals.keys()


@pytest.mark.parametrize(("dataset", "variant"), EVERY, ids=ids)
def test_a_variant_is_told_as_a_hint_that_names_it_and_the_difference(
    dataset: Dataset, variant: Variant
) -> None:
    _, judgement = judged(names(applied(variant, dataset)))
    (hint,) = of_rule(judgement, "variant-followed")
    assert hint.severity == "hint"
    assert variant.title in message(hint, "ja") and variant.title_en in message(hint, "en")
    changed = [*variant.dropped, *variant.renamed, *(field.name for field, _ in variant.added)]
    new = [
        name
        for name in changed
        if name in variant.dropped or name not in names(dataset) or name in variant.renamed
    ]
    assert any(name in message(hint, "ja") for name in new)


@pytest.mark.parametrize(("dataset", "variant"), EVERY, ids=ids)
def test_a_variant_says_where_it_was_seen_and_how_sure_that_is(dataset: Dataset, variant: Variant) -> None:
    assert variant.observed_at and variant.title and variant.title_en
    assert variant.confidence in {"high", "medium", "low"}
    known = set(names(dataset))
    assert known >= {*variant.dropped, *variant.renamed}
    assert {before for _, before in variant.added} <= {*known, None}
    assert variant.added or variant.dropped or variant.renamed


@pytest.mark.parametrize(("dataset", "variant"), EVERY, ids=ids)
def test_names_stay_unique_in_a_variant(dataset: Dataset, variant: Variant) -> None:
    folded = [fold(name) for name in names(applied(variant, dataset))]
    assert len(folded) == len(set(folded))


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_a_file_that_follows_the_definition_follows_no_variant(dataset: Dataset) -> None:
    match, judgement = judged(names(dataset))
    assert match.dataset is dataset
    assert "variant-followed" not in judgement.totals


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_a_file_that_lacks_columns_follows_no_variant_for_that(dataset: Dataset) -> None:
    kept = [name for n, name in enumerate(names(dataset)) if n % 3]
    assert not followed(dataset, set(map(fold, kept))).follows


# --- what real files showed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "variants", "columns"),
    [
        ("standard-public_toilet", ["more-equipment"], 49),
        ("standard-open_data_list", ["shirasagi"], 45),
        ("standard-preschool", ["no-latin-no-contact"], 51),
        ("standard-school_district", ["no-publisher-code"], 15),
        ("standard-educational_institution", ["address-columns"], 28),
        ("standard-educational_institution", ["joined-address", "address-columns"], 29),
        ("standard-emergency_radio", ["plain-coordinates", "url"], 15),
        ("standard-emergency_radio", ["facility-joined", "no-equipment-id"], 38),
        ("standard-parking", ["plain-coordinates", "address"], 17),
        ("standard-bicycle_parking", ["facility-joined"], 38),
        ("suisho-population", ["ages-to-100"], 53),
        ("suisho-public_facility", ["day-and-time"], 24),
        ("standard-garbage_separation", ["prefixed-hiragana"], 9),
    ],
)
def test_the_layouts_seen_at_publishers_are_known(dataset: str, variants: list[str], columns: int) -> None:
    made = datasets()[dataset]
    for name in variants:
        made = applied(all_of(made)[name], made)
    assert len(made.fields) == columns
    match, judgement = judged(names(made))
    assert match.dataset.id == dataset and [v.id for v in match.dataset.follows] == variants
    assert not HEADER_RULES & judgement.totals.keys()
    assert judgement.totals["variant-followed"] == len(variants)


def test_a_body_with_the_facility_joined_is_not_taken_for_the_facility_file() -> None:
    dataset = datasets()["standard-bicycle_parking"]
    labels = names(applied(all_of(dataset)["facility-joined"], dataset))
    assert judged(labels)[0].dataset.id == "standard-bicycle_parking"
    assert judged(names(datasets()["standard-facility"]))[0].dataset.id == "standard-facility"


def test_a_facility_id_that_stands_twice_is_still_told() -> None:
    dataset = datasets()["standard-bicycle_parking"]
    labels = names(applied(all_of(dataset)["facility-joined"], dataset))
    labels.insert(len(dataset.fields), "施設_ID")
    _, judgement = judged(labels)
    assert judgement.totals["column-repeated"] == 1
    assert not HEADER_RULES & judgement.totals.keys()


def test_both_names_of_the_time_notes_circulate_so_neither_is_called_wrong() -> None:
    dataset = datasets()["suisho-public_facility"]
    labels = ["利用可能日時特記事項" if name == "利用可能時間特記事項" else name for name in names(dataset)]
    _, judgement = judged(labels)
    assert "column-renamed" not in judgement.totals
    assert judgement.totals["variant-followed"] == 1


def test_a_named_dataset_is_judged_by_its_variant_too() -> None:
    dataset = datasets()["suisho-population"]
    labels = names(applied(dataset.variants[0], dataset))
    match, judgement = judged(labels, dataset)
    assert match.dataset.follows and "column-missing" not in judgement.totals


# --- part of a variant -----------------------------------------------------------------------------


def test_a_column_that_the_variant_has_and_the_file_lacks_is_told_by_the_variant() -> None:
    dataset = datasets()["suisho-population"]
    labels = [name for name in names(applied(dataset.variants[0], dataset)) if name != "95-99歳の女性"]
    match, judgement = judged(labels)
    assert match.dataset.follows
    assert [finding.field for finding in of_rule(judgement, "column-absent")] == ["95-99歳の女性"]
    assert "column-missing" not in judgement.totals


def test_a_file_with_the_columns_of_both_follows_the_definition() -> None:
    dataset = datasets()["suisho-population"]
    labels = [*names(dataset), *(field.name for field, _ in dataset.variants[0].added)]
    match, judgement = judged(labels)
    assert match.dataset is dataset
    assert judgement.totals["column-extra"] == 8


def test_a_column_of_ones_own_is_still_extra_in_a_variant() -> None:
    dataset = datasets()["standard-public_toilet"]
    labels = [*names(applied(dataset.variants[0], dataset)), "担当者メモ"]
    _, judgement = judged(labels)
    assert [finding.label for finding in of_rule(judgement, "column-extra")] == ["担当者メモ"]


# --- definitions that are not known in full --------------------------------------------------------


INCOMPLETE = [dataset for dataset in datasets().values() if dataset.facts.get("incomplete")]
UNORDERED = [dataset for dataset in datasets().values() if not dataset.facts.get("orderConfirmed", True)]


@pytest.mark.parametrize("dataset", UNORDERED, ids=lambda dataset: dataset.id)
def test_an_unconfirmed_order_is_only_hinted_at_and_said_to_be_unconfirmed(dataset: Dataset) -> None:
    _, judgement = judged([*names(dataset)[-2:][::-1], *names(dataset)[:-2][::-1]], dataset)
    (found,) = of_rule(judgement, "column-order")
    assert (found.severity, found.facts["unconfirmed"]) == ("hint", True)
    assert "確認できていない" in message(found, "ja") and "Not confirmed" in message(found, "en")


def test_the_columns_of_a_facility_whose_order_is_known_are_held_to_it() -> None:
    dataset = datasets()["standard-facility"]
    labels = names(dataset)
    labels[1], labels[2] = labels[2], labels[1]
    (found,) = of_rule(judged(labels)[1], "column-order")
    assert found.severity == RULES["column-order"].severity and "unconfirmed" not in found.facts


@pytest.mark.parametrize("dataset", INCOMPLETE, ids=lambda dataset: dataset.id)
def test_of_a_definition_not_known_in_full_another_column_may_be_a_part(dataset: Dataset) -> None:
    _, judgement = judged([*names(dataset), "別の列"], dataset)
    (found,) = of_rule(judgement, "column-extra")
    assert (found.severity, found.facts["unconfirmed"]) == ("hint", True)


def test_a_column_whose_existence_is_unconfirmed_is_not_demanded() -> None:
    dataset = datasets()["standard-facility"]
    doubted = [field.name for field in dataset.fields if field.facts.get("existence") == "unconfirmed"]
    assert len(doubted) == 3
    _, judgement = judged([name for name in names(dataset) if name not in doubted])
    found = of_rule(judgement, "column-absent")
    assert [finding.field for finding in found] == doubted
    assert all(finding.severity == "hint" and finding.facts["unconfirmed"] for finding in found)


@pytest.mark.parametrize("dataset", INCOMPLETE, ids=lambda dataset: dataset.id)
def test_a_definition_not_known_in_full_demands_nothing(dataset: Dataset) -> None:
    assert not any(field.required or field.requirement == "必須" for field in dataset.fields)


def test_an_incomplete_definition_yields_to_the_complete_one_of_the_same_columns() -> None:
    labels = names(datasets()["standard-school_district_metadata"])
    match, _ = judged(labels)
    assert match.dataset.id == "standard-school_district_metadata" and match.score >= FITS
