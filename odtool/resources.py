"""Where the bundled folders are. The only module that knows."""

from importlib.resources import files
from importlib.resources.abc import Traversable


def package() -> Traversable:
    """The program itself."""
    return files("odtool")


def folder(name: str) -> Traversable:
    """The bundled folder `name`: inside a wheel, or at the root of a checkout."""
    package = files("odtool")
    for place in (package / "_data" / name, package.joinpath("..", name)):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"bundled folder {name!r} is missing; reinstall odtool")


def text(name: str, *path: str) -> str:
    """One bundled file's text: text("templates", "base.html.j2")."""
    return folder(name).joinpath(*path).read_text(encoding="utf-8")
