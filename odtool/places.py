"""Places on this machine: whether something can be written there, and how much."""

import shutil
import tempfile
from pathlib import Path


def existing(place: Path) -> Path:
    """The place itself, or the nearest folder above it that there is."""
    place = place.absolute()
    return next((there for there in (place, *place.parents) if not barred(there) and there.exists()), place)


def barred(place: Path) -> OSError | None:
    """What keeps us from telling whether anything is there; None where nothing does."""
    try:
        place.exists()
    except OSError as error:
        return error
    return None


def writable(folder: Path) -> bool:
    """Whether a file can be made there: tried, as permissions alone do not tell it on every system."""
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".odtool-"):
            return True
    except OSError:
        return False


def free(place: Path) -> int | None:
    """The bytes that can still be written there; None where the system does not tell."""
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return None
