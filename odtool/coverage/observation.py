"""What was seen of published data: the value that collecting makes, that is stored, and that coverage is drawn from."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["valid", "invalid", "not-checked", "not-seen"]
"""As judged; not checked, with a reason; or not seen at all: no answer, a page in place of the file."""

INSIDE = "!/"
"""Between the id of a zip and the name of a table in it, in the id of what was seen of that table alone."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One file of a dataset on a portal, as it was seen at a moment. A text is "" and a number None where nothing is
    known.

    `source` is the portal's address, `dataset_name` and `resource` are the portal's own ids, `organisation` is who
    publishes, in the portal's words. `municipality` is a six-digit code; `dataset` such as standard-aed is what the
    file is, `recognised_by` how that is known: its contents, an officer's word, the ledger. `fixable` counts the
    errors that a certain repair mends, None where nobody tried. `licence` is normalised (see `licences`), `open` whether it lets anybody use
    the data. `levels` are the scores of machine readability, L1 to L3, of 100. `updated` is the day the data are of
    and `updated_by` what tells so: the data, the title, the file's date on the portal. `expected` is the number of days
    after which an update is due and `expected_by` who says so. `alive` tells whether the file could be fetched. `why` is for the reader. `placed_by` is what tells the
    municipality. `maybe` is a slug that names and titles alone hint at: never a verdict, something to ask an officer.
    """

    at: str
    source: str
    dataset_name: str
    resource: str
    url: str = ""
    title: str = ""
    organisation: str = ""
    municipality: str = ""
    slug: str = ""
    edition: str = ""
    dataset: str = ""
    recognised_by: Literal["contents", "officer", "ledger", ""] = ""
    verdict: Verdict = "not-checked"
    errors: int = 0
    warnings: int = 0
    fixable: int | None = 0
    rules: str = ""  # the commonest, as «rule=count rule=count»
    licence: str = ""
    open: bool | None = None
    format: str = ""
    levels: tuple[int | None, int | None, int | None] = (None, None, None)
    updated: str = ""
    updated_by: Literal["data", "title", "portal", ""] = ""
    expected: int | None = None
    alive: bool | None = None
    sha256: str = ""
    size: int | None = None
    rows: int | None = None
    tool: str = ""
    why: str = ""
    why_en: str = ""
    placed_by: Literal["officer", "settings", "organisation", "name", "title", "rows", ""] = ""
    maybe: str = ""
    expected_by: Literal["portal", "settings", ""] = ""
