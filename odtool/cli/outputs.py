"""Where made files go: never over an input, and never half written."""

import contextlib
import os
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from pathlib import Path, PurePath

from odtool import source, whole
from odtool.errors import UsageError, because


def targets(paths: Sequence[str], output: str, asked: Sequence[str], others: Iterable[str] = ()) -> list[str]:
    """For each input the file to write: `output` itself, or in the folder `output` a CSV of the input's name, in the
    same subfolder that it has in the folder asked for.

    It is a folder where it exists as one, or where several inputs or a folder were asked for. Raises UsageError
    where a target is an input or one of the `others` that are read beside them (also through a link), where two would
    be the same, or where it is no CSV.
    """
    folders = [path for path in asked if path != source.STDIN and Path(path).is_dir()]
    into_folder = len(paths) > 1 or Path(output).is_dir() or bool(folders)
    made = [str(Path(output) / name) for name in _names(paths, folders)] if into_folder else [output]
    inputs = _identities([*paths, *others])
    for target in made:
        _refuse(target, inputs)
        if PurePath(target).suffix.lower() in (".xlsx", ".xlsm", ".xls"):
            raise UsageError(
                f"{target}: 書き出すのは CSV です。-o には .csv の名前を指定してください。",
                f"{target}: what is written is CSV. Give -o a name that ends in .csv.",
            )
    places = [os.path.realpath(target).casefold() for target in made]
    taken = Counter(places)
    for target, place in zip(made, places, strict=True):
        if taken[place] > 1:
            raise UsageError(
                f"{target}: 2つの入力の書き出すファイルが重なります（名前が同じか、リンクの先が同じです）。フォルダーを分けて"
                "実行してください。",
                f"{target}: two inputs would be written to one file, by the same name or through a link. Run them one by one.",
            )
    return made


def _names(paths: Sequence[str], folders: Sequence[str]) -> list[str]:
    """The CSV's name for each input. Where a book and a CSV share a name, the book's is «name.xlsx.csv»."""
    places = [_below(path, folders) for path in paths]
    plain = [str(place.with_name(f"{place.stem}.csv")) for place in places]
    taken = Counter(name.casefold() for name in plain)
    return [
        str(place.with_name(f"{place.name}.csv"))
        if taken[name.casefold()] > 1 and place.suffix.lower() != ".csv"
        else name
        for place, name in zip(places, plain, strict=True)
    ]


def _below(path: str, folders: Iterable[str]) -> PurePath:
    """The input's place in the folder asked for, or its name alone."""
    if path == source.STDIN:
        return PurePath("stdin")
    for folder in folders:
        with contextlib.suppress(ValueError):
            return PurePath(path).relative_to(PurePath(folder))
    return PurePath(PurePath(path.replace("\\", "/")).name)


def refuse_input(target: str, inputs: Iterable[str]) -> None:
    """Raises UsageError where the target is one of the inputs, under whatever name."""
    _refuse(target, _identities(inputs))


def refuse_copy(listed: str, made: Iterable[str]) -> None:
    """Raises UsageError where the list is to go where one of the copies is made, under whatever name."""
    if os.path.realpath(listed).casefold() in {os.path.realpath(target).casefold() for target in made}:
        raise UsageError(
            f"{listed}: -o で書き出すファイルと同じです。--list には別の名前を指定してください。",
            f"{listed} is what -o writes. Give --list another name.",
        )


def _identities(paths: Iterable[str]) -> set[tuple[int, int]]:
    """Device and number of each file that there is: the same under whatever name."""
    found = (_identity(path) for path in paths if path != source.STDIN)
    return {identity for identity in found if identity}


def _identity(path: str) -> tuple[int, int] | None:
    try:
        seen = Path(path).stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _refuse(target: str, inputs: Container[tuple[int, int]]) -> None:
    if (found := _identity(target)) and found in inputs:
        raise UsageError(
            f"{target}: 入力のファイルそのものです。元のファイルは上書きしません。別の名前を指定してください。",
            f"{target} is an input. The original is never overwritten; give another name.",
        )


def write_whole(content: bytes, target: str, *, folder: bool = False) -> None:
    """Whole or not at all; with `folder`, in a folder that is made where it is missing. Raises UsageError."""
    write_pieces([content], target, folder=folder)


def write_pieces(pieces: Iterable[bytes], target: str, *, folder: bool = False) -> None:
    """The same of what is made piece by piece, so that it need not be held whole. Through a link it goes where that
    leads; a pipe or a device is written to as it is."""
    try:
        if (there := Path(target)).exists() and not there.is_file() and not there.is_dir():
            with there.open("wb") as device:
                device.writelines(pieces)
            return
        place = Path(os.path.realpath(target))
        if folder:
            place.parent.mkdir(parents=True, exist_ok=True)
        whole.put(place, pieces)
    except OSError as error:
        raise UsageError(
            f"{target}: 書き込めません（{because(error)}）。場所と権限を確かめてください。",
            f"{target}: cannot be written ({error.strerror}).",
        ) from None
