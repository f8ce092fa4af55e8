"""A file system that takes questions and never answers, as a network share does whose server is gone.

It is a real mount, of Linux's FUSE, spoken to without any library: whoever asks it is held in the kernel, where not even
SIGKILL ends the process. It needs the rights to mount. Protocol: https://man7.org/linux/man-pages/man4/fuse.4.html
"""

import ctypes
import os
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IN = struct.Struct("<IIQQIIII")  # length, operation, number of the request, node, user, group, process, -
_OUT = struct.Struct("<IiQ")  # length, error, number of the request
_INIT = 26
_FORCE, _DETACH, _NOSUID, _NODEV = 1, 2, 2, 4


def obstacle() -> str:
    """Why there can be no such file system here; "" where there can."""
    if sys.platform != "linux" or not Path("/dev/fuse").exists():
        return "this machine has no /dev/fuse"
    return "" if os.geteuid() == 0 else "only root may mount"


@contextmanager
def hanging(place: Path) -> Iterator[None]:
    """While this lasts, everything at that place hangs. Raises OSError where it cannot be mounted."""
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}".encode()
    if libc.mount(b"server:/share", os.fsencode(place), b"fuse", _NOSUID | _NODEV, options):
        os.close(device)
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    serving = threading.Thread(target=_serve, args=(device,), daemon=True)
    serving.start()
    try:
        yield
    finally:
        libc.umount2(os.fsencode(place), _FORCE | _DETACH)  # ends every question that is still open
        serving.join(10)
        os.close(device)


def _serve(device: int) -> None:
    while True:
        try:
            asked = os.read(device, 1 << 18)
        except OSError:  # it was unmounted
            return
        _, operation, number, *_ = _IN.unpack_from(asked)
        if operation == _INIT:  # the only thing that is answered: else it could not be mounted
            _, minor, ahead, _ = struct.unpack_from("<IIII", asked, _IN.size)
            told = struct.pack(
                "<IIIIHHIIHHI7I", 7, min(minor, 31), ahead, 0, 10, 10, 1 << 17, 1, 32, 0, 0, *[0] * 7
            )
            os.write(device, _OUT.pack(_OUT.size + len(told), 0, number) + told)
