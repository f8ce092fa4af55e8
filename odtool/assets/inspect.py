"""A file → an Asset: what it is, whether it is whole, where its data lie, what to know before publishing it.

Read in one pass (archives in two) and constant memory. No network, no clock; the file's name and contents are
hostile.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from odtool.assets import archive, geopackage, kinds, names, pdf, readers
from odtool.assets.model import Asset, Crs
from odtool.assets.notes import Notes
from odtool.assets.placing import Area, place
from odtool.assets.source import FileSource, Progress, Tap, stream
from odtool.errors import UsageError, because
from odtool.text import visible

_HEAD = 8_192
_OPAQUE = frozenset({"other", "text"})  # families whose meaning nobody here reads


def inspect(
    path: str | Path,
    *,
    file_name: str = "",
    title: str = "",
    description: str = "",
    documentation: bool = False,
    stated: Crs | None = None,
    area: Area | None = None,
    progress: Progress | None = None,
) -> Asset:
    """`file_name` is the name for the portal where it must differ from others of a dataset; `stated` the system to
    take where the file names none; `area` where the data should lie. Raises UsageError where there is no such file or
    it cannot be read."""
    path = Path(path)
    kind = kinds.of_name(path.suffix.lower())
    notes = Notes(format=kind.format, mimetype=kind.mimetype)
    with _opened(path) as file:
        before = os.fstat(file.fileno())
        digest = _read(file, path, kind, notes, size=before.st_size, progress=progress)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        notes.find("changed-while-read")
    extent = place(notes, stated, area)
    return Asset(
        path=str(path),
        file_name=file_name or names.ascii_name(path.name),
        title=title or visible(path.stem, 200),
        format=notes.format,
        mimetype=notes.mimetype,
        size=before.st_size,
        sha256=digest,
        checked=notes.checked,
        crs=notes.crs,
        bounds=notes.bounds,
        extent=extent,
        facts=dict(notes.facts),
        findings=notes.all_findings(),
        description=description,
        documentation=documentation,
    )


def work(path: str | Path) -> int:
    """Bytes that `inspect` will report as done: archives are read twice. 0 where there is no such file."""
    try:
        size = Path(path).stat().st_size
    except (OSError, ValueError):
        return 0
    return size * (2 if _is_archive(kinds.of_name(Path(path).suffix.lower())) else 1)


def _is_archive(kind: kinds.Kind) -> bool:
    return kind.contents == "zip"


def _read(
    file: BinaryIO, path: Path, kind: kinds.Kind, notes: Notes, *, size: int, progress: Progress | None
) -> str:
    """The SHA-256, with everything the readers found in the notes."""
    head = file.read(_HEAD)
    readable = _fits(path.name, kind, head, size, notes)
    tap: Tap | None = readers.tap(kind, notes) if readable else None
    _, digest = stream(file, [tap] if tap else [], progress)
    data = FileSource(file, size)
    if not readable:
        return digest
    if kind.family == "macro":
        notes.find("macro")
    if _is_archive(kind):
        _packed(file, data, kind, notes, progress)
    elif kind.family == "gpkg":
        geopackage.look(data, path, notes)
    elif isinstance(tap, pdf.Scan):
        tap.finish(data)
    else:
        readers.look(kind, data, notes, path.name)
    if kind.family == "table":
        notes.find("table")
    elif kind.family == "office":
        notes.find("office-document", what=kind.format)
    elif kind.family in _OPAQUE and not notes.georeferenced:
        notes.find("not-checked", what=kind.format)
    elif kind.family == "gzip" and notes.checked != "kind":
        notes.find("gzip-unread")
    return digest


def _packed(
    file: BinaryIO, data: FileSource, kind: kinds.Kind, notes: Notes, progress: Progress | None
) -> None:
    """Office documents are archives too, but what lies in them is nobody's business here, except programs."""
    if kind.family == "zip":
        archive.look(file, data, notes, progress)
        return
    own = Notes(format=kind.format)
    archive.look(file, data, own, progress)
    notes.checked = "structure" if own.checked == "contents" else "kind"
    for found in own.findings:
        if found.code in (
            "macro",
            "broken",
            "zip-crc",
            "zip-bomb",
            "zip-overlap",
            "zip-many",
            "zip-encrypted",
        ):
            notes.findings.append(found)


def _fits(name: str, kind: kinds.Kind, head: bytes, size: int, notes: Notes) -> bool:
    """Whether the contents are worth a look: neither empty nor something else than the name says."""
    suffix = Path(name).suffix.lower()
    if name.startswith("~$"):
        notes.find("lock-file")
    elif kinds.is_litter(name):
        notes.find("litter")
    if size == 0:
        notes.find("empty")
        return False
    found = kinds.contents(head)
    if found == "program" or suffix in kinds.PROGRAMS:
        notes.find("executable", what=suffix or kinds.WORDS["program"][0])
        return False
    if not kinds.agrees(kind, found):
        notes.find("kind-differs", suffix=suffix or "（なし）", found=kinds.WORDS[found][0])
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    named = visible(str(path), 500)
    try:
        file = path.open("rb")
    except (FileNotFoundError, ValueError):  # a name with a zero byte is a ValueError
        raise UsageError(
            f"{named}: ファイルがありません。名前と場所を確かめてください。",
            f"{named}: there is no such file.",
        ) from None
    except OSError as error:
        raise _unreadable(named, error) from None
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UsageError(f"{named}: ふつうのファイルではありません。", f"{named}: is no ordinary file.")
        try:
            yield file
        except OSError as error:  # a share that went away, a bad disk
            raise _unreadable(named, error) from None


def _unreadable(named: str, error: OSError) -> UsageError:
    return UsageError(
        f"{named}: 読めません（{because(error)}）。ほかのソフトで開いていないか、権限があるか確かめてください。",
        f"{named}: cannot be read ({error.strerror}).",
    )
