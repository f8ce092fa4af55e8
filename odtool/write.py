"""A table → the bytes that are published: CSV in UTF-8 with byte order mark, CRLF, cells unchanged.

Only these bytes ever leave the house, never the working file: hidden sheets, authors' names and other
encodings stay behind.
"""

import codecs
import csv
import io

from odtool.chunks import Oddities, chunks
from odtool.model import Table


def write(table: Table) -> bytes:
    """Header and records; blank records are left out. Only cells that need quotes get them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.labels)
    for chunk in chunks(table, Oddities()):
        writer.writerows(zip(*chunk.columns, strict=True))
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8")
