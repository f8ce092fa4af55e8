"""What is shown as HTML: reports, catalogue pages, the coverage table."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from odtool import page
from odtool.model import Excerpt
from odtool.report.as_html import as_html, rows_text
from odtool.report.coverage_html import coverage_html
from odtool.text import percent

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "</title></style></script><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}{label}{0}",
    "a\x00b\ud800c\x1b[31m",
)
# Words the pages look at themselves; whatever else is text may hold anything.
FIXED = {"status", "severity", "state", "edition"}
PASSING = {
    "ja": ("問題なし", "公開できます", "行を確認"),
    "en": ("No problems", "an be published", "checked)"),
}


def finding(**parts: Any) -> dict[str, Any]:
    plain = dict.fromkeys(("row", "column", "label", "field", "value", "suggestion"))
    return {**plain, "rule": "date-format", "severity": "error", "message": "Not a date.", **parts}


def checked(status: str = "valid", findings: tuple[dict[str, Any], ...] = (), **parts: Any) -> dict[str, Any]:
    counts = {s: sum(f["severity"] == s for f in findings) for s in ("error", "warning", "hint")}
    mapping = [{"column": 1, "label": "id", "field": "ID"}, {"column": 2, "label": "x", "field": None}]
    return {
        "path": "folder/a.csv",
        "sha256": "ab" * 32,
        "bytes": 1234,
        "status": status,
        "reason": None,
        "format": "csv",
        "encoding": "utf-8-sig",
        "newline": "crlf",
        "delimiter": ",",
        "header_row": 1,
        "rows": 12,
        "columns": 2,
        "dataset": {"id": "e", "edition": "standard", "name": "Events", "score": 0.968, "mapping": mapping},
        "counts": counts,
        "findings": list(findings),
        "findings_total": len(findings),
        **parts,
    }


def unchecked() -> dict[str, Any]:
    unread = dict.fromkeys(("format", "encoding", "newline", "delimiter", "header_row", "dataset"))
    return checked("not-checked", **unread, reason="Has a password.", rows=0, columns=0)


def report(*files: dict[str, Any]) -> dict[str, Any]:
    statuses = [file["status"] for file in files]
    summary = {
        "files": len(files),
        "valid": statuses.count("valid"),
        "invalid": statuses.count("invalid"),
        "not_checked": statuses.count("not-checked"),
        **{f"{s}s": sum(file["counts"][s] for file in files) for s in ("error", "warning", "hint")},
    }
    tool = {"name": "odtool", "version": "9.8.7"}
    return {
        "schema": "odtool-report/1",
        "tool": tool,
        "date": "2026-11-20",
        "summary": summary,
        "files": list(files),
    }


def full_report() -> dict[str, Any]:
    dates = [finding(row=r, column=28, label="day", value="2026/4/1", suggestion="") for r in range(2, 8)]
    others = (
        finding(rule="column-missing", message="No column “a”."),
        finding(rule="column-missing", message="No column “b”."),
        finding(rule="space", severity="warning", row=3, label="x", value=" a\u3000\n", suggestion="a"),
        finding(rule="note", severity="hint", label="y"),
    )
    broken = checked("invalid", (*dates, *others), findings_total=99)
    fair = checked(findings=others[2:3], dataset={**checked()["dataset"], "edition": "suisho"})
    given = checked(dataset={**checked()["dataset"], "edition": "schema"}, newline="mixed", delimiter="\t")
    return report(broken, fair, given, checked(dataset=None), unchecked())


def excerpts() -> list[dict[int, Excerpt]]:
    """The records that are shown of a first file: thirty columns, one row with hostile and long cells."""
    header = Excerpt(tuple(f"c{n}" for n in range(1, 31)))
    hostile = (HOSTILE[0], HOSTILE[1], "", "near", *["long" * 50] * 26)
    return [{1: header, 2: Excerpt(("r2",) * 30), 3: Excerpt(hostile)}]


ENTRY = {
    "name": "131016_events",
    "title": "Events of Chiyoda",
    "municipality": "Chiyoda",
    "code": "131016",
    "prefecture": "Tokyo",
    "dataset": "Events",
    "edition": "standard",
    "updated": "2026-11-20",
    "licence": "CC BY 4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "href": "131016_events/index.html",
    "files": 1,
    "rows": 12,
    "words": "what happens when",
    "lists": True,
}
CHOICES = {
    "places": [("131016", "Chiyoda"), ("131024", "Chuo")],
    "kinds": [("Events", "Events")],
    "editions": [("standard", "standard"), ("suisho", "suisho")],
    "licences": [("CC BY 4.0", "CC BY 4.0")],
}
INDEX = {"title": "Data of Tokyo", "generated": "2026-11-20", "datasets": [ENTRY], "choices": CHOICES}
COUNTED = {
    "status": "valid",
    "validated": "2026-11-20",
    "schema": "Events (new)",
    "tool": "odtool 9.8.7",
    "errors": 0,
    "warnings": 1,
    "hints": 2,
}
DATASET = {
    **ENTRY,
    "description": "What happens when.",
    "files": [
        {
            "file_name": "events.csv",
            "title": "Events (CSV)",
            "href": "events.csv",
            "format": "CSV",
            "size": 1234,
            "rows": 12,
            "updated": "2026-11-20",
            "sha256": "ab" * 32,
            "verdict": COUNTED,
            "report": "events_report.html",
            "preview": {"labels": ["id", "name"], "rows": [["001", "Fair"]]},
        },
        {
            "file_name": "datapackage.json",
            "title": "Description",
            "href": "datapackage.json",
            "format": "JSON",
            "size": 99,
            "rows": None,
            "updated": None,
            "sha256": "cd" * 32,
            "verdict": None,
            "report": None,
            "preview": None,
        },
    ],
    "verdict": COUNTED,
    "published": "2026-04-01",
    "frequency": "monthly",
    "spatial": "Chiyoda",
    "temporal": "2026-04-01/2027-03-31",
    "source_url": "https://example.jp/page",
    "contact": {"name": "Division", "email": "od@example.jp"},
    "withdrawn": None,
    "about": {
        "@type": "Dataset",
        "name": "Events of Chiyoda",
        "license": "https://creativecommons.org/licenses/by/4.0/",
    },
}
STATES = ("published", "published-warnings", "invalid", "refused", "none")
COVERAGE = {
    "title": "Coverage of Tokyo",
    "date": "2026-11-20",
    "datasets": [{"slug": f"d{n}", "name": f"Dataset {n}"} for n in range(len(STATES))],
    "rows": [
        {
            "code": "131016",
            "prefecture": "Tokyo",
            "name": "Chiyoda",
            "cells": [
                {
                    "state": state,
                    "edition": "suisho",
                    "when": "2026-11-20",
                    "errors": int(state == "invalid"),
                    "warnings": 2,
                    "href": "131016_events/index.html",
                }
                for state in STATES
            ],
        }
    ],
    "totals": {"municipalities": 1, "started": 1, "published": 2, "invalid": 1},
}
PAGES: dict[str, tuple[Callable[[Any, str], str], dict[str, Any]]] = {
    "report": (lambda context, lang: as_html(context, lang, [*excerpts(), *[{}] * 4]), full_report()),
    "index": (lambda context, lang: page.render("catalogue_index.html.j2", lang, **context), INDEX),
    "dataset": (lambda context, lang: page.render("catalogue_dataset.html.j2", lang, **context), DATASET),
    "coverage": (coverage_html, COVERAGE),
}
every_page = pytest.mark.parametrize("name", PAGES)
both_languages = pytest.mark.parametrize("lang", ["ja", "en"])


def made(name: str, lang: str, change: Callable[[Any], Any] = deepcopy) -> str:
    make, context = PAGES[name]
    return make(change(context), lang)


def filled_with(payload: str) -> Callable[[Any], Any]:
    def change(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: change(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [change(v, key) for v in value]
        return payload if isinstance(value, str) and key not in FIXED else value

    return change


class Seen(HTMLParser):
    """The elements of a page, and what its scripts hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.scripts and self.cdata_elem == "script":
            self.scripts[-1] += data

    def attributes(self, *names: str) -> Iterator[str]:
        return (value for _, found in self.elements for name, value in found.items() if name in names)


# --- what every page keeps ----------------------------------------------------------------------


@every_page
@both_languages
@pytest.mark.parametrize("payload", HOSTILE)
def test_data_never_becomes_markup(name: str, lang: str, payload: str) -> None:
    plain, hostile = Seen(made(name, lang)), Seen(made(name, lang, filled_with(payload)))
    assert {tag for tag, _ in hostile.elements} <= {tag for tag, _ in plain.elements} | {"i", "code"}
    assert len(hostile.scripts) == len(plain.scripts)
    assert not [a for _, attributes in hostile.elements for a in attributes if a.startswith("on")]
    assert not [a for a in hostile.attributes("href", "src") if re.match(r"\s*(javascript:|data:[^,])", a)]


@every_page
def test_a_page_can_always_be_written(name: str) -> None:
    html = made(name, "ja", filled_with("a\x00b\ud800c"))
    assert "\x00" not in html and html.encode()


@every_page
@both_languages
def test_a_page_says_its_language_and_loads_nothing(name: str, lang: str) -> None:
    html = made(name, lang)
    seen = Seen(html)
    assert ("html", {"lang": lang}) in seen.elements
    assert not {"img", "iframe", "object", "embed", "video", "base"} & {tag for tag, _ in seen.elements}
    assert not list(seen.attributes("src", "srcset", "style"))
    assert [found["href"] for tag, found in seen.elements if tag == "link"] == ["data:,"]
    assert "url(" not in html and "@import" not in html


@every_page
def test_the_policy_allows_the_page_s_own_script_only(name: str) -> None:
    seen = Seen(made(name, "ja"))
    policy = next(found["content"] for _, found in seen.elements if "http-equiv" in found)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    own = [s for s, (_, found) in zip(seen.scripts, scripts(seen), strict=True) if "type" not in found]
    scripted = name in ("index", "report", "coverage")
    assert [page.csp_hash(script) in policy for script in own] == ([True] if scripted else [])
    assert ("script-src" in policy) == scripted


def scripts(seen: Seen) -> list[tuple[str, dict[str, str]]]:
    return [element for element in seen.elements if element[0] == "script"]


@every_page
def test_an_english_page_has_no_japanese_of_its_own(name: str) -> None:
    assert re.findall(r"[\u3001-\u30ff\u3400-\u9fff\uff01-\uff60]+", made(name, "en")) == []


@every_page
def test_no_text_is_left_unfilled(name: str) -> None:
    for lang in ("ja", "en"):
        words = re.sub(r"<(style|script)\b.*?</\1>", "", made(name, lang), flags=re.DOTALL)
        assert re.findall(r"\{\w*(?::,)?\}", words) == (["{n}"] if name == "index" else [])


# --- the report --------------------------------------------------------------------------------


@both_languages
@pytest.mark.parametrize(
    "files", [[unchecked()], [unchecked(), checked("invalid", (finding(),))]], ids=["alone", "beside"]
)
def test_not_checked_never_looks_like_passed(lang: str, files: list[dict[str, Any]]) -> None:
    html = as_html(report(*files), lang)
    assert not [words for words in PASSING[lang] if words in html]
    assert "確認していません" in html or "Not checked" in html
    assert "Has a password." in html


def test_no_file_is_no_pass() -> None:
    html = as_html(report(), "ja")
    assert "確認するファイルがありませんでした" in html
    assert not [words for words in PASSING["ja"] if words in html]


def test_a_clean_file_says_how_many_rows_were_checked() -> None:
    assert "問題なし（12行を確認）" in as_html(report(checked()), "ja")
    assert "No problems (12 rows checked)" in as_html(report(checked()), "en")


def test_a_warning_takes_the_words_no_problems_away() -> None:
    html = as_html(report(checked(findings=(finding(severity="warning"),))), "ja")
    assert "公開できます（直したほうがよい点あり）" in html
    assert "問題なし" not in html


def test_a_hint_leaves_a_file_clean() -> None:
    assert "問題なし（12行を確認）" in as_html(report(checked(findings=(finding(severity="hint"),))), "ja")


def test_a_long_group_is_cut_and_says_so() -> None:
    many = tuple(finding(row=r, label="day", value=f"bad-{r}.") for r in range(2, 252))
    html = as_html(report(checked("invalid", many)), "ja")
    assert "bad-201." in html and "bad-202." not in html
    assert "ほか 50 件" in html and "250件の一覧" in html


def test_findings_beyond_the_list_are_named() -> None:
    html = as_html(report(checked("invalid", (finding(),), findings_total=1001)), "ja")
    assert "全部で1,001件" in html and "1,000件はこの報告書に載せていません" in html


def test_findings_without_a_row_show_each_message() -> None:
    html = as_html(full_report(), "en")
    assert "No column “a”." in html and "No column “b”." in html


def test_a_finding_shows_its_record_with_the_cell_marked() -> None:
    findings = tuple(finding(row=r, column=4, label="c4", value="near") for r in (2, 3, 4))
    seen = Seen(as_html(report(checked("invalid", findings)), "en", excerpts()))
    assert [found["id"] for tag, found in seen.elements if tag == "tr" and "id" in found] == [
        "file-1-row-2",
        "file-1-row-3",
    ]
    assert [found["href"] for tag, found in seen.elements if tag == "a" and "-row-" in found["href"]] == [
        "#file-1-row-2", "#file-1-row-3"
    ]  # fmt: skip
    assert [tag for tag, _ in seen.elements].count("mark") == 2
    assert sum(found.get("class") == "here" for tag, found in seen.elements if tag == "td") == 2


def test_a_record_shows_the_columns_around_the_faulty_cell_only() -> None:
    html = as_html(report(checked("invalid", (finding(row=2, column=20, label="c20"),))), "en", excerpts())
    assert re.findall(r'<span lang="ja">(c\d+)</span></th>', html) == [
        "c1",
        "c2",
        "c3",
        "c18",
        "c19",
        "c20",
        "c21",
        "c22",
    ]
    assert html.count(">…</td>") == 4


def test_a_row_that_two_causes_share_can_be_jumped_to_once() -> None:
    both = (finding(row=2, column=4, label="c4"), finding(rule="enum", row=2, column=9, label="c9"))
    seen = Seen(as_html(report(checked("invalid", both)), "ja", excerpts()))
    ids = [found["id"] for _, found in seen.elements if "id" in found]
    assert ids.count("file-1-row-2") == 1 and len(ids) == len(set(ids))


def test_headings_go_down_one_step_at_a_time_and_every_table_has_a_caption() -> None:
    seen = Seen(as_html(full_report(), "ja", [excerpts()[0], *[{}] * 4]))
    tags = [tag for tag, _ in seen.elements]
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels))
    assert tags.count("table") == tags.count("caption") and tags.count("main") == 1
    named = {reference for _, found in seen.elements for key in ("aria-labelledby", "aria-describedby")
             if key in found for reference in found[key].split()}  # fmt: skip
    assert named <= {found["id"] for _, found in seen.elements if "id" in found}


def test_without_a_script_there_is_no_button_that_does_nothing() -> None:
    buttons = [found for tag, found in Seen(made("report", "ja")).elements if tag == "button"]
    assert buttons and all("hidden" in found for found in buttons)


def test_what_cannot_be_seen_is_shown() -> None:
    cut = list(page.pieces(" a\u3000b\r\nc\t\u200b"))
    assert cut == [
        ("␣", True),
        ("a", False),
        ("□", True),
        ("b", False),
        ("↵", True),
        ("c", False),
        ("⇥", True),
        ("U+200B", True),
    ]


def test_a_huge_cell_is_cut() -> None:
    assert list(page.pieces("x" * 10_000)) == [("x" * 300 + "…", False)]


@pytest.mark.parametrize(
    ("rows", "ja", "en"),
    [
        ([2, 3, 4, 5, 9], "2〜5, 9行目", "rows 2–5, 9"),
        ([7, None, 7], "7行目", "row 7"),
        ([None], "", ""),
        (
            range(2, 2026, 2),
            "2, 4, 6, 8, 10, 12, 14, 16, 18, 20行目 ほか1,002行",
            "rows 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and 1,002 more",
        ),
    ],
)
def test_rows_are_named_in_short(rows: list[int | None], ja: str, en: str) -> None:
    assert (rows_text(rows, "ja"), rows_text(rows, "en")) == (ja, en)


# --- the parts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA")])
def test_columns_are_named_as_a_spreadsheet_does(column: int, name: str) -> None:
    assert page.letter(column) == name


def test_a_share_is_rounded_as_people_do_but_is_whole_or_nothing_only_where_it_is() -> None:
    shares = (9 / 26, 0.285, 1 / 26, 0.999, 1.0, 26 / 26, 0.001, 0.0)
    assert [percent(share) for share in shares] == [35, 29, 4, 99, 100, 100, 1, 0]


def test_days_and_sizes_are_written_for_people() -> None:
    assert page.day("2026-04-01T09:00:00Z", "ja") == "2026年4月1日"
    assert page.day("2026-04-01", "en") == "1 April 2026"
    assert page.day("someday", "ja") == "someday"
    assert [page.size(n) for n in (0, 999, 1000, 999_960)] == ["0 B", "999 B", "1.0 KB", "1.0 MB"]


@pytest.mark.parametrize("address", ["https://example.jp/a?b#c", "a/index.html", "../%E5%8C%BA.csv"])
def test_ordinary_addresses_are_linked(address: str) -> None:
    assert page.link(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x",
        " javascript:x",
        "java\nscript:x",
        "//evil.example",
        "\\\\host",
        "file:///x",
        "http:x",
        "",
        None,
    ],
)
def test_other_addresses_are_not_linked(address: str | None) -> None:
    assert page.link(address) is None


def test_a_dataset_without_a_verdict_is_not_called_checked() -> None:
    html = made(
        "dataset",
        "ja",
        lambda context: {**context, "verdict": None, "files": [{**DATASET["files"][0], "verdict": None}]},
    )
    assert "確認していません" in html and "きまりに合っています" not in html


def test_every_state_of_coverage_has_its_own_words() -> None:
    cells = re.findall(r'<td class="[\w-]+">.*?</td>', made("coverage", "ja"), flags=re.DOTALL)
    words = [re.sub(r".*?word\">(.*?)</span>.*", r"\1", cell, flags=re.DOTALL) for cell in cells]
    assert words == ["公開・適合", "公開・要改善", "不適合（未公開）", "公開見送り", "未公開"]


def test_the_template_engine_waits_for_the_first_page() -> None:
    code = "import sys, odtool.report.as_html, odtool.report.coverage_html; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- in a real browser -------------------------------------------------------------------------


def dom(chromium: str, html: str, folder: Path, *options: str) -> str:
    """The page as the browser has it in the end."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    fixed = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command = [chromium, *fixed, *options, "--dump-dom", file.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=60).stdout


@pytest.mark.browser
def test_a_browser_shows_hostile_findings_and_runs_nothing(chromium: str, tmp_path: Path) -> None:
    run = "document.title='ran';document.body.innerHTML=''"
    values = [f"<script>{run}</script>", f'"><img src=x onerror="{run}">', f"<svg onload={run}>"]
    findings = tuple(finding(row=r, label=v, value=v, message=v) for r, v in enumerate(values, 2))
    shown = dom(chromium, as_html(report(checked("invalid", findings, path=values[0])), "ja"), tmp_path)
    seen = Seen(shown)
    assert shown.count("&lt;script&gt;document.title") >= 3 and "4行目" in shown
    assert "<title>データの確認結果" in shown and "必ず直す" in shown
    assert "img" not in {tag for tag, _ in seen.elements} and len(seen.scripts) == 1


@pytest.mark.browser
def test_the_policy_lets_the_filter_run_in_a_browser(chromium: str, tmp_path: Path) -> None:
    html = made("index", "ja")
    shown = dom(chromium, html, tmp_path)
    assert "1件を表示しています" in shown and "1件を表示しています" not in html


@pytest.mark.browser
def test_a_browser_copies_the_advice_as_text(chromium: str, tmp_path: Path) -> None:
    html = as_html(
        report(checked("invalid", (finding(row=2, column=4, label="c4", value="x"),))), "en", excerpts()
    )
    # The page's policy lets no script of a test in: a frame around it takes its place.
    (tmp_path / "inner.html").write_text(html, encoding="utf-8")
    press = (
        "onload = () => { const inner = frames[0];"
        "inner.navigator.clipboard.writeText = async (text) => { document.querySelector('p').textContent = text; };"
        "inner.document.querySelector('button.copy').click(); }"
    )
    shown = dom(
        chromium,
        f"<iframe src=inner.html></iframe><p></p><script>{press}</script>",
        tmp_path,
        "--allow-file-access-from-files",
        "--virtual-time-budget=1000",
    )
    copied = re.sub(r".*<p>(.*?)</p>.*", r"\1", shown, flags=re.DOTALL)
    assert copied.splitlines()[0] == "folder/a.csv" and "Not a date." in copied and "c4" in copied


@pytest.mark.browser
@every_page
@both_languages
def test_no_page_scrolls_sideways_on_a_phone(chromium: str, tmp_path: Path, name: str, lang: str) -> None:
    (tmp_path / "inner.html").write_text(made(name, lang, filled_with("long" * 50)), encoding="utf-8")
    frame = "<iframe src=inner.html style='border:0;width:375px;height:800px'></iframe><p></p>"
    measure = "onload = () => document.querySelector('p').textContent = 'width ' + frames[0].document.documentElement.scrollWidth"
    shown = dom(
        chromium,
        f"{frame}<script>{measure}</script>",
        tmp_path,
        "--hide-scrollbars",
        "--allow-file-access-from-files",
    )
    assert "width 375" in shown
