"""Bytes → text: the encoding by rule, never by a detector's guess.

A byte order mark decides; otherwise the whole file must be strictly UTF-8, or else strictly CP932 or
EUC-JP. When nothing fits, the text is still read, with the broken places marked, so that the rest can be
judged; the caller is told where the first broken byte is.
"""

import codecs
import re
import sys

from odtool.model import Encoding, Newline
from odtool.value import dataclass

_BOMS: tuple[tuple[bytes, Encoding, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
_CODECS: dict[Encoding, str] = {"utf-8": "utf-8", "cp932": "cp932", "euc-jp": "euc_jp"}
# Text read in the wrong one of CP932 and EUC-JP shows half-width kana and rare kanji; in the right one
# mostly kana, common kanji (JIS level 1 lies in rows 16 to 47) and signs.
_ODD = "[｡-ﾟ\ue000-\uf8ff]"
_ORDINARY = "[ぁ-んァ-ヶー、。「」・（）]"


_PIECE = 1 << 18  # bytes decoded at a time


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text (or its beginning, where no more was asked for), and the codec it was read with.

    `encoding` is None where no encoding fits; then `broken_at` is the first broken byte (from 0).
    """

    text: str
    codec: str
    encoding: Encoding | None
    broken_at: int | None = None
    broken_bytes: int = 0


def decode(data: bytes, keep: int = sys.maxsize) -> Decoded:
    """Tell the encoding from all bytes. Of the text at least the first `keep` characters are returned, those
    that are no blanks."""
    for mark, encoding, codec in _BOMS:
        if data.startswith(mark):
            return _strict(data, encoding, codec, keep) or _broken(data, codec, len(mark))
    for codec in _utf16_without_mark(data):
        # A stray NUL in ASCII makes a sample look so too; read as UTF-16 it then has neither commas nor lines.
        if (found := _strict(data, "utf-16", codec, keep)) and any(sign in found.text for sign in ",\t\n"):
            return found
    if found := _strict(data, "utf-8", "utf-8", keep):
        return found
    if _mostly_utf8(data):
        return _broken(data, "utf-8")
    fitting = [found for name in ("cp932", "euc-jp") if (found := _strict(data, name, _CODECS[name], keep))]
    if fitting:
        return max(fitting, key=lambda decoded: _plausible(decoded.text))
    return _broken(data, _nearest(data))


def newline(data: bytes) -> tuple[Newline | None, bool]:
    """How records end, in an encoding that keeps ASCII as it is, and whether all line breaks are alike. Those
    inside quoted cells do not count; None where there is no line break."""
    crlf, lf, cr = _breaks(data)
    counts = (crlf, lf - crlf, cr - crlf)
    if sum(n > 0 for n in counts) > 1:
        bare = re.sub(rb'"[^"]*"', b"", data).replace(b'"', b"") if b'"' in data else None
        return (newline(bare)[0] if bare is not None else "mixed"), False
    names: tuple[Newline, ...] = ("crlf", "lf", "cr")
    return next((name for name, n in zip(names, counts, strict=True) if n), None), True


def _breaks(data: bytes) -> tuple[int, int, int]:
    """How often CR LF, LF and CR stand in the bytes."""
    returns = b"\r" in data
    crlf = lf = start = 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE) + 1 or len(data)
        lines = data[start:end].split(b"\n")  # quicker than counting, which looks at every byte
        lf += len(lines) - 1
        crlf += sum(line.endswith(b"\r") for line in lines[:-1]) if returns else 0
        start = end
    return crlf, lf, data.count(b"\r") if returns else 0


def _strict(data: bytes, encoding: Encoding, codec: str, keep: int) -> Decoded | None:
    try:
        if len(data) <= _PIECE or encoding == "utf-16":
            return Decoded(data.decode(codec), codec, encoding)
        return Decoded(_decoded(data, codec, keep), codec, encoding)
    except UnicodeDecodeError:
        return None


def _decoded(data: bytes, codec: str, keep: int) -> str:
    """All bytes are decoded, a piece at a time that fits the processor's cache, but only so many characters kept."""
    decoder = codecs.getincrementaldecoder(codec)()
    view, parts, kept = memoryview(data), [], 0
    for start in range(0, len(data), _PIECE):
        text = decoder.decode(view[start : start + _PIECE], final=start + _PIECE >= len(data))
        if kept < keep:
            parts.append(text)
            kept += len(text) if kept or not text.isspace() else 0
    return "".join(parts)


def _utf16_without_mark(data: bytes) -> tuple[str, ...]:
    """Codecs worth trying: commas, digits and line ends leave a zero at every other byte."""
    sample = data[:4096]
    if len(data) % 2 or sample.count(0) < len(sample) // 20 + 1:
        return ()
    return ("utf-16-le",) if sample[1::2].count(0) > sample[0::2].count(0) else ("utf-16-be",)


def _mostly_utf8(data: bytes) -> bool:
    """Whether what is not ASCII mostly forms UTF-8 sequences. Text in CP932 or EUC-JP hardly ever does, while
    UTF-8 with one broken byte is now and then valid CP932."""
    first = re.search(rb"[\x80-\xff]", data)
    sample = data[first.start() : first.start() + 65_536].decode("utf-8", "replace") if first else ""
    broken = sample.count("�")
    return len(sample) - len(sample.encode("ascii", "ignore")) - broken > broken


def _plausible(text: str) -> float:
    sample = text[:200_000]
    wide = len(sample) - len(sample.encode("ascii", "ignore")) or 1
    return (len(re.findall(_ORDINARY, sample)) - 2 * len(re.findall(_ODD, sample))) / wide


def _nearest(data: bytes) -> str:
    """The codec that leaves the fewest characters broken."""
    return min(_CODECS.values(), key=lambda codec: data.decode(codec, "replace").count("�"))


def _broken(data: bytes, codec: str, skip: int = 0) -> Decoded:
    text = data.decode(codec, "replace")
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        at = error.start + (skip if codec == "utf-8-sig" else 0)
    else:
        at = 0
    return Decoded(text, codec, None, at, text.count("�"))
