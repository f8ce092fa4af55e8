"""Rules on files that belong together, asked when all files of a run have been judged. `pairs` finds the hits."""

from collections.abc import Iterator

from odtool.rule import Hit, rule
from odtool.rules.header import NATIONAL


def _seen_by_pairs() -> Iterator[Hit]:
    yield from ()


@rule(
    "file", severity="hint",
    ja="「{kind}」は、「{other}」のファイル（{names}）と2つで一組です。一緒に渡されていないので、両方の照らし合わせはしていません。",
    en="“{kind}” is one of two files; the other is “{other}” ({names}). It was not given along, so the two were "
    "not compared.",
    bad="352071_school_district.csv だけ", good="352071_school_district.csv と 352071_school_district_metadata.csv",
    source=NATIONAL,
)  # fmt: skip
def pair_missing() -> Iterator[Hit]:
    """通学区域と学校給食のデータは、メタデータと本体の2ファイルで公開します。

    School districts and school lunch are published as two files, the metadata and the body.
    """
    return _seen_by_pairs()


@rule(
    "file", severity="warning",
    ja="このファイルは {code}（{title}）のものですが、組になる「{other}」は {other_code}（{other_title}）のものです。"
    "どちらかが違う団体のファイルです。確かめてください。",
    en="This file is of {code} ({title}), but “{other}”, which belongs with it, is of {other_code} ({other_title}). "
    "One of the two is another body’s.",
    bad="本体が 352071、メタデータが 352080", good="本体もメタデータも 352071", source=NATIONAL,
)  # fmt: skip
def pair_publisher() -> Iterator[Hit]:
    """組になる2つのファイルは、同じ団体のものです。

    Two files that belong together are of one body.
    """
    return _seen_by_pairs()


@rule(
    "file", severity="warning",
    ja="「{value}」は、「{other}」の「{field_there}」にありません（ない値は全部で{count}種類）。番号をそろえてください。",
    en="“{value}” is not among the {field_there} of “{other}” ({count} such values). Make the numbers agree.",
    bad="施設_ID が A099（施設情報のファイルにない番号）", good="施設_ID が A001（施設情報のファイルにある番号）",
    source=NATIONAL,
)  # fmt: skip
def reference_unknown() -> Iterator[Hit]:
    """ほかのファイルを指す番号は、そのファイルにある番号です。

    A number that points to another file is found there.
    """
    return _seen_by_pairs()
