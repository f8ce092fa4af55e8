"""What a file is by its name, and by its first bytes.

Words for the format are CKAN's own where it has one (ckan/config/resource_formats.json, CKAN 2.12). Media types:
https://www.iana.org/assignments/media-types/ where one is registered, else the one in use.
"""

import codecs
from dataclasses import dataclass

from odtool.assets import geopackage, gzipped, image, las, pdf, tiff


@dataclass(frozen=True, slots=True)
class Kind:
    """`family` names the reader, `contents` what the first bytes must show; "" where anything may."""

    format: str
    mimetype: str
    family: str
    contents: str = ""


_ZIP, _OLE = "zip", "ole"
_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS: dict[str, Kind] = {
    ".las": Kind("LAS", "application/vnd.las", "las", "las"),
    ".laz": Kind("LAZ", "application/vnd.laszip", "las", "las"),
    ".tif": Kind("TIFF", "image/tiff", "tiff", "tiff"),
    ".tiff": Kind("TIFF", "image/tiff", "tiff", "tiff"),
    ".jpg": Kind("JPEG", "image/jpeg", "jpeg", "jpeg"),
    ".jpeg": Kind("JPEG", "image/jpeg", "jpeg", "jpeg"),
    ".png": Kind("PNG", "image/png", "png", "png"),
    ".pdf": Kind("PDF", "application/pdf", "pdf", "pdf"),
    ".zip": Kind("ZIP", "application/zip", "zip", _ZIP),
    ".kmz": Kind("KMZ", "application/vnd.google-earth.kmz", "zip", _ZIP),
    ".gz": Kind("GZ", "application/gzip", "gzip", "gzip"),
    ".tgz": Kind("GZ", "application/gzip", "gzip", "gzip"),
    ".geojson": Kind("GeoJSON", "application/geo+json", "geojson", "text"),
    ".json": Kind("JSON", "application/json", "json", "text"),
    ".kml": Kind("KML", "application/vnd.google-earth.kml+xml", "markup", "markup"),
    ".gml": Kind("GML", "application/gml+xml", "markup", "markup"),
    ".xml": Kind("XML", "application/xml", "markup", "markup"),
    ".gpkg": Kind("GPKG", "application/geopackage+sqlite3", "gpkg", "sqlite"),
    ".asc": Kind("ASC", "text/plain", "grid", "text"),
    ".xyz": Kind("TXT", "text/plain", "grid", "text"),  # CKAN's word XYZ means molecules
    ".txt": Kind("TXT", "text/plain", "text", "text"),
    ".csv": Kind("CSV", "text/csv", "table", "text"),
    ".tsv": Kind("TSV", "text/tab-separated-values", "table", "text"),
    ".xlsx": Kind("XLSX", _OFFICE + "spreadsheetml.sheet", "table", _ZIP),
    ".xlsm": Kind("XLSM", "application/vnd.ms-excel.sheet.macroEnabled.12", "macro", _ZIP),
    ".xls": Kind("XLS", "application/vnd.ms-excel", "table", _OLE),
    ".ods": Kind("ODS", "application/vnd.oasis.opendocument.spreadsheet", "table", _ZIP),
    ".docx": Kind("DOCX", _OFFICE + "wordprocessingml.document", "office", _ZIP),
    ".pptx": Kind("PPTX", _OFFICE + "presentationml.presentation", "office", _ZIP),
    ".docm": Kind("DOCM", "application/vnd.ms-word.document.macroEnabled.12", "macro", _ZIP),
    ".pptm": Kind("PPTM", "application/vnd.ms-powerpoint.presentation.macroEnabled.12", "macro", _ZIP),
    ".doc": Kind("DOC", "application/msword", "office", _OLE),
    ".ppt": Kind("PPT", "application/vnd.ms-powerpoint", "office", _OLE),
    ".shp": Kind("SHP", "application/vnd.shp", "shp", "shp"),
    ".shx": Kind("SHX", "application/vnd.shx", "shx", "shp"),
    ".dbf": Kind("DBF", "application/vnd.dbf", "dbf"),
    ".prj": Kind("TXT", "text/plain", "prj", "text"),
    ".md": Kind("TXT", "text/markdown", "text", "text"),
    ".html": Kind("HTML", "text/html", "other", "markup"),
    ".htm": Kind("HTML", "text/html", "other", "markup"),
    ".gif": Kind("GIF", "image/gif", "other", "gif"),
    ".7z": Kind("7Z", "application/x-7z-compressed", "other", "7z"),
    ".rar": Kind("RAR", "application/vnd.rar", "other", "rar"),
    ".tar": Kind("TAR", "application/x-tar", "other"),
    ".mp4": Kind("MP4", "video/mp4", "other"),
}
PROGRAMS = frozenset(
    {".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".wsf", ".hta", ".msi", ".lnk", ".pif",
     ".cpl", ".jar", ".app", ".reg"}
)  # fmt: skip
MACROS = frozenset({".xlsm", ".xlam", ".xltm", ".docm", ".dotm", ".pptm", ".ppam"})
ARCHIVES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".lzh", ".kmz"})
TABLES = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".ods"})
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_STARTS = (
    (las.MAGIC, "las"), *((magic, "tiff") for magic in tiff.MAGICS), (image.JPEG, "jpeg"), (image.PNG, "png"),
    (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (gzipped.MAGIC, "gzip"), (geopackage.MAGIC, "sqlite"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"),
    (b"GIF8", "gif"), (b"\0\0\x27\x0a", "shp"), (b"\x7fELF", "program"), (b"MZ", "program"),
    (b"\xfe\xed\xfa\xce", "program"), (b"\xfe\xed\xfa\xcf", "program"), (b"\xcf\xfa\xed\xfe", "program"),
)  # fmt: skip
WORDS: dict[str, tuple[str, str]] = {
    "las": ("LAS/LAZ", "LAS/LAZ"), "tiff": ("TIFF", "TIFF"), "jpeg": ("JPEG", "JPEG"), "png": ("PNG", "PNG"),
    "pdf": ("PDF", "PDF"), "zip": ("zip", "zip"), "gzip": ("gzip", "gzip"), "sqlite": ("SQLite", "SQLite"),
    "ole": ("古い Office 文書", "an old Office document"), "7z": ("7z", "7z"), "rar": ("RAR", "RAR"), "gif": ("GIF", "GIF"),
    "shp": ("シェープファイル", "a shapefile"), "program": ("プログラム", "a program"), "html": ("HTML のページ", "an HTML page"),
    "markup": ("XML", "XML"), "text": ("テキスト", "text"), "": ("種類の分からないデータ", "data of an unknown kind"),
}  # fmt: skip


def of_name(suffix: str) -> Kind:
    """The kind by the extension in lower case; «other» where it is unknown."""
    return KINDS.get(
        suffix, Kind(suffix.removeprefix(".").upper()[:20] or "BIN", "application/octet-stream", "other")
    )


def contents(head: bytes) -> str:
    """What the first bytes (some thousand) show: one of WORDS."""
    for magic, what in _STARTS:
        if head.startswith(magic):
            if magic == b"MZ" and _is_text(head):
                continue
            return what
    if pdf.MAGIC in head[:1024]:
        return "pdf"
    if not _is_text(head):
        return ""
    bare = head.removeprefix(codecs.BOM_UTF8).lstrip()[:200].lower()
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        bare = head.decode("utf-16", "replace").strip()[:200].lower().encode()
    if bare.startswith((b"<!doctype html", b"<html")):
        return "html"
    return "markup" if bare.startswith(b"<") else "text"


_NEVER_TEXT = bytes(byte for byte in range(32) if byte < 9 or (byte > 13 and byte != 27))
"""Control characters that no text holds; tab, the ends of lines and pages, and the escape of ISO-2022-JP it may."""


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return head.translate(None, _NEVER_TEXT) == head


def agrees(kind: Kind, found: str) -> bool:
    """Whether the first bytes are those of the kind. A web page under another name is an answer of a server that
    somebody saved."""
    if not kind.contents:
        return found != "program"
    if kind.contents == "markup":
        return found == "markup" or (kind.format == "HTML" and found in ("html", "text"))
    return kind.contents == found or (kind.contents == "text" and found == "markup" and kind.format == "TXT")


def is_litter(name: str) -> bool:
    return name.lower() in _LITTER or name.startswith("._")
