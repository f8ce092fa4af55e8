"""Rules on a column as a whole: signs that only many cells together show, and never more than one finding of each.

They are declared here; `signs` counts while `validate` walks the table.
"""

from collections.abc import Iterator

from odtool.rule import Hit, rule
from odtool.rules.cell.common import COMMON, GIF
from odtool.rules.header import NATIONAL

CP932 = "Unicode Consortium, SHIFTJIS.TXT（JIS X 0208）と CP932.TXT の対応表"


def _seen_by_signs() -> Iterator[Hit]:
    yield from ()


@rule(
    "table", severity="hint",
    ja="同じ記号が2つの文字で書かれています。「{common}」（{common_code}）のほかに、「{rare}」（{rare_code}）が"
    "{count}個のセルにあります。検索や並べ替えで別の文字になるので、どちらかにそろえてください。",
    en="One sign is written with two characters: beside “{common}” ({common_code}), “{rare}” ({rare_code}) stands in "
    "{count} cells. Searching and sorting take them for different ones; keep to one.",
    bad="（同じ列に 9時～17時 と 9時〜17時）", good="（どの行も 9時～17時）", source=CP932,
)  # fmt: skip
def signs_mixed() -> Iterator[Hit]:
    """波線・負号・ハイフンには、見た目が同じで番号の違う文字があります。一つの列では同じ文字を使います。CP932 との
    変換の仕方が違うソフトを混ぜて使うと、こうなります。

    The wave dash, the minus and the hyphen each exist as several characters that look alike. A column keeps to one.
    They get mixed where programs that convert CP932 in different ways were used.
    """
    return _seen_by_signs()


@rule(
    "table", severity="hint",
    ja="機種依存文字（NEC・IBM の拡張文字）の「{shown}」が{count}個のセルにあります。人名・地名などの固有名詞ならこのままで"
    "構いません。それ以外は (1)、株式会社 のように、どの環境でも読める文字で書いてください。",
    en="NEC or IBM extension characters (“{shown}”) stand in {count} cells. They may stay in names of people, places and "
    "the like; elsewhere write what every system can read, like (1) or “株式会社”.",
    bad="（㈱や①のある列）", good="（株式会社や(1)のある列）", source=CP932,
)  # fmt: skip
def extension_characters() -> Iterator[Hit]:
    """丸数字、ローマ数字、㈱、髙 などは JIS X 0208 になく、古い環境では別の文字になったり消えたりします。㎡ や ㎞ などの
    単位の記号は、機械可読性のルールでも認められているので知らせません。

    Circled digits, Roman numerals, ㈱ or 髙 are not in JIS X 0208; older systems change or lose them. Signs of units
    like ㎡ are passed over, as the rules of machine readability allow them.
    """
    return _seen_by_signs()


@rule(
    "table", severity="hint",
    ja="住所の{count}個のセルに全角の数字があります（「{example}」など）。番地などの数字は半角で書いてください。",
    en="{count} addresses hold full-width digits (like “{example}”). Write numbers in half width.",
    bad="（京都府京丹後市峰山町杉谷８８９ のある列）", good="（京都府京丹後市峰山町杉谷889 のある列）",
    source=f"{COMMON}、{GIF} DS-443 住所",
)  # fmt: skip
def address_wide_digits() -> Iterator[Hit]:
    """住所の数字は半角で書きます。全角と半角が混ざると、同じ住所が別のものに見えます。

    Numbers in addresses are written in half width, lest one address looks like two.
    """
    return _seen_by_signs()


@rule(
    "table", severity="hint",
    ja="都道府県名から始まらない住所が{count}個あります（「{example}」など）。「京都府京丹後市…」のように、都道府県名から"
    "書いてください。",
    en="{count} addresses do not begin with a prefecture (like “{example}”). Write them from the prefecture on.",
    bad="（京丹後市峰山町杉谷889 のある列）", good="（どの行も 京都府京丹後市峰山町杉谷889 の形）",
    source=f"{COMMON}、{GIF} DS-443 住所",
)  # fmt: skip
def address_without_prefecture() -> Iterator[Hit]:
    """「連結表記」の住所は、都道府県名から建物名の前までをつなげて書きます。

    An address in one piece is written from the prefecture on.
    """
    return _seen_by_signs()


@rule(
    "table", severity="hint",
    ja="数字だけの ID なのに、桁数が{least}桁から{most}桁までそろっていません。Excel などで先頭の 0 が消えていないか"
    "確かめ、消えていれば桁数をそろえて書いてください。",
    en="The IDs are digits only but of {least} to {most} digits. Check whether a spreadsheet dropped leading zeros; if "
    "so, write all with the same number of digits.",
    bad="（0000000001 と 2 のある列）", good="（0000000001 と 0000000002 のある列）", source=NATIONAL,
)  # fmt: skip
def id_uneven() -> Iterator[Hit]:
    """数字の ID は、数値ではなく文字です。先頭の 0 が消えると、前に公開した行と結び付かなくなります。1、2、3…
    と続くだけの番号は、桁数が違っても知らせません。

    IDs of digits are text, no numbers: without its leading zeros an ID no longer meets the row published before.
    Numbers that merely count on (1, 2, 3 …) are passed over.
    """
    return _seen_by_signs()


@rule(
    "table", severity="hint",
    ja="同じ緯度・経度（{value}）が、{different}種類の住所の{count}行に書かれています（このような座標は{places}か所）。"
    "役場や町の中心の座標を入れていないか、コピーしたままでないかを確かめてください。",
    en="The same coordinate ({value}) stands in {count} rows with {different} addresses ({places} such coordinates). Check "
    "whether it is that of a town hall or of the town as a whole, or was copied along.",
    bad="（住所の違う5行以上に同じ緯度・経度）", good="（住所ごとに違う緯度・経度）", source=COMMON,
)  # fmt: skip
def coordinate_shared() -> Iterator[Hit]:
    """住所が5つ以上違うのに緯度・経度が同じなら、代わりの座標が入っていることがあります。

    Where at least five different addresses share one coordinate, it often stands in for theirs.
    """
    return _seen_by_signs()
