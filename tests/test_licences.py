"""What portals write of licences, and what is meant."""

import json
from pathlib import Path

import pytest

from odtool.coverage.licences import Terms, terms

# The collector of the saved list has its own names where SPDX has none.
OURS = {
    "-ddsd-cc-by": "CC-BY", "-ddsd-cc-by-2.1": "CC-BY-2.1", "-ddsd-cc-by-2.1-jp": "CC-BY-2.1-JP", "-ddsd-cc-by-sa": "CC-BY-SA",
    "-ddsd-jpgov-standard": "JP-GOV-STANDARD", "-ddsd-jpgov-standard-2.0": "JP-GOV-STANDARD-2.0", "-ddsd-plateau": "PLATEAU",
    "-ddsd-gfdl": "", "-ddsd-unknown": "", "-ddsd-cc-by-nd": "CC-BY-ND", "-ddsd-cc-by-nd-2.1-jp": "CC-BY-ND-2.1-JP",
}  # fmt: skip


def test_every_licence_seen_on_japanese_portals_is_named_as_its_collector_named_it(portals: Path) -> None:
    seen = json.loads((portals / "_licences/licences_seen_in_japanese_ckan.json").read_text("utf-8"))
    for one in seen:
        found = terms(
            one.get("id", ""),
            one.get("title", ""),
            one.get("url", ""),
            one.get("extras_copyright", ""),
            one.get("tag", ""),
        )
        wanted = OURS.get(one["is"], one["is"])
        if wanted == "-ddsd-non-free":
            assert found.open is False, one
        else:
            assert found.name == wanted, one


def test_every_licence_that_bodik_ships_is_known(portals: Path) -> None:
    for one in json.loads((portals / "bodik/odpkg_licenses.json").read_text("utf-8")):
        found = terms(one["id"], one["title"], one["url"])
        assert found.open is True and found.name.startswith(("CC-BY-", "JP-GOV-STANDARD-")), one


@pytest.mark.parametrize(
    ("said", "name", "open_"),
    [
        (("cc-by", "", "https://creativecommons.org/licenses/by/4.0/deed.ja"), "CC-BY-4.0", True),
        (("cc-by", "", "http://www.opendefinition.org/licenses/cc-by"), "CC-BY", True),
        (("CC-BY", "CC BY"), "CC-BY", True),
        (("cc-by-21-jp",), "CC-BY-2.1-JP", True),
        (("PDL1.0",), "PDL-1.0", True),
        (("pdl",), "PDL-1.0", True),
        (("", "公共データ利用規約（第1.0版）"), "PDL-1.0", True),
        (("japanese-10",), "JP-GOV-STANDARD-1.0", True),
        (("cc-zero",), "CC0-1.0", True),
        (("", "", "https://creativecommons.org/publicdomain/zero/1.0/"), "CC0-1.0", True),
        (("CC_BY_4.0",), "CC-BY-4.0", True),
        (("ＣＣ－ＢＹ",), "CC-BY", True),
        (("CC-BY-NC-4.0",), "CC-BY-NC-4.0", False),
        (("cc-by-nc-sa", "表示-非営利-継承"), "CC-BY-NC-SA", False),
        (("", "", "https://creativecommons.org/licenses/by-nd/4.0/"), "CC-BY-ND-4.0", False),
        (("cc-by-40-intl", "", "https://creativecommons.org/licenses/by-nc/4.0/"), "CC-BY-NC-4.0", False),
        (("CC-BY-4.0", "", "", "CC BY-ND"), "CC-BY-ND-4.0", False),
        (("other-open",), "OTHER-OPEN", True),
        (("other-nc",), "OTHER-NC", False),
        (("ol",), "OTHER-CLOSED", False),
        (("gfdl",), "", None),
        (("notspecified",), "", None),
        (("",), "", None),
        (("notspecified", "CC BY 4.0"), "CC-BY-4.0", True),
        (("なにか別の規約",), "なにか別の規約", None),
    ],
)
def test_a_licence_is_read_from_id_title_and_address_together(
    said: tuple[str, ...], name: str, open_: bool | None
) -> None:
    assert terms(*said) == Terms(name, open_)


def test_what_forbids_is_never_read_as_open() -> None:
    for limit in ("nc", "nd", "非営利", "改変禁止"):
        for id_ in ("cc-by", "cc-by-40-intl", "CC BY"):
            assert terms(f"{id_}-{limit}").open is False and terms(id_, f"表示-{limit}").open is False
