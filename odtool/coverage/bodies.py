"""Whose data it is, and how many datasets and files a body has on portals, the national ones and all others."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from odtool.coverage.observation import Observation
from odtool.coverage.sighting import Correction
from odtool.former import current
from odtool.municipality import municipalities
from odtool.text import fold

PREFECTURE, WARD = "都道府県", "政令市の区"
MAIN = 5  # titles that stand for what a body publishes


@dataclass(frozen=True, slots=True)
class Body:
    """Who publishes: `code` is "" for one without a code (a joint body, a company), which then goes by its name.

    `datasets` and `files` count everything it has on portals, each once, also where it stands on two; `main` are titles
    of its datasets, those with the most files first.
    """

    code: str
    name: str
    datasets: int = 0
    files: int = 0
    main: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def corrected(
    observations: Iterable[Observation],
    corrections: Iterable[Correction],
    datasets: Mapping[str, tuple[str, str]],
) -> Iterator[Observation]:
    """The observations as officers said they are; `datasets` gives the slug and edition of a dataset's id.

    What is to be ignored is left out. A file that was judged as another dataset is not checked until it is collected
    again.
    """
    words: dict[tuple[str, str, str], list[Correction]] = defaultdict(list)
    for word in corrections:
        words[word.source, word.dataset_name, word.resource].append(word)
    for seen in observations:
        if not words:
            yield seen
            continue
        said = [
            *words.get((seen.source, seen.dataset_name, ""), ()),
            *words.get(
                (seen.source, seen.dataset_name, seen.resource), ()
            ),  # said of the file itself: counts more
        ]
        if not any(word.what == "ignore" for word in said):
            yield _corrected(seen, said, datasets)


def _corrected(
    seen: Observation, said: Iterable[Correction], datasets: Mapping[str, tuple[str, str]]
) -> Observation:
    for word in said:
        if word.what == "municipality":
            seen = replace(seen, municipality=word.value)
        elif word.what == "dataset" and word.value != seen.dataset:
            slug, edition = datasets.get(word.value, ("", ""))
            # Where nobody can look into it, a PDF say, no later collection will judge it either: its own reason stands.
            unread = seen.verdict == "not-checked" and seen.rows is None and seen.why
            seen = replace(
                seen, dataset=word.value, slug=slug, edition=edition, recognised_by="officer",
                verdict="not-seen" if seen.verdict == "not-seen" else "not-checked", errors=0, warnings=0, fixable=0, rules="",
                why=seen.why if unread else "担当者がデータセットを指定しました。次の収集で確認します",
                why_en=(seen.why_en or seen.why) if unread else "An officer said which dataset it is; the next collection judges it",
            )  # fmt: skip
    return seen


def owner(code: str, organisation: str) -> str:
    """The key of a body: its code, a ward's city's, an abolished code's successor's where there is but one, else a name
    that can be no code."""
    return city(current(code) or code) if code else f"*{organisation.strip()}" if organisation.strip() else ""


def city(code: str) -> str:
    """The designated city whose ward this is; otherwise the code itself."""
    place = municipalities().get(code)
    if place is None or not place.ward:
        return code
    return _cities().get((place.prefecture, place.city), code)


def is_prefecture(code: str) -> bool:
    place = municipalities().get(code)
    return place is not None and place.kind == PREFECTURE


def is_municipality(code: str) -> bool:
    place = municipalities().get(code)
    return place is not None and place.kind not in (PREFECTURE, WARD)


def members(prefecture: str) -> tuple[str, ...]:
    """The codes of a prefecture's municipalities: neither itself nor the wards of its designated cities."""
    return tuple(
        code
        for code, place in municipalities().items()
        if place.prefecture == prefecture and place.kind not in (PREFECTURE, WARD)
    )


@cache
def prefecture_code(prefecture: str) -> str:
    """The prefecture's own code; "" where there is no such prefecture."""
    found = (c for c, place in municipalities().items() if place.prefecture == prefecture)
    return next((code for code in found if is_prefecture(code)), "")


@cache
def _cities() -> dict[tuple[str, str], str]:
    return {
        (place.prefecture, place.name): code for code, place in municipalities().items() if not place.ward
    }


class Counted:
    """Counts what bodies have on portals, file by file."""

    def __init__(self) -> None:
        self._files: dict[str, dict[tuple[str, str], dict[str, str]]] = defaultdict(dict)
        self._titles: dict[tuple[str, str], str] = {}

    def add(
        self, whose: str, source: str, dataset: str, resource: str, *, sha256: str = "", title: str = ""
    ) -> None:
        """`whose` as `owner` says; a dataset without files has one without a name."""
        files = self._files[whose].setdefault((source, dataset), {})
        if resource:
            files[resource] = sha256
        if title and (source, dataset) not in self._titles:
            self._titles[source, dataset] = title

    def body(self, whose: str) -> Body:
        """The count of that body."""
        found = self._files.get(whose, {})
        per_source: dict[str, int] = defaultdict(int)
        for source, _ in found:
            per_source[source] += 1
        # The portal with the most is the first; what stands on another one too is the same dataset again.
        order = sorted(found, key=lambda key: (-per_source[key[0]], key))
        seen: dict[str, str] = {}
        counted: list[tuple[int, str]] = []
        files = 0
        for key in order:
            hashes = found[key]
            fresh = [n for n, sha in hashes.items() if not sha or seen.get(sha, key[0]) == key[0]]
            seen.update((sha, key[0]) for sha in hashes.values() if sha and sha not in seen)
            if hashes and not fresh:
                continue
            files += len(fresh)
            counted.append((len(fresh), self._titles.get(key, key[1])))
        name = whose.removeprefix("*") if whose.startswith("*") else ""
        titles = (title for _, title in sorted(counted, key=lambda entry: (-entry[0], entry[1])))
        place = municipalities().get(whose)
        return Body(
            "" if name else whose, name or (place.title if place else whose), len(counted), files,
            _main(titles), tuple(sorted(per_source)),
        )  # fmt: skip

    def owners(self) -> list[str]:
        """All bodies that have anything."""
        return list(self._files)


def _main(titles: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for title in titles:
        found.setdefault(fold(title), title)
        if len(found) == MAIN:
            break
    return tuple(found.values())
