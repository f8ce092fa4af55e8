"""The places of portals, each written one way: a folder has many spellings, and is one portal."""

from pathlib import Path


def place(address: str, *bases: Path) -> str:
    """The address of a CKAN as it is; of a folder its whole path, without «..» and links. One that is relative is meant
    from the first of `bases` below which there is such a folder, else from the first; from here where there are none."""
    if not address or address.startswith(("http://", "https://")):
        return address
    try:
        found = next((base for base in bases if (base / address).exists()), bases[0] if bases else Path())
        return (found / address).resolve().as_posix()
    except (
        OSError,
        ValueError,
        RuntimeError,
    ):  # a text that is no path, or links that lead round in a circle
        return address
