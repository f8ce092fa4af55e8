"""Machine-readability verdicts → text for the terminal."""

from collections.abc import Iterator, Sequence

from odtool.readability.criterion import CRITERIA
from odtool.readability.model import LEVELS, FileReadability, Place, Score, Status, Verdict
from odtool.report import readability_words as words
from odtool.report.as_text import Paint
from odtool.text import visible, width

_MARKS: dict[Status, tuple[str, str]] = {
    "met": ("○", "32"),
    "not-met": ("✕", "31"),
    "not-judged": ("？", "33"),
}
_RANGES = 6  # ranges shown of one place
_PLACES = 8  # places shown of one rule


def as_text(files: Sequence[FileReadability], lang: str, colour: bool = False) -> Iterator[str]:
    """Lines: each file's verdict, its levels with the list behind each score, and a summary."""
    paint = Paint(colour)
    for file in files:
        mark, code = _MARKS[file.status]
        yield f"{paint(mark, code)} {paint(visible(file.path, 500), '1')}  {paint(words.whole(file, lang), code)}"
        if file.reason:
            yield from _wrapped("  ", file.reason.text(lang))
        for score in file.scores:
            yield from _level(file, score, lang, paint)
        yield ""
    counts = [(words.VERDICTS[status], sum(f.status == status for f in files)) for status in words.VERDICTS]
    if lang == "en":
        yield paint(
            f"{len(files):,} {'file' if len(files) == 1 else 'files'}: "
            + ", ".join(f"{n} {name[1]}" for name, n in counts),
            "1",
        )
    else:
        yield paint(f"{len(files):,} ファイル: " + "、".join(f"{name[0]} {n}" for name, n in counts), "1")
    yield from _wrapped("", words.SCORE_NOTE[lang == "en"])


def _level(file: FileReadability, score: Score, lang: str, paint: Paint) -> Iterator[str]:
    english = lang == "en"
    assert score.level in LEVELS
    points = "–" if score.points is None else str(score.points) + ("/100" if english else "点")
    yield ""
    yield "  " + paint(f"{words.LEVELS[score.level][english]}  {points}", "1")
    if score.deductions:
        listed = [
            f"{taken.rule} −{taken.points}" + (f" ({words.WEIGHTS[taken.weight][1]})" if english else f"（{words.WEIGHTS[taken.weight][0]}）")
            for taken in score.deductions
        ]  # fmt: skip
        yield from _wrapped(
            "    ", ("100 " if english else "100 から ") + ("; " if english else "、").join(listed)
        )
    mine = [verdict for verdict in file.verdicts if CRITERIA[verdict.rule].level == score.level]
    for verdict in sorted(mine, key=lambda v: (("not-met", "met", "not-judged").index(v.status), v.rule)):
        yield from _rule(verdict, lang, paint)


def _rule(verdict: Verdict, lang: str, paint: Paint) -> Iterator[str]:
    criterion, english = CRITERIA[verdict.rule], lang == "en"
    mark, code = _MARKS[verdict.status]
    title = criterion.title_en if english else criterion.title
    yield from _wrapped(
        f"    {paint(mark, code)} {criterion.id} ", f"{title}: {words.verdict(verdict, lang)}", hang=6
    )
    for place in verdict.places[:_PLACES]:
        yield from _wrapped("        - ", told(place, lang))
    if len(verdict.places) > _PLACES:
        more = len(verdict.places) - _PLACES
        yield (
            f"        … {more} more (--format json or html)"
            if english
            else f"        … ほかに {more} 種類（--format json・html ですべて）"
        )
    if verdict.status == "not-met":
        yield from _wrapped("        → ", criterion.advice_en if english else criterion.advice)
    for note in verdict.notes[:_PLACES] if verdict.status != "not-judged" else ():
        yield from _wrapped("        " + ("note: " if english else "参考: "), told(note, lang))


def told(place: Place, lang: str) -> str:
    """What, where and how often, in one line."""
    english = lang == "en"
    where = ", ".join(place.cells[:_RANGES]) + (" …" if len(place.cells) > _RANGES else "")
    if place.sheet:
        sheet = visible(place.sheet, 40)
        where = f"{sheet}!{where}" if where else sheet
    parts = [part for part in (where, _times(place.count, english)) if part]
    if not parts:
        return place.what.text(lang)
    inner = ", ".join(parts) if english else "、".join(parts)
    return f"{place.what.text(lang)} [{inner}]"


def _times(count: int, english: bool) -> str:
    if count < 2:
        return ""
    return f"{count:,} times" if english else f"{count:,}件"


def _wrapped(lead: str, text: str, columns: int = 100, hang: int | None = None) -> Iterator[str]:
    """`text` in lines of at most `columns` terminal columns. Escape codes of colours take no room on a terminal."""
    bare = lead if "\x1b" not in lead else "    ? L0-00 "
    line, used = lead, width(bare)
    indent = width(bare) if hang is None else hang
    for character in text:
        if used + width(character) > columns:
            # A word of Latin letters is not torn; Japanese breaks anywhere.
            head, _, word = (
                line.rpartition(" ") if character.isascii() and character != " " else (line, "", "")
            )
            torn = word.isascii() and 0 < len(word) < 25 and head.strip() != ""
            yield head if torn else line
            line = " " * indent + (word if torn else "")
            used = width(line)
            if character == " " and not torn:
                continue
        line += character
        used += width(character)
    yield line
