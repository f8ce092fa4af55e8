"""`dataclass`, quicker to define: a frozen dataclass with slots as the standard library makes it.

The standard one compiles half a dozen functions for every class, 0.35 ms each, whenever the program starts: a tenth
of what a small file takes in all. Here only `__init__` is compiled; the other methods are shared. Whatever else is
asked for (not frozen, with bases, without fields, with methods of its own for these purposes, class variables) is
handed to the standard library. To a type checker it is the standard one.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_INSTEAD = ("ClassVar", "InitVar", "KW_ONLY")  # annotations that are no fields


def _dataclass(cls: type | None = None, /, **options: Any) -> Any:
    """As `dataclasses.dataclass`."""
    if cls is None and options == {"frozen": True, "slots": True}:
        return _made
    return dataclasses.dataclass(**options) if cls is None else dataclasses.dataclass(cls, **options)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _made(cls: type) -> type:
    types: dict[str, Any] = cls.__annotations__
    own = cls.__dict__.keys() & {*_SHARED, "__init__", "__post_init__", "_values"}
    special = any(
        word in (kind if isinstance(kind, str) else repr(kind))
        for kind in types.values()
        for word in _INSTEAD
    )
    if cls.__bases__ != (object,) or not types or own or special:
        return dataclasses.dataclass(frozen=True, slots=True)(cls)
    fields = {
        name: _field(cls.__dict__.get(name, dataclasses.MISSING), name, kind) for name, kind in types.items()
    }
    kept = {k: v for k, v in cls.__dict__.items() if k not in types and k not in ("__dict__", "__weakref__")}
    made = type(cls)(
        cls.__name__,
        cls.__bases__,
        {
            **kept,
            **_SHARED,
            "__slots__": tuple(fields),
            "__match_args__": tuple(fields),
            "__dataclass_fields__": fields,
            "_values": property(attrgetter(*fields) if len(fields) > 1 else _single(*fields)),
        },
    )
    made.__qualname__ = cls.__qualname__
    made.__init__ = _init(made, fields)  # type: ignore[misc]
    return made


def _field(default: Any, name: str, kind: Any) -> "dataclasses.Field[Any]":
    """The field as `dataclasses.fields`, `replace` and `asdict` want it."""
    field: Any = default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)
    field.name, field.type, field.kw_only = name, kind, False
    field._field_type = dataclasses._FIELD  # type: ignore[attr-defined] # noqa: SLF001 - there is no public way
    return field  # type: ignore[no-any-return]


def _init(cls: type, fields: "dict[str, dataclasses.Field[Any]]") -> Callable[..., None]:
    """The constructor. Values go right into their slots."""
    known: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    parameters, lines = ["self"], []
    for name, field in fields.items():
        known[f"set_{name}"] = cls.__dict__[name].__set__
        parameter, value = name, name
        if field.default_factory is not dataclasses.MISSING:
            known[f"make_{name}"] = field.default_factory
            parameter, value = f"{name}=MISSING", f"make_{name}() if {name} is MISSING else {name}"
        elif field.default is not dataclasses.MISSING:
            known[f"default_{name}"] = field.default
            parameter = f"{name}=default_{name}"
        parameters.append(parameter)
        lines.append(f" set_{name}(self, {value})")
    made: dict[str, Callable[..., None]] = {}
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines), known, made)  # noqa: S102 - names in our own code
    init = made["__init__"]
    init.__qualname__, init.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    return init


def _single(name: str) -> Callable[[Any], tuple[Any]]:
    return lambda self: (getattr(self, name),)


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
    return f"{type(self).__qualname__}({shown})"


def _eq(self: Any, other: object) -> Any:
    return self._values == other._values if other.__class__ is self.__class__ else NotImplemented  # type: ignore[attr-defined] # noqa: SLF001


def _hash(self: Any) -> int:
    return hash(self._values)


def _refuse_to_set(_self: Any, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return list(self._values)


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)


_SHARED: dict[str, Callable[..., Any]] = {
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _set_state,
}
