"""RDF as far as a catalogue's feed needs it: a subject's values by property, whatever the file was written in.

JSON-LD is read here, with the context that stands in the file or the usual prefixes: no context is fetched from
anywhere. RDF/XML and Turtle are read by rdflib, an extra («rdf») that not everybody needs.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from odtool.collect.listed import UnseenError
from odtool.errors import UsageError

DCAT = "http://www.w3.org/ns/dcat#"
DCT = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
SPDX = "http://spdx.org/rdf/terms#"
VCARD = "http://www.w3.org/2006/vcard/ns#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_USUAL = {
    "dcat": DCAT, "dct": DCT, "dcterms": DCT, "foaf": FOAF, "spdx": SPDX, "vcard": VCARD,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "schema": "http://schema.org/",
}  # fmt: skip
DEPTH = 40


@dataclass(frozen=True, slots=True)
class Graph:
    """`values[subject][property]`: texts, and the ids of other subjects."""

    values: dict[str, dict[str, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def of_type(self, kind: str) -> list[str]:
        return [subject for subject, said in self.values.items() if kind in said.get(TYPE, ())]

    def all(self, subject: str, *properties: str) -> list[str]:
        said = self.values.get(subject, {})
        return [value for property_ in properties for value in said.get(property_, ())]

    def one(self, subject: str, *properties: str) -> str:
        return next(iter(self.all(subject, *properties)), "")


def read(data: bytes, form: str) -> Graph:
    """The graph in a feed; `form` is json-ld, xml or turtle. Raises UnseenError where it is none."""
    try:
        return _json_ld(data) if form == "json-ld" else _by_rdflib(data, form)
    except (ValueError, RecursionError):
        raise UnseenError(
            "DCAT の一覧として読めません。feed の URL を確かめてください。",
            "It cannot be read as a DCAT catalogue. Check the address of the feed.",
        ) from None


def form_of(url: str, type_: str, data: bytes) -> str:
    """What a feed is written in, by its beginning, else its media type or its name."""
    start = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if start in (b"{", b"["):
        return "json-ld"
    if start == b"<" and not data.lstrip()[:9].lower().startswith(b"<http"):
        return "xml"
    return "turtle" if "turtle" in type_ or url.endswith(".ttl") or start in (b"@", b"P", b"<") else "json-ld"


# --- JSON-LD -----------------------------------------------------------------------------------


def _json_ld(data: bytes) -> Graph:
    document = json.loads(data)
    graph = Graph()
    _Reader(graph).take(document, dict(_USUAL), {}, 0)
    return graph


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._nameless = 0

    def take(self, node: Any, prefixes: dict[str, str], terms: dict[str, str], depth: int) -> list[str]:
        """The values a node stands for; what it says of itself is noted on the way."""
        if depth > DEPTH:
            raise ValueError
        if isinstance(node, list):
            return [value for entry in node for value in self.take(entry, prefixes, terms, depth + 1)]
        if not isinstance(node, Mapping):
            return [str(node)] if isinstance(node, str | int | float) and not isinstance(node, bool) else []
        prefixes, terms = _context(node.get("@context"), prefixes, terms)
        if "@value" in node:
            return [str(node["@value"])]
        if isinstance(inner := node.get("@list") or node.get("@set"), list):
            return self.take(inner, prefixes, terms, depth + 1)
        if "@graph" in node:
            self.take(node["@graph"], prefixes, terms, depth + 1)
        said = {
            key: value for key, value in node.items() if not key.startswith("@") and key not in ("id", "type")
        }
        kinds = [*_many(node.get("@type")), *_many(node.get("type"))]
        own = node.get("@id") or node.get("id")
        if not isinstance(own, str):
            self._nameless += 1
            own = f"_:{self._nameless}"
        noted = self._graph.values[own] if said or kinds else {}
        for kind in kinds:
            if isinstance(kind, str):
                noted.setdefault(TYPE, []).append(_whole(kind, prefixes, terms))
        for key, value in said.items():
            noted.setdefault(_whole(key, prefixes, terms), []).extend(
                self.take(value, prefixes, terms, depth + 1)
            )
        return [own]


def _context(
    said: Any, prefixes: dict[str, str], terms: dict[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    for context in _many(said):
        if not isinstance(context, Mapping):
            continue
        prefixes, terms = dict(prefixes), dict(terms)
        for key, value in context.items():
            meant = value.get("@id") if isinstance(value, Mapping) else value
            if isinstance(meant, str) and not meant.startswith("@"):
                (prefixes if meant.endswith(("#", "/", ":")) else terms)[key] = meant
    return prefixes, terms


def _whole(name: str, prefixes: Mapping[str, str], terms: Mapping[str, str]) -> str:
    name = terms.get(name, name)
    prefix, colon, rest = name.partition(":")
    if colon and prefix in prefixes and not rest.startswith("//"):
        return prefixes[prefix] + rest
    return name


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


# --- what rdflib reads ---------------------------------------------------------------------------


def _by_rdflib(data: bytes, form: str) -> Graph:
    try:
        import rdflib
    except ImportError:
        raise UsageError(
            "この一覧（RDF/XML・Turtle）を読むには、追加の部品が必要です。pip install 'odtool[rdf]' を実行するか、"
            "catalog.jsonld の URL を指定してください。",
            "Reading RDF/XML or Turtle needs an extra: pip install 'odtool[rdf]', or give the address of a catalog.jsonld.",
        ) from None
    if (
        form == "xml" and b"<!ENTITY" in data[:100_000]
    ):  # nothing that a feed needs, and a way to fill the memory
        raise ValueError
    parsed = rdflib.Graph()
    try:
        parsed.parse(data=data, format="xml" if form == "xml" else "turtle")
    except Exception:  # noqa: BLE001 - rdflib and its parsers raise whatever they like
        raise ValueError from None
    graph = Graph()
    for subject, property_, value in parsed:
        graph.values[str(subject)][str(property_)].append(str(value))
    return graph
