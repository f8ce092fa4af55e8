"""What CKAN's answers must look like before anybody relies on it: another program, or a hostile one, may answer too.

Only what publishing reads is looked at; portals add fields of their own.
"""

from collections.abc import Callable, Mapping
from typing import Any


def sound(action: str, result: Any) -> bool:
    """Whether the result of that reading action can be worked with; true of actions whose result is not read."""
    check = _CHECKS.get(action)
    return check is None or check(result)


def _package(result: Any) -> bool:
    return (
        isinstance(result, dict)
        and all(isinstance(result.get(key), str) for key in ("id", "metadata_modified"))
        and _records(result.get("resources") or [], "id")
        and _records(result.get("extras") or [], "key")
        and isinstance(result.get("tags") or [], list)
        and isinstance(result.get("organization") or {}, dict)
    )


def _organizations(result: Any) -> bool:
    return _records(result, "id", "name")


def _listed(result: Any) -> bool:
    return isinstance(result, list)


def _records(found: Any, *keys: str) -> bool:
    """A list of objects that have these texts."""
    return isinstance(found, list) and all(
        isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in keys) for entry in found
    )


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "package_show": _package,
    "organization_list_for_user": _organizations,
    "license_list": _listed,
}
