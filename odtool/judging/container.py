"""What is in a container of old Office files, which is no table here, and how it becomes one.

Excel, Word and PowerPoint up to 2003 wrote such containers, and today's Excel does where a book has a password. They are
told apart by the names of the streams in their directory, in UTF-16:
https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/60fe8611-66c3-496b-b70d-a504c94c9ace
"""

MAGIC = b"\xd0\xcf\x11\xe0"
_XLSX = (
    "Excel で開き、「ファイル」→「名前を付けて保存」で、ファイルの種類に「Excel ブック (*.xlsx)」を選んで保存し直してください。",
    "Open it in Excel and save it anew: File, Save As, type “Excel Workbook (*.xlsx)”.",
)
# The streams that only such a file has, its name, what to do: [MS-OFFCRYPTO] 2.3.4.4, [MS-DOC] 2.1.1, [MS-PPT] 2.1.2,
# [MS-XLS] 2.1.2 (Book: Excel 5.0 and 95).
_KINDS: tuple[tuple[tuple[str, ...], str, str, str, str], ...] = (
    (
        ("EncryptedPackage",),
        "パスワードで暗号化された Office 文書",
        "an Office file that is encrypted with a password",
        "Excel で開き、「ファイル」→「情報」→「ブックの保護」→「パスワードを使用して暗号化」でパスワードを消してから、保存し直してください。",
        "Open it in Excel, take the password out (File, Info, Protect Workbook, Encrypt with Password), and save it.",
    ),
    (
        ("WordDocument",),
        "古い形式の Word 文書（doc）",
        "an old Word document (doc)",
        "元の表を CSV か xlsx で用意してください。",
        "Use the original table.",
    ),
    (
        ("PowerPoint Document",),
        "古い形式の PowerPoint（ppt）",
        "an old PowerPoint presentation (ppt)",
        "元の表を CSV か xlsx で用意してください。",
        "Use the original table.",
    ),
    (("Workbook", "Book"), "古い形式の Excel ブック（xls）", "an old Excel workbook (xls)", *_XLSX),
)
_ANY = (
    "古い形式の Excel ブックまたは Office 文書（xls・doc など）",
    "an old Office file (xls, doc …)",
    *_XLSX,
)
_ENTRY, _NAME = (
    128,
    64,
)  # bytes of an entry of the directory, and of the name it begins with, filled with zeros


def told(data: bytes) -> tuple[str, str, str, str]:
    """What the container is and what to do about it: each in Japanese, then in English."""
    for streams, ja, en, do_ja, do_en in _KINDS:
        if any(_holds(data, name) for name in streams):
            return ja, en, do_ja, do_en
    return _ANY


def _holds(data: bytes, name: str) -> bool:
    field = name.encode("utf-16-le").ljust(_NAME, b"\0")
    place = data.find(field)
    while place >= 0:
        if place % _ENTRY == 0:
            return True
        place = data.find(field, place + 1)
    return False
