"""Every page that odtool writes, made by the real commands and opened in a real browser: on a desktop, a phone, on paper."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright import sync_api as sync

from tests.publishing import AED, odtool, sample

ROOT = Path(__file__).parents[1]
SHARED = {"base.html.j2", "parts.html.j2", "copies.html.j2"}  # no pages, but what pages are made of
BAD = "262072_hospital.csv"
SETTINGS = """[portals.site]
type = "folder"
path = "public"

[jobs.nightly]
portal = "site"
sources = ["data", "nowhere/*.csv"]

[targets."京都府"]
goals = ["令和8年度末までに全市町村"]
"""
COMMANDS = {
    "report": ("validate", "data", "--format", "html", "-o"),
    "readability": ("validate", "data", "--profile", "machine-readability", "--format", "html", "-o"),
    "fix": ("fix", f"data/{BAD}", "--dry-run", "--format", "html", "--list"),
    "migrate": ("migrate", f"data/{AED}", "--to", "standard", "--dry-run", "--format", "html", "--list"),
    "plan": ("plan", "data", "--portal", "site", "--format", "html", "-o"),
    "coverage": ("coverage", "report", "--prefecture", "京都府", "--format", "html", "-o"),
    "history": ("history", "--format", "html", "-o"),
    "doctor": ("doctor", "--format", "html", "-o"),
}
"""By the page's name; the name of the file comes last."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An office after its first night, with every page there is."""
    root = tmp_path_factory.mktemp("office")
    (root / "data").mkdir()
    for name in (AED, BAD):
        shutil.copy(sample(name), root / "data" / name)
    (root / "odtool.toml").write_text(SETTINGS, "utf-8")
    own = {"ODTOOL_STATE": str(root / "state"), "ODTOOL_CACHE": str(root / "cache")}
    odtool(root, "run", **own)
    odtool(root, "coverage", "collect", "public", **own)
    made = {}
    for name, command in COMMANDS.items():
        done = odtool(root, *command, f"{name}.html", **own)
        assert (root / f"{name}.html").is_file(), (name, done.stderr)
        made[name] = root / f"{name}.html"
    made["run"] = next(
        path for path in (root / "odtool-jobs/nightly/runs").iterdir() if "-report" not in path.name
    )
    made["catalogue_index"] = root / "public" / "index.html"
    made["catalogue_dataset"] = next((root / "public").glob("*_aed/index.html"))
    return made


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[sync.Browser]:
    with sync.sync_playwright() as player:
        started = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


def heard(page: sync.Page) -> tuple[list[str], list[str]]:
    """What the page complains of, and what it asks for, from now on."""
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: told.append(said.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    return told, asked


@pytest.mark.browser
def test_every_page_opens_on_desktop_phone_and_paper_without_a_complaint(
    pages: dict[str, Path], browser: sync.Browser
) -> None:
    for name, path in pages.items():
        page = browser.new_page()
        told, asked = heard(page)
        page.goto(path.as_uri())
        for width, medium in ((1280, "screen"), (375, "screen"), (720, "print")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(media="print" if medium == "print" else "screen")
            assert page.is_visible("main h1"), (name, width)
            if medium == "screen":
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert page.pdf().startswith(b"%PDF"), name
        assert told == [] and [url for url in asked if not url.startswith("data:")] == [path.as_uri()], name
        page.close()


@pytest.mark.browser
def test_on_paper_the_columns_of_the_matrix_are_evenly_wide(
    pages: dict[str, Path], browser: sync.Browser
) -> None:
    page = browser.new_page(viewport={"width": 1520, "height": 1000})  # A3 across, less its margins
    page.goto(pages["coverage"].as_uri())
    page.emulate_media(media="print")
    widths = page.eval_on_selector_all(
        ".matrix thead th:not(:first-child)",
        "heads => heads.map(head => head.getBoundingClientRect().width)",
    )
    assert len(widths) >= 30 and max(widths) - min(widths) <= 1
    assert page.evaluate("document.querySelector('.matrix table').getBoundingClientRect().right") <= 1520
    page.close()


def test_no_page_is_left_out_of_the_above() -> None:
    templates = {path.name for path in (ROOT / "templates").glob("*.html.j2")} - SHARED
    opened = {"migration" if name == "migrate" else name for name in COMMANDS}
    opened |= {"run", "catalogue_index", "catalogue_dataset"}
    assert {name.removesuffix(".html.j2") for name in templates} == opened
