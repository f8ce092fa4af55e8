"""Where made files go: never over an input, and never half written."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from odtool import source
from odtool.errors import UsageError


def targets(paths: Sequence[str], output: str, asked: Sequence[str]) -> list[str]:
    """For each input the file to write: `output` itself, or in the folder `output` a CSV of the input's name.

    It is a folder where it exists as one, or where several inputs or a folder were asked for. Raises UsageError
    where a target is an input (also through a link), where two would be the same, or where it is no CSV.
    """
    into_folder = len(paths) > 1 or Path(output).is_dir() or any(Path(path).is_dir() for path in asked)
    made = [str(Path(output) / f"{_stem(path)}.csv") if into_folder else output for path in paths]
    for target in made:
        refuse_input(target, paths)
        if PurePath(target).suffix.lower() in (".xlsx", ".xlsm", ".xls"):
            raise UsageError(
                f"{target}: 書き出すのは CSV です。-o には .csv の名前を指定してください。",
                f"{target}: what is written is CSV. Give -o a name that ends in .csv.",
            )
    folded = [target.casefold() for target in made]
    for target, name in zip(made, folded, strict=True):
        if folded.count(name) > 1:
            raise UsageError(
                f"{target}: 名前が同じ入力が2つあり、書き出すファイルが重なります。フォルダーを分けて実行してください。",
                f"{target}: two inputs have the same name and would be written to one file. Run them one by one.",
            )
    return made


def refuse_input(target: str, inputs: Iterable[str]) -> None:
    """Raises UsageError where the target is one of the inputs, under whatever name."""
    place = Path(target)
    for path in inputs:
        given = Path(path)
        same = path != source.STDIN and given.exists() and place.exists() and given.samefile(place)
        if same:
            raise UsageError(
                f"{target}: 入力のファイルそのものです。元のファイルは上書きしません。別の名前を指定してください。",
                f"{target} is an input. The original is never overwritten; give another name.",
            )


def write_whole(content: bytes, target: str) -> None:
    """Write beside and put in place at once, so that a stop in between leaves no half file. Raises UsageError."""
    place = Path(target)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=place.parent, prefix=".odtool-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            os.chmod(beside, 0o666 & ~_umask())  # noqa: PTH101 - as any new file; mkstemp makes it private
            os.replace(beside, place)  # noqa: PTH105 - the name that the system gave
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)  # noqa: PTH108 - ditto
            raise
    except OSError as error:
        raise UsageError(
            f"{target}: 書き込めません（{error.strerror}）。場所と権限を確かめてください。",
            f"{target}: cannot be written ({error.strerror}).",
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _stem(path: str) -> str:
    return "stdin" if path == source.STDIN else PurePath(path.replace("\\", "/")).stem
