"""A catalogue's DCAT feed → datasets. Also what odtool's own catalogue in a folder offers on the web.

DCAT: https://www.w3.org/TR/vocab-dcat-3/; CKAN writes it with ckanext-dcat.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from odtool.collect import graph as graphs
from odtool.collect.fetch import LISTING, Fetcher
from odtool.collect.graph import DCAT, DCT, FOAF, SPDX, Graph
from odtool.collect.listed import Listed, Resource, UnseenError, digest
from odtool.collect.shapes import number_of
from odtool.text import visible

PAGES = 2_000
_HYDRA = "http://www.w3.org/ns/hydra/core#"
_NEXT = (_HYDRA + "nextPage", _HYDRA + "next")


class Feed:
    """The feed at `address`. Pages that it names itself are followed."""

    def __init__(self, fetcher: Fetcher, address: str) -> None:
        self._address = address
        self._fetcher = fetcher

    def datasets(self) -> Iterator[Listed]:
        url, met, taken, asked = self._address, set[str](), set[str](), set[str]()
        while url and url not in asked and len(asked) < PAGES:
            asked.add(url)
            found = self._fetcher.get(url, most=LISTING)
            if found.state == "gone":
                raise UnseenError(
                    f"{visible(url, 200)} がありません（{found.status}）。feed の URL を確かめてください。",
                    f"There is no {visible(url, 200)} ({found.status}). Check the address of the feed.",
                    found.status,
                )
            graph = graphs.read(found.data, graphs.form_of(found.url, found.type, found.data))
            yield from datasets(graph, found.url, met, taken)
            url = _next(graph, found.url)
        if not met:
            raise UnseenError(
                f"{visible(self._address, 200)} にデータセットがありません。feed の URL を確かめてください。",
                f"There is no dataset in {visible(self._address, 200)}. Check the address of the feed.",
            )


def datasets(
    graph: Graph, base: str, met: set[str] | None = None, taken: set[str] | None = None
) -> Iterator[Listed]:
    """The datasets of a graph; addresses in it may be relative to `base`. Those of earlier pages were `met`, and their ids
    are `taken`: of datasets whose addresses end alike, each keeps the whole of its own."""
    met, taken = set() if met is None else met, set() if taken is None else taken
    subjects = graph.of_type(f"{DCAT}Dataset")
    named = {subject: graph.one(subject, f"{DCT}identifier") or subject for subject in subjects}
    alike = Counter(map(_short, named.values()))
    for subject in subjects:
        whole, called = named[subject] if subject.startswith("_:") else subject, _short(named[subject])
        if whole in met:
            continue
        if alike[called] > 1 or called in taken:
            called = whole[-200:]
        met.add(whole)
        taken.add(called)
        publisher = next(iter(graph.all(subject, f"{DCT}publisher")), "")
        code = (
            graph.one(publisher, f"{DCT}identifier")
            or publisher.rstrip("/").rpartition("/")[2].rpartition("#")[2]
        )
        held = list(dict.fromkeys(graph.all(subject, f"{DCAT}distribution")))
        ends = Counter(map(_short, held))
        files = tuple(
            replace(file, id=one[-200:] if ends[_short(one)] > 1 else file.id or str(n))
            for n, (one, file) in enumerate(((one, _file(graph, one, base)) for one in held), 1)
        )
        licences = list(dict.fromkeys(file.licence for file in files))
        frequency = graph.one(subject, f"{DCT}accrualPeriodicity")
        own = graph.one(subject, f"{DCT}license")
        yield Listed(
            id=called,
            name=graph.one(subject, f"{DCT}title"),
            owner=code if not code.startswith("_:") else "",
            organisation=graph.one(publisher, f"{FOAF}name")
            or ("" if "/" in publisher or ":" in publisher else publisher),
            page=graph.one(subject, f"{DCAT}landingPage"),
            licence=_licence(graph, own) if own else licences[0] if len(licences) == 1 else ("", "", ""),
            tags=tuple(graph.all(subject, f"{DCAT}keyword")),
            frequency=frequency.rpartition("/")[2] if "/" in frequency else frequency,
            day=graph.one(subject, f"{DCT}modified", f"{DCT}issued")[:10],
            files=files,
        )


def _file(graph: Graph, subject: str, base: str) -> Resource:
    address = graph.one(subject, f"{DCAT}downloadURL") or graph.one(subject, f"{DCAT}accessURL")
    checksums = graph.all(subject, f"{SPDX}checksum")
    sums = [value for one in checksums for value in graph.all(one, f"{SPDX}checksumValue")]
    form = graph.one(subject, f"{DCT}format") or graph.one(subject, f"{DCAT}mediaType")
    own = graph.one(subject, f"{DCT}license")
    url = _joined(base, address)
    return Resource(
        id=_short(subject) if not subject.startswith("_:") else url,
        url=url,
        name=graph.one(subject, f"{DCT}title"),
        format=form.rstrip("/").rpartition("/")[2].upper(),
        size=number_of(graph.one(subject, f"{DCAT}byteSize")),
        mark=digest(sums) if sums else "",
        day=graph.one(subject, f"{DCT}modified", f"{DCT}issued")[:10],
        licence=_licence(graph, own) if own else ("", "", ""),
    )


def _licence(graph: Graph, subject: str) -> tuple[str, str, str]:
    if subject.startswith(("http://", "https://")):
        return "", graph.one(subject, f"{DCT}title"), subject
    return ("", graph.one(subject, f"{DCT}title"), "") if subject.startswith("_:") else (subject, "", "")


def _short(subject: str) -> str:
    """What a dataset or file is called in its catalogue: the last part of its address."""
    parts = [part for part in subject.partition("#")[0].rstrip("/").split("/") if part]
    fragment = subject.partition("#")[2]
    if fragment and fragment != "dataset":
        return fragment[-200:]
    named = [part for part in parts if part != "index.html"]
    return (named[-1] if named else subject)[-200:]


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address) if address else ""
    except ValueError:
        return address


def _next(graph: Graph, base: str) -> str:
    """The next page that a paged feed names; it must lie on the same host."""
    for subject in graph.of_type(_HYDRA + "PagedCollection") + graph.of_type(
        _HYDRA + "PartialCollectionView"
    ):
        if found := graph.one(subject, *_NEXT):
            url, here = _joined(base, found), urlsplit(base)
            there = urlsplit(url)
            if there.netloc != here.netloc:  # behind a proxy a portal may call itself by another name
                query = urlencode(parse_qsl(there.query))
                url = urlunsplit((here.scheme, here.netloc, here.path, query, ""))
            return url
    return ""
