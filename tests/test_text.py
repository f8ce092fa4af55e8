"""Lines of Japanese for the terminal."""

import pytest

from odtool.text import _CLOSING, _OPENING, width, wrapped

LONG = (
    "「開始日」は日付の形ではありません（2026-04-01 のように書いてください）。市区町村（政令指定都市の区は市に含みます）、"
    "都道府県、一部事務組合・広域連合などの「団体」は、それぞれ別の行に置きます……「サービス」「データー」も、ちょっと見てください。"
)


@pytest.mark.parametrize("columns", range(12, 60))
def test_no_line_ends_with_an_opening_bracket_or_begins_with_a_closing_one_or_a_stop(columns: int) -> None:
    lines = list(wrapped("・", LONG, columns))
    assert all(line[-1] not in _OPENING for line in lines)
    assert all(line.lstrip()[0] not in _CLOSING for line in lines[1:])
    assert all(width(line) <= columns for line in lines)
    assert "".join(line[2:] if n else line[1:] for n, line in enumerate(lines)).replace(
        " ", ""
    ) == LONG.replace(" ", "")


def test_a_bracket_stays_with_what_it_holds_also_where_one_of_them_is_narrow() -> None:
    assert list(wrapped("", "値は (全角) です", 6)) == ["値は", "(全角)", "です"]
    assert list(wrapped("", "あいう（abc）", 8)) == ["あいう", "（abc）"]


def test_what_is_longer_than_a_line_is_cut_by_its_width() -> None:
    assert list(wrapped("", "（" * 7, 6)) == ["（（（", "（（（", "（"]
    assert list(wrapped("  ", "a" * 9 + "。" * 4, 8)) == ["  aaaaaa", "  aaa。", "  。。。"]
    assert list(wrapped("", "あ", 1)) == ["あ"] and list(wrapped("x ", "", 9)) == ["x "]


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("AED-1", 5), ("設置", 4), ("ＡＢ", 4), ("ｱｲ", 2), ("が", 2), ("か\u3099", 2), ("e\u0301", 1), ("①α", 2), ("a設置", 5)],
)  # fmt: skip
def test_how_wide_a_text_is(text: str, columns: int) -> None:
    assert width(text) == columns
