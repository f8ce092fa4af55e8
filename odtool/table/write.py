"""A table → the bytes that are published: CSV in UTF-8 with byte order mark, CRLF, cells unchanged.

Only these bytes ever leave the house, never the working file: hidden sheets, authors' names and other
encodings stay behind.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from itertools import chain

from odtool.model import Table
from odtool.table.chunks import Oddities, chunks


def write(table: Table) -> bytes:
    """Header and records; blank records are left out. Only cells that need quotes get them."""
    straight = (record for chunk in chunks(table, Oddities()) for record in zip(*chunk.columns, strict=True))
    return _written(chain([table.labels], straight))


def write_all(table: Table) -> bytes:
    """Every record as it stands: what lies above the header, blank ones, and those of another length."""
    return _written(table.grid.records())


def _written(records: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(records)
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8")
