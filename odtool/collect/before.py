"""What is known of a portal's files before they are looked at: what was seen of them, and what officers said."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from odtool.coverage.observation import INSIDE, Observation
from odtool.coverage.sighting import Correction


class Before:
    """Of one portal, by the names of a dataset and of a file in it. `last` is what the latest look at a file told, `told`
    what was seen when it could be seen, `held` what was seen of the tables in a zip, by their own names."""

    def __init__(self, last: Iterable[Observation], corrections: Sequence[Correction]) -> None:
        # Where a file could not be seen last time, the store also gives what was seen of it before.
        self.last: dict[tuple[str, str], Observation] = {}
        self.told: dict[tuple[str, str], Observation] = {}
        self.held: dict[tuple[str, str], dict[str, Observation]] = defaultdict(dict)
        for observation in last:
            key = (observation.dataset_name, observation.resource)
            self.last[key] = observation
            if observation.verdict != "not-seen":
                self.told[key] = observation
                if (outer := observation.resource.partition(INSIDE)[0]) != observation.resource:
                    self.held[observation.dataset_name, outer][observation.resource] = observation
        self._words: dict[tuple[str, str], list[Correction]] = defaultdict(list)
        for word in corrections:
            self._words[word.dataset_name, word.resource].append(word)

    def said_of(self, dataset: str, resource: str | None = None) -> list[tuple[str, str, str]]:
        """What an officer said of a dataset, or of one of its files and the tables in it."""
        return sorted(
            (word.resource, word.what, word.value)
            for key, words in self._words.items()
            if key[0] == dataset
            and (
                resource is None
                or key[1] in ("", resource, resource.partition(INSIDE)[0])
                or key[1].startswith(resource + INSIDE)
            )
            for word in words
        )

    def may_look(self, dataset: str, resource: str) -> bool:
        return all(what != "ignore" or INSIDE in whose for whose, what, _ in self.said_of(dataset, resource))
