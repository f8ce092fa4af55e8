"""Fills a workbook in LibreOffice as a person would: types into cells, then saves as xlsx.

Run by a Python that has LibreOffice's `uno`, beside a LibreOffice that listens:
python libreoffice_fill.py PIPE BOOK.xlsx CELLS.json OUT.xlsx – CELLS is a list of rows of texts for row 2 on.
"""

import json
import os
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException


def connected(pipe: str) -> object:
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    for _ in range(300):  # until LibreOffice listens
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
        except NoConnectException:
            time.sleep(0.2)
    raise SystemExit("LibreOffice does not answer")


def option(name: str, value: object) -> PropertyValue:
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def main() -> None:
    pipe, book, cells, out = sys.argv[1:]
    desktop = connected(pipe)
    document = desktop.loadComponentFromURL(Path(book).as_uri(), "_blank", 0, (option("Hidden", True),))
    sheet = document.Sheets.getByIndex(0)
    for row, record in enumerate(json.loads(Path(cells).read_text(encoding="utf-8")), 1):
        for column, text in enumerate(record):
            if text:
                sheet.getCellByPosition(column, row).FormulaLocal = text  # as if it were typed
    document.storeToURL(Path(out).as_uri(), (option("FilterName", "Calc MS Excel 2007 XML"),))
    document.close(True)
    os._exit(0)  # the bridge to LibreOffice now and then crashes while Python takes itself apart


if __name__ == "__main__":
    main()
