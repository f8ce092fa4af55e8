"""Workbooks in the strict form of Office Open XML → the form that is usual, which alone all that reads books knows."""

import io
import re
import zipfile

_STRICT = b"http://purl.oclc.org/ooxml/"
_NAMES = re.compile(re.escape(_STRICT) + rb"(\w+)/")
_USUAL = rb"http://schemas.openxmlformats.org/\1/2006/"


def usual(data: bytes) -> bytes:
    """The bytes of the same book, as they are where it is not in the strict form. The guard of `odtool.table.workbook`
    has let it through."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if _STRICT not in archive.read("xl/workbook.xml"):
            return data
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
            for name in dict.fromkeys(archive.namelist()):
                part = archive.read(name)
                book.writestr(name, _NAMES.sub(_USUAL, part) if name.endswith((".xml", ".rels")) else part)
    return made.getvalue()
