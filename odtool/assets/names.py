"""File names for a portal: ASCII, safe, the same at every run, each once in its dataset.

CKAN makes the name of an upload lower-case ASCII of at most 100 characters by itself (`munge_filename`); a name that is
so already stays as it is, so what was planned can be found again.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

_LONGEST = 80
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}
)


def ascii_name(path: str) -> str:
    """One name. Where letters were lost, eight characters of a digest of the original keep it apart from others."""
    name = unicodedata.normalize("NFC", PurePosixPath(path).name)  # macOS hands out decomposed letters
    pure = PurePosixPath(unicodedata.normalize("NFKC", name))
    suffix = re.sub(r"[^a-z0-9.]", "", pure.suffix.lower())[:12]
    stem = pure.stem if pure.suffix else pure.name
    kept = re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-_")
    lost = any(not char.isascii() for char in stem) or len(kept) > _LONGEST or not kept
    if lost or kept in _DEVICES:
        kept = f"{kept[:_LONGEST].rstrip('-_') or 'file'}-{_digest(name)}"
    return kept + (suffix if len(suffix) > 1 else "")


def unique(paths: Sequence[str]) -> list[str]:
    """A name for each path, in their order; those that would share one are told apart by their folders."""
    names = [ascii_name(path) for path in paths]
    shared = Counter(names)
    told = []
    for path, name in zip(paths, names, strict=True):
        if shared[name] == 1:
            told.append(name)
            continue
        stem, dot, suffix = name.rpartition(".")
        mark = _digest(unicodedata.normalize("NFC", path))
        told.append(f"{stem or suffix}-{mark}{dot}{suffix if stem else ''}".rstrip("."))
    return told


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
