"""The settings file and the data folder: who may read and write, how much room there is, what kind of disk it is."""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import shutil
import stat
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from searchsvc.doctor.finding import Finding, fail, ok, warn
from searchsvc.settings import CONFIG_VARIABLE, WARN_FREE_MB, Settings

FAIL_FREE_MB = 50
FUTURE_S = 3_600.0
"""Files that are younger than the clock says are so by less, where clocks are right."""
_REMOTE = ("9p", "afs", "cephfs", "cifs", "davfs", "fuse", "glusterfs", "lustre", "ncpfs", "nfs", "smb", "vboxsf")
_MOUNTS = Path("/proc/self/mountinfo")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WITH_LOCKS = ("searchsvc.db", "serve.lock")


def settings_file(settings: Settings) -> Iterator[Finding]:
    """Look who else may read the settings file, if there are passwords in the settings."""
    named = os.environ.get(CONFIG_VARIABLE)
    if not named or not settings.secret_values():
        return
    mode = Path(named).stat().st_mode
    if mode & stat.S_IRWXO:
        yield fail("settings file", f"{named} may be read by everybody, and there are passwords", f"chmod 600 {named}")
    else:
        yield ok("settings file", f"{named} is closed to others ({stat.S_IMODE(mode):o})")


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Look whether the folder is there, whose it is, and whether this user may work in it."""
    folder, part = settings.data_dir.absolute(), "data folder"
    if not folder.exists():
        parent = next(path for path in folder.parents if path.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            yield warn(part, f"{folder} is not there yet", "it is made at the first start; is it the right one?")
        else:
            yield fail(part, f"{folder} is not there, and {_me()} may not make it", f"make it, and chown it to {_me()}")
        return
    if not folder.is_dir():
        yield fail(part, f"{folder} is no folder", "set data_dir to a folder")
        return
    found = folder.stat()
    owner = _name(found.st_uid)
    if found.st_uid != os.geteuid() and os.geteuid() == 0:
        yield fail(part, f"{folder} belongs to {owner}, this is root", f"run commands as {owner} (sudo -u {owner} …)")
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield fail(part, f"{folder} belongs to {owner}, and {_me()} may not write there", f"run this as {owner}")
    elif found.st_mode & stat.S_IRWXO and any(folder.iterdir()):
        yield warn(part, f"{folder} is open to everybody ({stat.S_IMODE(found.st_mode):o})", f"chmod 700 {folder}")
    else:
        yield ok(part, f"{folder} belongs to {owner} ({stat.S_IMODE(found.st_mode):o})")
    strange = [path.name for path in sorted(folder.iterdir()) if path.lstat().st_uid != found.st_uid]
    if strange:
        yield fail(
            part,
            f"{', '.join(strange[:5])} in it are not {owner}'s",
            f"chown -R {owner} {folder}",
        )
    ahead = [path.name for path in sorted(folder.iterdir()) if path.lstat().st_mtime > time.time() + FUTURE_S]
    if ahead:
        yield warn(
            "clock", f"{', '.join(ahead[:5])} in {folder} is of the future", "is the clock behind? was it ahead?"
        )


def free_space(settings: Settings) -> Iterator[Finding]:
    """Look how much room the data folder has."""
    place = _nearest(settings.data_dir)
    free_mb = shutil.disk_usage(place).free // 1_000_000
    least = max(settings.ready_min_free_mb, FAIL_FREE_MB)
    files = os.statvfs(place)
    if free_mb < least:
        yield fail("free space", f"{free_mb:,} MB are left", "free some: writing ends soon, or has ended")
    elif free_mb < WARN_FREE_MB:
        yield warn("free space", f"{free_mb:,} MB are left", "a new index takes as much again as the old one")
    elif files.f_files and files.f_favail < files.f_files // 100:
        yield warn("free space", f"{files.f_favail:,} files can be made yet", "free some, or take a larger file system")
    else:
        yield ok("free space", f"{free_mb:,} MB")


def file_system(settings: Settings) -> Iterator[Finding]:
    """Look whether the data folder's disk is of this machine and knows locks. No lock is taken."""
    part, kind = "file system", _kind_of(_nearest(settings.data_dir))
    for name in _WITH_LOCKS:
        path = settings.data_dir / name
        if path.is_file() and os.access(path, os.R_OK) and not _knows_locks(path):
            yield fail(part, f"{kind or 'it'} does not know locks", "put the data folder on a disk of this machine")
            return
    if kind is None:
        yield ok(part, "of an unknown kind")
    elif kind.startswith(_REMOTE):
        yield warn(part, f"{kind} is on another machine: its locks cannot be relied on", "put data_dir on a local disk")
    elif kind in ("tmpfs", "ramfs"):
        yield warn(part, f"{kind} is gone when the machine stops", "put data_dir on a disk")
    else:
        yield ok(part, kind)


def _knows_locks(path: Path) -> bool:
    ask = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
    with path.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_GETLK, ask)
        except OSError as error:
            return error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
    return True


def _kind_of(path: Path) -> str | None:
    """Return the kind of the file system that a folder is on; None where that cannot be told."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    best, kind = "", None
    for line in lines:
        before, _, after = line.partition(" - ")
        point = before.split()[4].encode("latin-1", "replace").decode("unicode_escape")
        if path.resolve().is_relative_to(point) and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind


def _nearest(folder: Path) -> Path:
    folder = folder.absolute()
    return folder if folder.exists() else next(path for path in folder.parents if path.exists())


def _me() -> str:
    return _name(os.geteuid())


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"user {user_id}"
