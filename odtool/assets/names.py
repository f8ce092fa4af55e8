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
    """The name of the file at a path below the dataset's folder; its folders become part of it.

    It depends on nothing but that path, so a file keeps its name whatever is put beside it later. Where letters were
    lost, eight characters of a digest of the path keep it apart from others.
    """
    path = unicodedata.normalize("NFC", path)  # macOS hands out decomposed letters
    pure = PurePosixPath(unicodedata.normalize("NFKC", path).replace("\\", "/"))
    suffix = re.sub(r"[^a-z0-9.]", "", pure.suffix.lower())[:12]
    parts = [part for part in (*pure.parent.parts, pure.stem if pure.suffix else pure.name) if part != "/"]
    kept = re.sub(r"[^a-z0-9_]+", "-", "-".join(parts).lower()).strip("-_")
    lost = not "".join(parts).isascii() or len(kept) > _LONGEST or not kept
    if lost or kept in _DEVICES:
        kept = f"{kept[:_LONGEST].rstrip('-_') or 'file'}-{_digest(path)}"
    return kept + (suffix if len(suffix) > 1 else "")


def unique(paths: Sequence[str]) -> list[str]:
    """A name for each path, in their order; the few that would still share one are told apart by a digest."""
    names = [ascii_name(path) for path in paths]
    shared = Counter(names)
    return [
        name if shared[name] == 1 else _marked(name, _digest(unicodedata.normalize("NFC", path)))
        for path, name in zip(paths, names, strict=True)
    ]


def _marked(name: str, mark: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{mark}.{suffix}" if dot else f"{name}-{mark}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
