"""A book whose sheets are datasets of their own → a CSV for each sheet."""

import csv
import hashlib
import io
import re
from pathlib import Path

from odtool import source
from odtool.errors import UsageError
from odtool.jobs import place
from odtool.table import workbook
from odtool.table.hidden import hidden

_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


def sheets(book: Path, into: Path) -> list[tuple[str, Path]]:
    """The name of each sheet with cells, and the CSV made of it below `into`. Raises UsageError, also where something in
    the book is hidden: apart from its book nobody could see that any more."""
    data = source.content(str(book))
    try:
        found = workbook.read(data)
        traces = hidden(data)
    except workbook.NotAWorkbookError as error:
        raise UsageError(
            f"{book}: {error.ja}。{error.advice_ja}", f"{book}: {error.en}. {error.advice_en}"
        ) from None
    except (workbook.UnsafeError, OSError, ValueError, KeyError) as error:
        told = error if isinstance(error, workbook.UnsafeError) else None
        raise UsageError(
            f"{book}: {told.ja if told else 'Excel ブックとして読めません'}。",
            f"{book}: {told.en if told else 'cannot be read as a workbook'}.",
        ) from None
    covered = [sheet.name for sheet in found if sheet.hidden]
    covered += [name for name, seen in traces.sheets.items() if seen.columns or seen.rows or seen.comments]
    if covered:
        raise UsageError(
            f"{book}: 隠れたシート・列・行かコメントがあるため、シートごとに分けません（{'、'.join(dict.fromkeys(covered))}）。"
            "公開してよいか確かめて、消すか表示してください。",
            f"{book}: has hidden sheets, columns or rows, or comments ({', '.join(dict.fromkeys(covered))}), so it is not "
            "split into its sheets. Look at them, and delete or show them.",
        )
    digest = hashlib.sha256(data + book.name.encode("utf-8", "replace")).hexdigest()[:32]
    made = []
    for number, sheet in enumerate(found, 1):
        if not any(any(row) for row in sheet.rows):
            continue
        name = f"{book.stem}_{_UNFIT.sub('', sheet.name).strip(' .')[:40] or number}.csv"
        path = into / digest / name
        if not path.is_file():
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\r\n").writerows(sheet.rows)
            place.write(path, b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace"))
        made.append((sheet.name, path))
    return made
