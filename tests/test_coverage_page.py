"""The page of coverage in a browser that is worked as a person works it."""

from pathlib import Path

import pytest
from playwright import sync_api as sync

from odtool.coverage.matrix import Overview
from odtool.report.coverage_html import coverage_context, coverage_html
from tests.seeing import KYOTO, drawn, seen


@pytest.mark.browser
def test_every_filter_is_worked_with_the_keyboard_alone(chromium: str, tmp_path: Path) -> None:
    files = [seen(), seen(resource="b", dataset_name="b", slug="event", dataset="standard-event", municipality=KYOTO, organisation="京都市", verdict="invalid", errors=3, fixable=3)]  # fmt: skip
    page_ = tmp_path / "page.html"
    page_.write_text(coverage_html(coverage_context(Overview(drawn(*files)), "ja"), "ja"), encoding="utf-8")
    with sync.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_.as_uri())
        focused = "document.activeElement.id"
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(focused) == "f-name":
                break
        page.keyboard.insert_text("宇治市")
        assert page.inner_text("#f-said") == "表示中の市区町村：1"
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == "f-state"
        page.keyboard.press("ArrowDown")  # あと一歩
        assert page.inner_text("#f-said") == "表示中の市区町村：1"
        assert page.inner_text("#matrix tbody tr:not([hidden]) b").startswith("京都市")
        browser.close()
    assert asked == [page_.as_uri()]
