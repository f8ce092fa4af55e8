"""What a portal says of a licence → one name for it, and whether it lets anybody use the data.

Portals write the same licence in many ways, and different ones in the same way: CKAN's own `cc-by` is CC BY of no
known version unless its address names one. So id, title and address are read together, and what forbids something is
looked for before what allows it. The spellings are those seen in answers of Japanese CKAN portals.
"""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """`name` is "" where nothing is known; `open` None where nobody can tell: whoever uses the data must ask."""

    name: str = ""
    open: bool | None = None


UNKNOWN = Terms()

# Said by nobody who chose: nothing at all, CKAN's «not specified», and the first entry of its drop-down list.
_NOT_CHOSEN = re.compile(
    r"notspecified|not specified|指定されていません|^gfdl$|gnu free documentation|^none$|^null$|^-$"
)
_NON_COMMERCIAL = re.compile(r"(?<![a-z])nc(?![a-z])|非営利|non-? ?commercial")
_NO_CHANGES = re.compile(r"(?<![a-z])nd(?![a-z])|改変禁止|改変不可|no-? ?deriv")
_SHARE_ALIKE = re.compile(r"(?<![a-z])sa(?![a-z])|継承|share-? ?alike")
_CREATIVE = re.compile(
    r"cc[- ]?by(?![a-z])|creativecommons\.org/licenses/|creative ?commons|クリエイティブ・?コモンズ|^表示"
)
_VERSIONS = (
    ("4.0", re.compile(r"4\.0|(?<![\d.])40(?!\d)")),
    ("3.0", re.compile(r"3\.0|(?<![\d.])30(?!\d)")),
    ("2.1", re.compile(r"2\.1|(?<![\d.])21(?!\d)")),
    ("2.0", re.compile(r"(?<!\d)2\.0|(?<![\d.])20(?!\d)")),
)
_JAPANESE = re.compile(r"(?<![a-z])jp(?![a-z])|日本")

# What is no Creative Commons licence with conditions, first match first.
_OTHERS: tuple[tuple[re.Pattern[str], Terms], ...] = tuple(
    (re.compile(pattern), terms)
    for pattern, terms in (
        (r"cc-?0|cc-? ?zero|publicdomain/zero", Terms("CC0-1.0", True)),
        (r"(?<![a-z])pddl", Terms("PDDL-1.0", True)),
        (r"(?<![a-z])odbl|open database license", Terms("ODbL-1.0", True)),
        (r"odc-?by|open data commons attribution", Terms("ODC-By-1.0", True)),
        (r"(?<![a-z])pdl|公共データ利用規約", Terms("PDL-1.0", True)),
        (r"standard-terms-2|japanese-20|政府標準利用規約 ?\(?第2", Terms("JP-GOV-STANDARD-2.0", True)),
        (r"standard-terms-1|japanese-10|政府標準利用規約 ?\(?第1", Terms("JP-GOV-STANDARD-1.0", True)),
        (r"^japanese$|japanese government license|政府標準利用規約", Terms("JP-GOV-STANDARD", True)),
        (r"(?<![a-z])plateau(?![a-z])", Terms("PLATEAU", True)),
        (r"apache", Terms("Apache-2.0", True)),
        (r"^other-(open|pd)$", Terms("OTHER-OPEN", True)),
        (r"^other-nc$", Terms("OTHER-NC", False)),
        (
            r"^other-(closed|at|copyright)$|^ol$|独自利用規約|all rights reserved|転載禁止",
            Terms("OTHER-CLOSED", False),
        ),
    )
)


def terms(id_: str = "", title: str = "", url: str = "", *also: str) -> Terms:
    """The licence of that id, title and address; `also` are other places in which a portal's people note it, such as
    the extra `copyright` or tags. Those can only forbid more."""
    said = [folded for text in (id_, title, url) if (folded := _folded(text))]
    noted = [folded for text in also if (folded := _folded(text))]
    if not said or (_any(_NOT_CHOSEN, said) and not _any(_CREATIVE, said[1:])):
        return _creative(noted) if _any(_CREATIVE, noted) and _limits(noted) else UNKNOWN
    limited = [*said, *(text for text in noted if _CREATIVE.search(text) and _limits([text]))]
    for pattern, found in _OTHERS:
        if _any(pattern, said) and not (_any(_CREATIVE, limited) and _limits(limited)):
            return found
    if _any(_CREATIVE, limited):
        return _creative(limited)
    return Terms((title or id_ or url).strip()[:100])


def _creative(said: list[str]) -> Terms:
    """The Creative Commons licence with the conditions that any of these texts names."""
    commercial, changes = not _any(_NON_COMMERCIAL, said), not _any(_NO_CHANGES, said)
    name = "CC-BY" + ("" if commercial else "-NC") + ("" if changes else "-ND")
    if changes and _any(_SHARE_ALIKE, said):
        name += "-SA"
    version = next((number for number, pattern in _VERSIONS if _any(pattern, said)), "")
    if version:
        name += f"-{version}" + ("-JP" if version == "2.1" and _any(_JAPANESE, said) else "")
    return Terms(name, commercial and changes)


def _limits(said: list[str]) -> bool:
    return _any(_NON_COMMERCIAL, said) or _any(_NO_CHANGES, said)


def _any(pattern: re.Pattern[str], texts: list[str]) -> bool:
    return any(pattern.search(text) for text in texts)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", "-").split())
