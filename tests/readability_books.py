"""Workbooks with what openpyxl cannot write: shapes, text boxes and pictures."""

import io
import zipfile

DRAWING = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    "<xdr:twoCellAnchor><xdr:from><xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row>"
    "<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>9</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>9</xdr:row>"
    "<xdr:rowOff>0</xdr:rowOff></xdr:to>{body}<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
)
BODIES = {
    "picture": '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="p"/><xdr:cNvPicPr/></xdr:nvPicPr>'
    "<xdr:blipFill/><xdr:spPr/></xdr:pic>",
    "text-box": '<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="t"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr/>'
    "<xdr:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></xdr:txBody></xdr:sp>",
}
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rIdD" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing" '
    'Target="../drawings/drawing9.xml"/></Relationships>'
)


def with_drawing(
    data: bytes, kind: str = "text-box", at: tuple[int, int] = (1, 1), text: str = "", *, docx: bool = False
) -> bytes:
    """The workbook with one object whose top left cell is `at` (row and column from 1) on its first sheet.

    With `docx`, the archive of a Word document instead.
    """
    stream = io.BytesIO()
    if docx:
        with zipfile.ZipFile(stream, "w") as made:
            made.writestr("[Content_Types].xml", "<Types/>")
            made.writestr("word/document.xml", "<w:document/>")
        return stream.getvalue()
    body = BODIES[kind].replace("{text}", text)
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                tag = (
                    b'<drawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
                    b'r:id="rIdD"/></worksheet>'
                )
                content = content.replace(b"</worksheet>", tag)
            if name == "[Content_Types].xml":
                override = (
                    b'<Override PartName="/xl/drawings/drawing9.xml" '
                    b'ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/></Types>'
                )
                content = content.replace(b"</Types>", override)
            new.writestr(name, content)
        new.writestr("xl/worksheets/_rels/sheet1.xml.rels", RELATIONS)
        new.writestr("xl/drawings/drawing9.xml", DRAWING.format(row=at[0] - 1, column=at[1] - 1, body=body))
    return stream.getvalue()
