"""Lets CKAN 2.9, which ended at Python 3.9, import on newer Pythons.

start_ckan.sh puts this into the site-packages of the 2.9 virtualenv only, loaded by a .pth file.
It restores names that later Pythons removed; it changes nothing in CKAN itself.
"""

import collections
import collections.abc
import inspect

for _name in (
    "Callable",
    "Hashable",
    "Iterable",
    "Iterator",
    "Mapping",
    "MutableMapping",
    "MutableSequence",
    "MutableSet",
    "Sequence",
    "Set",
    "Sized",
):
    if not hasattr(collections, _name):
        setattr(collections, _name, getattr(collections.abc, _name))

if not hasattr(inspect, "getargspec"):
    _ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")

    def _getargspec(func):
        spec = inspect.getfullargspec(func)
        return _ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)

    inspect.getargspec = _getargspec
