"""What can go wrong outside the data. Each error says what to do next and carries its exit code."""

import errno
from typing import Any


class OdtoolError(Exception):
    """A sentence for the reader in both languages, and the exit code it ends the program with."""

    exit_code = 4

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(ja)
        self.ja = ja
        self.en = en

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja

    def __reduce__(self) -> tuple[Any, ...]:
        # On its way from a worker's process an exception is made again from its first argument alone.
        return _again, (type(self), self.args, self.__dict__)


class UsageError(OdtoolError):
    """The call itself is off: a missing file, an unknown dataset, a broken setting."""

    exit_code = 2


class PortalError(OdtoolError):
    """The portal or the network did not do what was asked."""

    exit_code = 3


class FaultError(OdtoolError):
    """Our own fault while we were at one file, or a library's: it was not looked at to the end, and nothing is known of
    it. `where` is the file as it is shown, `trace` is for us: it may hold what cells hold, and belongs neither into a log
    nor into a message."""

    def __init__(self, where: str, ja: str, en: str, trace: str = "") -> None:
        super().__init__(
            f"{where}: 確認できませんでした（{ja}）。このファイルを除いて続けます。",
            f"{where}: could not be checked ({en}). The others go on without it.",
        )
        self.where = where
        self.trace = trace
        self._why = ja, en

    def at(self, where: str) -> "FaultError":
        """The same of a file that goes by another name."""
        return FaultError(where, *self._why, self.trace)


def is_fault(error: BaseException) -> bool:
    """Whether that is our own fault, and not somebody's wish to stop. A panic of a library that is written in Rust is no
    Exception: https://pyo3.rs/main/doc/pyo3/panic/struct.PanicException.html"""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def fault(where: str, error: BaseException) -> FaultError:
    """What is told of a file at which we failed."""
    import traceback

    kind = type(error).__name__
    if isinstance(error, MemoryError):
        ja, en = "メモリーが足りません", "there is not enough memory"
    else:
        ja, en = f"プログラムの不具合: {kind}", f"a fault of the program: {kind}"
    return FaultError(where, ja, en, "".join(traceback.format_exception(error)))


def died(where: str) -> FaultError:
    """What is told of a file at which the process that read it came to an end by itself, or was ended by the system."""
    return FaultError(
        where,
        "プログラムの不具合: 確認していたプロセスが途中で止まりました。メモリー不足かもしれません",
        "a fault of the program: the process that read it came to an end; there may not be enough memory",
    )


def late(where: str) -> FaultError:
    """What is told of a file of which the judging does not come to an end."""
    return FaultError(
        where,
        "時間内に終わりません。プログラムの不具合か、普通でないファイルです",
        "it does not come to an end in the time that it may take: a fault of the program, or an unusual file",
    )


_REASONS = {
    errno.ENOENT: "その場所がありません",
    errno.EACCES: "権限がありません",
    errno.EPERM: "権限がありません",
    errno.EISDIR: "フォルダーです",
    errno.ENOTDIR: "途中にフォルダーでないものがあります",
    errno.EEXIST: "同じ名前のものがあります",
    errno.ENAMETOOLONG: "名前が長すぎます",
    errno.ENOSPC: "空き容量がありません",
    errno.EDQUOT: "割り当てられた容量を使い切っています",
    errno.EFBIG: "ファイルが大きすぎます",
    errno.EROFS: "読み取り専用の場所です",
    errno.EBUSY: "ほかのソフトが使っています",
    errno.EMFILE: "開いているファイルが多すぎます",
    errno.EIO: "読み書きの障害が起きました",
    errno.ELOOP: "リンクが堂々巡りになっています",
}


def because(error: OSError) -> str:
    """Why a file could not be read or written, in Japanese. The system says it in English, or not at all."""
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


def _again(kind: type[OdtoolError], args: tuple[Any, ...], parts: dict[str, Any]) -> OdtoolError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(parts)
    return error
