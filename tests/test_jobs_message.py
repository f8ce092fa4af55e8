"""What is told of very many municipalities, within the limits of each channel."""

import json
from typing import Any

import pytest

from odtool.jobs.digest import Cause, Digest, Entry
from odtool.jobs.part import Part
from odtool.jobs.settings import Reader
from odtool.jobs.webhook import body

LONG = "とても長い名前の施設一覧（令和8年度・第2四半期・修正版）& <確定> " * 4
SLACK_TOGETHER = 4_000  # letters that Slack shows in one piece
TEAMS = 28 * 1_000  # bytes, in UTF-8 as well as in UTF-16


def refused(n: int) -> Entry:
    causes = (Cause("date-format", 1_234), Cause("coordinate-format", 56), Cause("column-missing", 7))
    return Entry(
        "refused", f"refused {n}", f"{n:06}_{LONG}.csv", f"公開しません。{LONG}", f"Not published. {LONG}",
        report="https://intra.example.jp/odtool/nightly/runs/report.html", causes=causes,
    )  # fmt: skip


def digest(name: str, code: int, *entries: Entry) -> Digest:
    began = "2026-11-20T02:00:00+09:00"
    counts = {"create": 5, "unchanged": 1_200, "refused": len(entries)}
    return Digest(
        name, "r", began, began, "https://data.example.jp/ckan " + LONG, False, code, counts, entries
    )


def part(name: str, code: int, *entries: Entry, settled: int = 0) -> Part:
    link = f"https://intra.example.jp/odtool/{name}/runs/20261120-020000-abcdef.html"
    return Part(digest(name, code, *entries), tuple(f"{n} {LONG}" for n in range(settled)), link, link)


ONE = [part("all", 1, *map(refused, range(300)), settled=300)]
MANY = [part(f"city-{n:03}", n % 7 == 0, *([refused(n)] if n % 7 == 0 else [])) for n in range(300)]
FEW = [part("nightly", 1, Entry("refused", "refused a", "a.csv", "公開しません。", "Not published."))]


def sent(kind: str, parts: list[Part], lang: str = "ja") -> tuple[bytes, Any]:
    data = body(Reader("r", kind, lang=lang), parts)  # type: ignore[arg-type]
    return data, json.loads(data)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("parts", [ONE, MANY, FEW], ids=["one job", "300 jobs", "few"])
def test_a_digest_of_300_municipalities_keeps_the_limits_of_both_channels(
    parts: list[Part], lang: str
) -> None:
    _, slack = sent("slack", parts, lang)
    assert len(slack["text"]) <= SLACK_TOGETHER
    data, _ = sent("teams", parts, lang)
    assert len(data) <= TEAMS and len(data.decode().encode("utf-16-le")) <= TEAMS


def told(kind: str, parts: list[Part]) -> str:
    _, made = sent(kind, parts)
    if kind == "slack":
        return str(made["text"])
    (attached,) = made["attachments"]
    return "\n".join(run["text"] for block in attached["content"]["body"] for run in block["inlines"])


@pytest.mark.parametrize("kind", ["slack", "teams"])
def test_what_is_left_out_is_counted_and_the_page_of_the_run_is_named(kind: str) -> None:
    one = told(kind, ONE)
    assert "【公開しなかったもの】" in one and "ほか 29" in one and "実行のページ: https://" in one
    many = told(kind, MANY)
    assert "■ city-000" in many and "件のジョブについては、それぞれの実行のページを見てください" in many
    assert many.index("■ city-000") < many.index("■ city-007")
    assert "■ city-001" not in many  # nothing is to be done there, and there is no room for all
    few = told(kind, FEW)
    assert "ほか" not in few and "a.csv" in few and not few.endswith("…")


def test_a_program_is_told_everything() -> None:
    _, made = sent("json", ONE)
    assert len(made["jobs"][0]["entries"]) == 300 and len(made["jobs"][0]["settled"]) == 300


def test_japanese_is_sent_as_it_is() -> None:
    data, _ = sent("teams", FEW)
    assert "公開しなかったもの".encode() in data and b"\\u" not in data
