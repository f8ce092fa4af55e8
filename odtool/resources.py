"""Where the bundled folders are. The only module that knows."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def package() -> "Path | Traversable":
    """The program itself."""
    place = Path(__file__).parent
    if place.is_dir():
        return place
    from importlib.resources import files  # imported from an archive; it takes long to load

    return files("odtool")


def folder(name: str) -> "Path | Traversable":
    """The bundled folder `name`: inside a wheel, or at the root of a checkout."""
    own = package()
    for place in (own.joinpath("_data", name), own.joinpath("..", name)):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"bundled folder {name!r} is missing; reinstall odtool")


def text(name: str, *path: str) -> str:
    """One bundled file's text: text("templates", "base.html.j2")."""
    return folder(name).joinpath(*path).read_text(encoding="utf-8")
