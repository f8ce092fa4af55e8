"""Whether a file lies on this machine's own disk, or somewhere that may stop answering while it is read.

What is not known to be a disk counts as a share: that costs a copy, the other mistake a night.
"""

import os
import re
import sys
from pathlib import Path

# Of Linux; others are of the network (cifs, smb3, nfs, 9p, ceph), or go through a program (fuse), which may hang as well.
DISKS = frozenset({
    "bcachefs", "btrfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "hfsplus", "iso9660", "jfs", "msdos", "ntfs",
    "ntfs3", "overlay", "ramfs", "reiserfs", "squashfs", "tmpfs", "udf", "vfat", "xfs", "zfs",
})  # fmt: skip
_MOUNTS = Path("/proc/self/mountinfo")  # https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
_REMOTE = 4  # https://learn.microsoft.com/en-us/windows/win32/api/fileapi/nf-fileapi-getdrivetypew


def on_share(path: str) -> bool:
    """Whether the file may be on a share. May block, where it is on one that does not answer."""
    if sys.platform == "win32":
        return _windows(path)
    place = os.path.realpath(path)
    if sys.platform == "darwin":
        return place.startswith(("/Volumes/", "/net/", "/Network/"))
    return _kind(place) not in DISKS


def _kind(place: str) -> str:
    """The kind of file system of that real path, "" where it is not known."""
    try:
        lines = _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    longest, kind = "", ""
    for line in lines:
        head, _, tail = line.partition(" - ")
        words = head.split(" ")
        if len(words) < 5 or not tail:
            continue
        where = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), words[4])
        inside = place == where or place.startswith(where.rstrip("/") + "/")
        if inside and len(where) >= len(longest):  # of several at one place the last is seen
            longest, kind = where, tail.split(" ", 1)[0]
    return kind


def _windows(path: str) -> bool:
    drive = os.path.splitdrive(os.path.realpath(path))[0].replace("/", "\\")
    if drive.startswith("\\\\") and not drive.startswith("\\\\?\\"):
        return True
    import ctypes

    system = getattr(ctypes, "windll", None)
    return system is None or system.kernel32.GetDriveTypeW(f"{drive}\\") == _REMOTE
