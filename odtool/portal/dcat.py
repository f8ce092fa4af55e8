"""Entries → what machines read: catalog.jsonld (DCAT) and the schema.org markup of a page.

DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) with the properties that DCAT-AP asks for
(https://semiceu.github.io/DCAT-AP/releases/3.0.0/). Addresses are relative where the catalogue's own is not
known; JSON-LD resolves them against the place of the file.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import quote

from odtool.portal.entries import Contact, Entry, File

_EU = "http://publications.europa.eu/resource/authority/"
_IANA = "http://www.iana.org/assignments/media-types/"
_CONTEXT: dict[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# How often: words that offices write, in the terms of the EU's list of frequencies, which DCAT-AP prescribes.
_FREQUENCIES = {
    "DAILY": ("毎日", "日次", "1日", "1日に1回", "daily"),
    "WEEKLY": ("毎週", "週次", "1週", "1週間", "週1回", "1週間に1回", "weekly"),
    "MONTHLY": ("毎月", "月次", "1か月", "1ヶ月", "1カ月", "月1回", "1か月に1回", "1月に1回", "monthly"),
    "QUARTERLY": ("四半期", "四半期ごと", "3か月", "3ヶ月", "3カ月", "年4回", "quarterly"),
    "ANNUAL_2": ("半年", "半年ごと", "6か月", "6ヶ月", "6カ月", "年2回", "半年に1回"),
    "ANNUAL": ("毎年", "年次", "1年", "1年ごと", "年1回", "1年に1回", "annual", "yearly"),
    "IRREG": ("随時", "不定期", "必要に応じて", "変更の都度", "変更時", "irregular"),
    "NEVER": ("更新しない", "更新なし", "更新予定なし", "1回限り"),
}
_FILE_TYPES = frozenset(  # of the EU's list, which DCAT-AP prescribes; those that are called so there
    {
        "CSV",
        "TSV",
        "XLSX",
        "XLS",
        "ODS",
        "PDF",
        "ZIP",
        "TIFF",
        "JPEG",
        "PNG",
        "JSON",
        "GEOJSON",
        "XML",
        "KML",
        "GML",
        "TXT",
    }
)
_FREQUENCY = {words: code for code, alike in _FREQUENCIES.items() for words in alike}


def catalogue(title: str, entries: Iterable[Entry], base: str) -> dict[str, Any]:
    """The catalogue as JSON-LD. `base` is its address with a slash at the end, "" where it is not known."""
    found = list(entries)
    one = (
        len({entry.place.code for entry in found}) == 1
    )  # of several nobody is known to answer for the whole
    newest = max((entry.updated for entry in found), default="")
    return {
        "@context": _CONTEXT,
        "@id": f"{base}index.html#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _ja(title),
        "dct:description": _ja(title),
        "foaf:homepage": {"@id": f"{base}index.html"},
        **_given(
            {
                "dct:publisher": _publisher(found[0], base) if one else None,
                "dct:modified": _day(newest),
                "dct:language": _language("ja"),
            }
        ),
        "dcat:dataset": [_dataset(entry, base) for entry in found],
    }


def _dataset(entry: Entry, base: str) -> dict[str, Any]:
    page = f"{base}{quote(entry.name)}/index.html"
    return {
        "@id": f"{page}#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": entry.name,
        "dct:title": _ja(entry.title),
        "dct:description": _ja(entry.description or entry.title),
        "dct:publisher": _publisher(entry, base),
        "dcat:landingPage": {"@id": page, "@type": "foaf:Document"},
        "dct:spatial": _spatial(entry),
        **_given(
            {
                "dcat:keyword": [_ja(word) for word in entry.keywords],
                "dct:issued": _day(entry.published),
                "dct:modified": _day(entry.updated),
                "dct:accrualPeriodicity": _frequency(entry.frequency),
                "dct:temporal": _temporal(entry.temporal),
                "dct:language": _language(entry.language),
                "dct:source": {"@id": entry.source_url} if entry.source_url else None,
                "dcat:contactPoint": _contact(entry.contact) if entry.contact else None,
            }
        ),
        "dcat:distribution": [_distribution(entry, file, base, page) for file in entry.files],
    }


def _distribution(entry: Entry, file: File, base: str, page: str) -> dict[str, Any]:
    address = f"{base}{quote(entry.name)}/{quote(file.name)}"
    media = file.media_type if re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", file.media_type) else ""
    return {
        "@id": f"{page}#{quote(file.name)}",
        "@type": "dcat:Distribution",
        "dct:title": _ja(file.title),
        "dcat:accessURL": {"@id": page},
        "dcat:downloadURL": {"@id": address},
        **_given(
            {
                "dct:license": _licence(entry),
                "dcat:mediaType": {"@id": _IANA + media, "@type": "dct:MediaType"} if media else None,
                "dct:format": {"@id": f"{_EU}file-type/{file.format}", "@type": "dct:MediaTypeOrExtent"}
                if file.format in _FILE_TYPES
                else None,
                "dcat:byteSize": _typed(str(file.size), "nonNegativeInteger")
                if file.size is not None
                else None,
                "dct:issued": _day(file.published),
                "dct:modified": _day(file.updated),
                "spdx:checksum": _checksum(file.sha256),
            }
        ),
    }


def licence_iri(entry: Entry) -> str:
    """The licence's own name on the web: Creative Commons licences are named without the language of their page."""
    creative = re.fullmatch(r"https?://creativecommons\.org/((?:licenses|publicdomain)/[^?#]+?)/(?:deed[^/]*|legalcode[^/]*)?",
                            entry.licence_url)  # fmt: skip
    return f"https://creativecommons.org/{creative[1]}/" if creative else entry.licence_url


def _licence(entry: Entry) -> dict[str, Any] | None:
    if iri := licence_iri(entry):
        return {"@id": iri, "@type": "dct:LicenseDocument"}
    return {"@type": "dct:LicenseDocument", "dct:title": _ja(entry.licence)} if entry.licence else None


def _publisher(entry: Entry, base: str) -> dict[str, Any]:
    """Named after its part of the overview; the code tells who it is."""
    return {
        "@id": f"{base}index.html#m-{entry.place.code}",
        "@type": "foaf:Agent",
        "foaf:name": _ja(entry.publisher),
        "dct:identifier": entry.place.code,
    }


def _spatial(entry: Entry) -> dict[str, Any]:
    """The area that was stated, else that of the publisher, with its code."""
    name = entry.spatial or entry.publisher
    own = name in (entry.publisher, entry.place.title, entry.place.code)
    code = {"dct:identifier": entry.place.code} if own else {}
    return {"@type": "dct:Location", "locn:geographicName": _ja(name), **code}


def _contact(contact: Contact) -> dict[str, Any]:
    return _given(
        {
            "@type": "vcard:Organization",
            "vcard:fn": _ja(contact.name) if contact.name else None,
            "vcard:hasEmail": {"@id": f"mailto:{contact.email}"} if contact.email else None,
        }
    )


def _frequency(words: str) -> dict[str, Any] | None:
    code = _FREQUENCY.get(words.strip().translate(str.maketrans("０１２３４６ヵ", "012346か")).lower())
    return {"@id": f"{_EU}frequency/{code}", "@type": "dct:Frequency"} if code else None


def _temporal(interval: str) -> dict[str, Any] | None:
    begin, slash, end = interval.partition("/")
    start, stop = _day(begin), _day(end)
    if (
        not slash
        or not (start or stop)
        or (begin.strip(". ") and not start)
        or (end.strip(". ") and not stop)
    ):
        return None
    return {"@type": "dct:PeriodOfTime", **_given({"dcat:startDate": start, "dcat:endDate": stop})}


def _checksum(sha256: str) -> dict[str, Any] | None:
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        return None
    return {
        "@type": "spdx:Checksum",
        "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
        "spdx:checksumValue": _typed(sha256, "hexBinary"),
    }


def _language(code: str) -> dict[str, str] | None:
    known = {"ja": "JPN", "jpn": "JPN", "en": "ENG", "eng": "ENG"}.get(code.lower())
    return {"@id": f"{_EU}language/{known}"} if known else None


def _day(value: str) -> dict[str, str] | None:
    return _typed(value[:10], "date") if is_day(value) else None


def is_day(value: str) -> bool:
    """Whether it begins with an ISO day."""
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return len(value) >= 10


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{kind}"}


def _ja(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "ja"}


def _given(parts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if value}


# --- schema.org --------------------------------------------------------------------------------


def markup(entry: Entry, base: str) -> dict[str, Any]:
    """The dataset for search engines (https://schema.org/Dataset), as a block of its page."""
    here = f"{base}{quote(entry.name)}/" if base else ""
    about = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": entry.title,
        "description": entry.description or entry.title,
        "identifier": entry.name,
        "url": f"{here}index.html" if base else None,
        "license": licence_iri(entry) or None,
        "inLanguage": entry.language,
        "isAccessibleForFree": True,
        "keywords": list(entry.keywords),
        "datePublished": entry.published[:10] if is_day(entry.published) else None,
        "dateModified": entry.updated[:10] if is_day(entry.updated) else None,
        "temporalCoverage": entry.temporal if _temporal(entry.temporal) else None,
        "creator": _creator(entry),
        "spatialCoverage": {"@type": "AdministrativeArea", "name": entry.spatial or entry.publisher},
        "includedInDataCatalog": {"@type": "DataCatalog", "url": f"{base}index.html"} if base else None,
        "isBasedOn": entry.source_url or None,
        "distribution": [_download(file, here) for file in entry.files],
    }
    return _given(about)


def _creator(entry: Entry) -> dict[str, Any]:
    who = entry.contact
    contact = _given({"@type": "ContactPoint", "name": who.name, "email": who.email}) if who else None
    return _given(
        {
            "@type": "GovernmentOrganization",
            "name": entry.publisher,
            "identifier": entry.place.code,
            "contactPoint": contact,
        }
    )


def _download(file: File, here: str) -> dict[str, Any]:
    return _given(
        {
            "@type": "DataDownload",
            "name": file.title,
            "contentUrl": here + quote(file.name),
            "encodingFormat": file.media_type or file.format,
            "contentSize": f"{file.size} B" if file.size is not None else None,
            "sha256": file.sha256,
        }
    )
