"""Which row is the header, and which dataset and edition a table is."""

import csv
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from odtool.datasets import catalog
from odtool.datasets.catalog import datasets, index
from odtool.datasets.identify import FITS, against, identify, index_of
from odtool.datasets.sketch import as_json, from_json, sketch
from odtool.datasets.variants import applied
from odtool.judging.check import recognise
from odtool.model import Dataset, Form, Grid, Match, Table

EDITIONS = {"推奨データセット(旧)": "suisho", "自治体標準ODS(新)": "standard"}
NARROW = str.maketrans("（）＿－、：", "()_-､:")
WIDE = str.maketrans("()_-0123456789", "（）＿－０１２３４５６７８９")


def grid(*records: Sequence[str]) -> Grid:
    return Grid(Form("csv"), lambda: iter(records))


def seen(*records: Sequence[str], name: str = "") -> tuple[Table | None, tuple[Match, ...]]:
    return identify(grid(*records), index(), name)


def best(labels: Sequence[str], name: str = "") -> Match | None:
    """The dataset that a table with this header is taken for."""
    _, matches = seen(labels, ["x"] * len(labels), name=name)
    return matches[0] if matches and matches[0].score >= FITS else None


def names(dataset: Dataset) -> list[str]:
    return [field.name for field in dataset.fields]


# --- headers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_the_header_as_defined_is_recognised_column_by_column(dataset: Dataset) -> None:
    match = best(names(dataset))
    assert match and match.dataset is dataset
    assert match.score == 1.0
    assert [mapped.field for mapped in match.mapping] == names(dataset)


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
@pytest.mark.parametrize("table", [NARROW, WIDE], ids=["narrow", "wide"])
def test_width_dashes_and_brackets_do_not_matter(dataset: Dataset, table: dict[int, int]) -> None:
    match = best([name.translate(table) for name in names(dataset)])
    assert match and match.dataset is dataset
    assert [mapped.field for mapped in match.mapping] == names(dataset)


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_blanks_and_line_breaks_in_names_do_not_matter(dataset: Dataset) -> None:
    match = best([f" {name[:2]}\n{name[2:]}　" for name in names(dataset)])
    assert match and match.dataset is dataset
    assert [mapped.field for mapped in match.mapping] == names(dataset)


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_the_order_does_not_matter(dataset: Dataset) -> None:
    labels = names(dataset)
    random.Random(dataset.id).shuffle(labels)
    match = best(labels)
    assert match and match.dataset is dataset
    assert [mapped.field for mapped in match.mapping] == labels


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_every_third_column_may_be_missing(dataset: Dataset) -> None:
    match = best([name for n, name in enumerate(names(dataset)) if n % 3])
    assert match and match.dataset is dataset


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_half_the_columns_are_enough_to_tell_the_kind_and_where_they_differ_the_edition(
    dataset: Dataset,
) -> None:
    holders = Counter(name for other in datasets().values() for name in names(other))
    kept = set(sorted(names(dataset), key=holders.__getitem__)[: (len(dataset.fields) + 1) // 2])
    match = best([name for name in names(dataset) if name in kept])
    assert match and match.dataset.slug == dataset.slug
    other_edition = [d for d in datasets().values() if d.slug == dataset.slug and d is not dataset]
    if not any(kept <= set(names(other)) for other in other_edition):
        assert match.dataset is dataset


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_some_columns_of_ones_own_do_not_matter(dataset: Dataset) -> None:
    match = best([*names(dataset), "更新日", "担当課", "整理番号"])
    assert match and match.dataset is dataset
    assert [mapped.field for mapped in match.mapping[-3:]] == [
        name if name in names(dataset) else None for name in ("更新日", "担当課", "整理番号")
    ]


@pytest.mark.parametrize(
    "labels",
    [
        ["名称", "住所", "緯度", "経度"],
        ["名称", "名称_カナ", "住所", "方書", "緯度", "経度", "電話番号", "内線番号", "備考"],
        ["NO", "名称", "住所", "電話番号", "URL", "備考"],
        ["全国地方公共団体コード", "ID", "地方公共団体名", "名称", "名称_カナ", "名称_英字", "備考"],
        ["品名", "数量", "単価"],
        ["a", "b", "c"],
        ["1", "2", "3"],
    ],
    ids=lambda labels: "-".join(labels[:4]),
)
def test_a_header_of_common_columns_fits_nothing(labels: list[str]) -> None:
    assert best(labels) is None


def test_a_file_name_alone_makes_no_match() -> None:
    assert best(["品名", "数量", "単価"], name="262129_aed.csv") is None
    assert best(["名称", "住所", "緯度", "経度"], name="262129_aed.csv") is None


def test_an_alias_stands_for_its_column() -> None:
    dataset = datasets()["suisho-aed"]
    labels = [name.replace("名称_カナ", "名称カナ") for name in names(dataset)]
    match = best(labels)
    assert match and match.dataset is dataset
    assert [mapped.field for mapped in match.mapping] == names(dataset)


def test_of_two_columns_of_one_name_the_exact_one_counts() -> None:
    dataset = datasets()["suisho-aed"]
    match = against(Table(grid(), ("名称＿カナ", "名称_カナ", "名称"), 1), dataset)
    assert [mapped.field for mapped in match.mapping] == [None, "名称_カナ", "名称"]


def test_the_score_says_why() -> None:
    match = best(names(datasets()["standard-aed"]), name="262129_aed.csv")
    assert match and match.reason == "項目名 39 個のうち 39 個が一致、ファイル名も一致"


# --- the row of the header -------------------------------------------------------------------------


@pytest.mark.parametrize("above", [0, 1, 3, 10])
def test_the_header_is_found_below_titles_and_blank_rows(above: int) -> None:
    labels = names(datasets()["suisho-public_toilet"])
    titles = [["公衆トイレ一覧", *[""] * (len(labels) - 1)], [], ["令和8年4月1日現在"]]
    records = [titles[n % 3] for n in range(above)]
    table, matches = seen(*records, labels, ["x"] * len(labels))
    assert table and (table.header_row, table.labels) == (above + 1, tuple(labels))
    assert matches[0].dataset.id == "suisho-public_toilet"


def test_the_header_of_an_unknown_table_is_the_first_full_row() -> None:
    table, _ = seen(["品物の一覧"], [], ["品名", "数量", "単価"], ["紙", "1", "2"])
    assert table and (table.header_row, table.labels) == (3, ("品名", "数量", "単価"))


def test_a_grid_of_blanks_has_no_table() -> None:
    assert seen([], [""], ["　", " "]) == (None, ())
    assert seen() == (None, ())


# --- real files ------------------------------------------------------------------------------------


def test_real_files_are_recognised_as_a_person_would(corpus: Path) -> None:
    with (corpus.parent / "INDEX.csv").open(encoding="utf-8-sig", newline="") as lines:
        known = [row for row in csv.DictReader(lines) if row["nearest_definition"]]
    titles = {(dataset.name, dataset.edition): dataset.id for dataset in datasets().values()}
    wrong = []
    for row in known:
        title = row["nearest_definition"].rpartition(" ")[0]
        wanted = titles[title, EDITIONS[row["edition"]]] if row["edition"] in EDITIONS else None
        path = corpus / row["file"]
        matches = recognise(path.read_bytes(), path.name).matches
        got = matches[0].dataset.id if matches and matches[0].score >= FITS else None
        if got != wanted:
            wrong.append((row["file"], wanted, got, [(m.dataset.id, m.score) for m in matches[:3]]))
    assert len(known) >= 75
    assert wrong == []


# --- the index of sketches ---------------------------------------------------------------------------


def test_the_index_says_what_the_definitions_say() -> None:
    sketches = tuple(map(sketch, datasets().values()))
    assert index().sketches == sketches, "run python docs/generate.py"
    assert from_json(as_json(sketches)) == sketches


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
def test_the_index_tells_every_header_as_the_definitions_do(dataset: Dataset) -> None:
    """Headers of the dataset, of each of its variants, and of a part of it."""
    whole = index_of(*datasets().values())
    varied = [applied(variant, dataset) for variant in dataset.variants]
    for labels in (*map(names, (dataset, *varied)), names(dataset)[::2]):
        sheet = grid(labels, ["x"] * len(labels))
        assert [*identify(sheet, index())[1]] == [*identify(sheet, whole)[1]]


def test_few_definitions_are_read_for_a_header_that_fits_one(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    labels = names(datasets()["standard-aed"])
    known = index()
    monkeypatch.setattr(
        catalog,
        "index",
        lambda: type(known)(known.sketches, lambda id_: (read.append(id_), datasets()[id_])[1]),
    )
    seen = recognise(("\n".join((",".join(labels), ",".join("x" * len(labels))))).encode(), "a.csv")
    assert seen.matches[0].dataset.id == "standard-aed" and len(seen.matches) > 10
    assert "standard-aed" in read and len(set(read)) < 5  # variants of two others might be met
