"""What goes to the store, a handful at a time: each write waits for the disk, and a portal has thousands of files."""

import time
from collections.abc import Iterable

from odtool.coverage.observation import Observation
from odtool.coverage.observed import Store
from odtool.coverage.sighting import Gone, Progress

ADAPTER = "#adapter"  # where the store keeps what was found out of a portal's software
SHRUNK = "#shrunk "  # where it keeps what a listing lacked that was not believed
READ = "done"
MOST = 200  # entries that wait
LONGEST = 1.0  # seconds that they wait: what a sudden death costs is fetched again


class Notes:
    """Of one portal. `known` is how far it came with each dataset and file."""

    def __init__(self, book: Store, address: str) -> None:
        self._book = book
        self._address = address
        self.known: dict[tuple[str, str], Progress] = dict(book.all_progress(address))
        self._seen: list[Observation] = []
        self._progress: list[Progress] = []
        self._since = time.monotonic()
        self.news = 0
        self.seconds = 0.0

    def of(self, name: str) -> set[str]:
        """The datasets that were read under that name of the settings: several may share a portal."""
        return {key[0] for key, entry in self.known.items() if key[0] and not key[1] and entry.note == name}

    def add(self, observations: Iterable[Observation], progress: Iterable[Progress]) -> None:
        """They are written together or not at all."""
        self._seen += observations
        for entry in progress:
            self.known[entry.dataset_name, entry.resource] = entry
            self._progress.append(entry)
        waiting = len(self._seen) + len(self._progress)
        if waiting >= MOST or (waiting and time.monotonic() - self._since >= LONGEST):
            self.flush()

    def progress(self, entry: Progress) -> None:
        self.flush()
        self._book.note(progress=[entry])

    def gone(self, gone: Iterable[Gone]) -> None:
        self.flush()
        self._book.note(gone=gone)

    def portal(
        self, state: str, at: str, why: str, name: str, *, whose: str = "", in_part: bool = False
    ) -> None:
        """How far it came with the portal itself; for readers, and under the name of the settings for the next run.

        `whose` is the code of the only body (or prefecture) whose data are read there. A portal that was once read to the
        end stays so for readers while it is read again, and where only a part of it was wanted.
        """
        self.flush()
        own = Progress(self._address, "", f"#{name}", at, state, note=why, municipality=whose)
        before = self._book.progress(self._address)
        entries = [own]
        if not (in_part or state == "begun") or before is None or before.state != READ:
            shared = any(
                key[1].startswith("#") and entry.state and not key[1].startswith((ADAPTER, SHRUNK)) and key[1] != f"#{name}" and entry.municipality != whose
                for key, entry in self._book.all_progress(self._address).items()
            )  # fmt: skip
            only = "" if shared else whose
            entries.append(Progress(self._address, at=at, state=state, note=why, municipality=only))
        self._book.note(progress=entries)

    def flush(self) -> None:
        started = time.monotonic()
        if self._seen or self._progress:
            self.news += self._book.note(self._seen, progress=self._progress)
            self._seen, self._progress = [], []
        self._since = time.monotonic()
        self.seconds += self._since - started
