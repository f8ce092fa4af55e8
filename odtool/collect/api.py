"""Portals with an action API: CKAN under any path, and those that answer like one, dataeye and SHIRASAGI.

Listings are read in pages. A portal that does not understand a filter answers with everything, so what comes is held
against the filter here as well.

What SHIRASAGI answers is confirmed by its source (https://github.com/shirasagi/shirasagi, app/controllers/concerns/opendata/api
and app/models/opendata/api, 2016 to 2026-08): `package_list?limit=0` gives all uuids, `package_show` takes a uuid or a file
name and says «Not Found Error» under the status 200, `package_search` knows q, rows and start alone, and without q it
looks for a colon. Of dataeye no source is public: its shape is that of saved answers and of clients that read it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from odtool.collect import shapes
from odtool.collect.fetch import Fetcher
from odtool.collect.listed import Listed, UnseenError
from odtool.municipality import municipalities, restored
from odtool.text import visible

PAGE = 100  # datasets asked for at once
ORGANISATIONS = 1_000  # names that CKAN gives at once (ckan.group_and_organization_list_max)
MOST = 200_000  # datasets of one portal: a listing that goes on beyond is none
SHORT = 3  # pages in a row without anything new end a listing that repeats itself

_ABSENT = frozenset({404, 409, 410})  # e-Gov answers 409 for an id that is not there

Family = Literal["ckan", "dataeye", "shirasagi"]
_READ: Mapping[Family, Callable[[Mapping[str, Any], str], Listed | None]] = {
    "ckan": shapes.ckan, "dataeye": shapes.dataeye, "shirasagi": shapes.shirasagi,
}  # fmt: skip


class Api:
    """A portal's API at `address`, such as https://example.jp/api/3/action.

    `organisations` are the ids (or the titles) of those whose datasets are wanted, all where there are none;
    `prefecture` is a name such as 京都府: then those organisations that are called by a code of it.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        address: str,
        family: Family,
        *,
        site: str = "",
        organisations: Sequence[str] = (),
        prefecture: str = "",
    ) -> None:
        self.address = address.rstrip("/")
        self._fetcher = fetcher
        self._family = family
        self._site = (site or self.address).rstrip("/")
        self._organisations = tuple(organisations)
        self._prefecture = prefecture

    def datasets(self) -> Iterator[Listed]:
        seen: set[str] = set()
        for wanted in self._wanted():
            for listed in self._listed(wanted):
                if listed.id not in seen and (not wanted or wanted in (listed.owner, listed.organisation)):
                    seen.add(listed.id)
                    yield listed

    def _wanted(self) -> list[str]:
        if self._organisations or not self._prefecture:
            return list(self._organisations) or [""]
        return self._of_prefecture()

    def _of_prefecture(self) -> list[str]:
        """The organisations that are called by a code of the prefecture's. Asked without `all_fields`, with which CKAN
        gives 25 of them."""
        known = [name for name in self._names() if self._prefecture == _prefecture_of(name)]
        if not known:
            raise UnseenError(
                f"{visible(self.address, 200)} に、{self._prefecture}の団体コードを名前にもつ組織がありません。"
                "設定の organizations に組織の名前を書いてください。",
                f"{visible(self.address, 200)} has no organisation called by a code of that prefecture. Name them in the "
                "settings, as organizations.",
            )
        return known

    def _names(self) -> Iterator[str]:
        start, seen = 0, set[str]()
        while start < MOST:
            found = self._call("organization_list", {"offset": start} if start else None)
            if not isinstance(found, list):
                raise self._odd("organization_list")
            fresh = [name for name in map(shapes.text, found) if name and name not in seen]
            yield from fresh
            seen.update(fresh)
            start += len(found)
            if not fresh or len(found) < ORGANISATIONS:
                return

    def _listed(self, organisation: str) -> Iterator[Listed]:
        try:
            yield from self._searched(organisation)
        except _NoSearchError:
            yield from self._one_by_one()

    def _searched(self, organisation: str) -> Iterator[Listed]:
        read, base = _READ[self._family], self._base
        start, idle, seen = 0, 0, set[str]()
        asked: dict[str, str | int] = {"rows": PAGE}
        if self._family == "ckan":  # the others do not know it
            asked["sort"] = "name asc"
        if self._family == "shirasagi":  # without words it looks for «:», which not every dataset holds
            asked["q"] = ""
        if organisation:  # one at a time: some portals do not understand OR
            asked["fq"] = f'organization:"{organisation}"'
        while start < MOST:
            answer = self._call("package_search", {**asked, "start": start}, first=start == 0)
            results = answer.get("results") if isinstance(answer, Mapping) else None
            count = shapes.number_of(answer.get("count")) if isinstance(answer, Mapping) else None
            if not isinstance(results, list) or count is None:
                raise _NoSearchError if start == 0 else self._odd("package_search")
            if not count and start == 0 and self._family != "ckan":  # it may want words to search for
                raise _NoSearchError
            fresh = 0
            for raw in shapes.objects(results):
                key = (
                    shapes.text(raw.get("uuid")) or shapes.text(raw.get("id")) or shapes.text(raw.get("name"))
                )
                if key not in seen:
                    seen.add(key)
                    fresh += 1
                    if listed := read(raw, base):
                        yield listed
            start += len(results)
            idle = 0 if fresh else idle + 1
            if len(seen) >= count:
                return
            if not results or idle >= SHORT:
                raise self._short(len(seen), count)
        raise self._short(start, MOST)

    def _one_by_one(self) -> Iterator[Listed]:
        read = _READ[self._family]
        every = (
            {"limit": 0}
            if self._family == "shirasagi"
            else {"limit": MOST}
            if self._family == "dataeye"
            else {}
        )
        names = self._call("package_list", every)
        if not isinstance(names, list):
            raise self._odd("package_list")
        for name in names[:MOST]:
            key = shapes.text(shapes.obj(name).get("id") if isinstance(name, Mapping) else name)
            if not key:
                continue
            try:
                found = self._call("package_show", {"id": key})
            except UnseenError as error:
                if error.status in _ABSENT:  # listed a moment ago, and not public now
                    continue
                raise
            raw = found[0] if isinstance(found, list) and found else found
            if not isinstance(raw, Mapping):
                raise self._odd("package_show")
            if listed := read(raw, self._base):
                yield replace(listed, shown=True)

    @property
    def _base(self) -> str:
        return self._site if self._family == "ckan" else self.address

    def _call(
        self, action: str, parameters: Mapping[str, str | int] | None = None, *, first: bool = False
    ) -> Any:
        try:
            answer = self._fetcher.json(f"{self.address}/{action}", parameters)
        except UnseenError as error:
            if first and error.status in _ABSENT:
                raise _NoSearchError from None
            raise
        if isinstance(answer, Mapping) and answer.get("success") is True and "result" in answer:
            return answer["result"]
        if first:
            raise _NoSearchError
        raise self._odd(action, 404 if _not_found(answer) else 0)

    def _odd(self, action: str, status: int = 0) -> UnseenError:
        shown = visible(f"{self.address}/{action}", 200)
        return UnseenError(
            f"{shown} の返事を読み取れません。設定の type と url を確かめてください。",
            f"The answer of {shown} cannot be understood. Check type and url in the settings.",
            status,
        )

    def _short(self, got: int, told: int) -> UnseenError:
        shown = visible(self.address, 200)
        return UnseenError(
            f"{shown} の一覧が途中で終わりました（{told:,} 件のうち {got:,} 件）。時間をおいて、もう一度実行してください。",
            f"The listing of {shown} ended early ({got:,} of {told:,}). Run this again later.",
        )


def _not_found(answer: object) -> bool:
    """Whether it says in words that there is no such entry: SHIRASAGI does so under the status 200."""
    error = shapes.obj(answer.get("error")) if isinstance(answer, Mapping) else {}
    return "Not Found Error" in (error.get("type"), error.get("__type"))


def _prefecture_of(name: str) -> str:
    """The prefecture of an organisation that is called by a code: 262021, 26202_maizuru; "" for any other."""
    found = re.match(r"(\d{5,6})(?!\d)", name)
    code = (found[1] if len(found[1]) == 6 else restored(found[1])) if found else None
    place = municipalities().get(code or "")
    return place.prefecture if place else ""


class _NoSearchError(Exception):
    """The portal has no package_search that could be read."""
