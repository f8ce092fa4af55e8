"""The rule on layouts that circulate beside the definition."""

from collections.abc import Iterator, Sequence

from odtool.model import Match, Table, Variant
from odtool.rule import Hit, rule

OBSERVED = "公開されているデータの見出し（各データセットの variants に出典）"
_SHOWN = 6  # columns named of each kind of difference


@rule(
    "header",
    severity="hint",
    ja="定義のままではなく、公開データにある形「{variant}」に沿っています（{seen}）。この形として確認しました。"
    "定義との違い: {differences}。",
    en="This follows a layout that circulates beside the definition: {variant_en} (seen at {seen}), and was judged "
    "by it. Differences from the definition: {differences_en}.",
    bad="学校ID,学校コード,…（15列）",
    good="情報の管理主体_全国地方公共団体コード,学校ID,学校コード,…（16列）",
    source=OBSERVED,
)
def variant_followed(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """同じ版でも、列を加えたり省いたり名前を変えたりした形が流通しています。知られている形は、その形として確認します。

    Within one edition there are layouts with columns added, left out or renamed. A known one is judged as it is.
    """
    for variant in match.dataset.follows if match else ():
        yield {
            "variant": variant.title,
            "variant_en": variant.title_en,
            "seen": "、".join(variant.observed_at),
            "differences": "、".join(_differences(variant, en=False)),
            "differences_en": "; ".join(_differences(variant, en=True)),
        }


def _differences(variant: Variant, en: bool) -> Iterator[str]:
    """What the variant has and the definition has not, and the other way round."""
    added = [field.name for field, _ in variant.added]
    if added:
        yield f"{'added' if en else '加わった列'} {_named(added)}"
    if variant.dropped:
        yield f"{'left out' if en else 'ない列'} {_named(variant.dropped)}"
    if variant.renamed:
        yield f"{'renamed' if en else '名前の違う列'} " + _named(
            [f"{old} → {new}" for old, new in variant.renamed.items()]
        )


def _named(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return "・".join(names[:_SHOWN]) + (f"（+{rest}）" if rest > 0 else "")
