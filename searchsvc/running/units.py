"""Units for systemd: what runs the parts of the service on a machine, confined to what they need."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from searchsvc.settings import CONFIG_VARIABLE, PREFIX, Settings, find_config

SYSTEM_FOLDER = Path("/etc/systemd/system")
STATE_FOLDER = Path("/var/lib")
MIGRATE, WEB, WORKER = "searchsvc-migrate.service", "searchsvc-web.service", "searchsvc-worker.service"
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))

_SERVICE = (
    *("NoNewPrivileges=yes", "UMask=0077", "LockPersonality=yes", "RestrictRealtime=yes", "RestrictSUIDSGID=yes"),
    "SystemCallArchitectures=native",
)
"""What services of a user may ask of systemd, too."""

# Not RemoveIPC: when one part ended, it would take what the others keep in /dev/shm.
_CONFINED = (
    *("CapabilityBoundingSet=", "PrivateTmp=yes", "PrivateDevices=yes", "ProtectSystem=strict", "ProtectClock=yes"),
    *("ProtectControlGroups=yes", "ProtectHostname=yes", "ProtectKernelLogs=yes", "ProtectKernelModules=yes"),
    *("ProtectKernelTunables=yes", "ProtectProc=invisible", "RestrictNamespaces=yes"),
    *("RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK", "SystemCallFilter=@system-service"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the units find things. ``user`` is who they run as; None: units of the one who runs them."""

    user: str | None
    config_file: Path | None
    data_dir: Path
    writable: tuple[Path, ...]
    working_folder: Path
    gunicorn_config: Path
    programs: Path

    @classmethod
    def of(cls, settings: Settings, *, user: str | None, config_file: str | None) -> Place:
        """Return where things are in this installation, with these settings."""
        config = find_config("gunicorn.conf.py")
        if config is None:
            raise FileNotFoundError(2, "is missing; run this in the project's folder", "config/gunicorn.conf.py")
        in_package = config.parent.parent == Path(__file__).parents[1]
        data_dir = settings.data_dir.absolute()
        return cls(
            user=user,
            config_file=Path(config_file).absolute() if config_file else None,
            data_dir=data_dir,
            writable=tuple(path.absolute() for path in (settings.backup_folder,) if path is not None),
            working_folder=data_dir if in_package else config.parent.parent.absolute(),
            gunicorn_config=config.absolute(),
            # Not resolved: the environment's python leads to one without the environment.
            programs=Path(sys.executable).absolute().parent,
        )

    @property
    def state_directory(self) -> str | None:
        """What systemd may make the data folder as; None: it is somewhere else."""
        is_state = self.user is not None and self.data_dir.parent == STATE_FOLDER
        return self.data_dir.name if is_state else None


def units(place: Place) -> dict[str, str]:
    """Return the text of each unit by its file's name."""
    python = str(place.programs / Path(sys.executable).name)
    searchsvc = (python, "-m", "searchsvc")
    gunicorn = (python, "-m", "gunicorn", "--config", str(place.gunicorn_config), "searchsvc.web:create_app()")
    lasting = ("Restart=always", "RestartSec=2")
    target = "default.target" if place.user is None else "multi-user.target"
    return {
        MIGRATE: _unit(
            "searchsvc: tables of the store",
            ("After=network-online.target", "Wants=network-online.target") if place.user else (),
            ("Type=oneshot", f"ExecStart={command((*searchsvc, 'migrate'))}", "Restart=on-failure", "RestartSec=5"),
            place,
        ),
        # Wanted and not required: with a database that comes later, the parts say so until it is there.
        WEB: _unit(
            "searchsvc: web server",
            (f"Wants={MIGRATE}", f"After=network.target {MIGRATE}"),
            (f"ExecStart={command(gunicorn)}", "KillMode=mixed", "TimeoutStopSec=30", *lasting),
            place,
            target,
        ),
        WORKER: _unit(
            "searchsvc: worker",
            (f"Wants={MIGRATE}", f"After=network.target {MIGRATE}"),
            (f"ExecStart={command((*searchsvc, 'worker'))}", "TimeoutStopSec=60", *lasting),
            place,
            target,
        ),
    }


def command(words: Sequence[str]) -> str:
    """Return a command line as systemd reads it."""
    return " ".join(quoted(word).replace("$", "$$") for word in words)


def quoted(text: str) -> str:
    """Return a word as systemd reads it: in quotes if need be, and nothing in it means anything else.

    Raises ``ValueError`` for what no unit can hold.
    """
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError(f"{text!r} has control characters")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    needs_quotes = escaped != text or not text or any(letter in " ';()[]{}&|<>*?~#" for letter in text)
    return f'"{escaped}"' if needs_quotes else escaped


def _unit(
    description: str, order: Sequence[str], service: Sequence[str], place: Place, target: str | None = None
) -> str:
    known = {f"{PREFIX}DATA_DIR": place.data_dir, CONFIG_VARIABLE: place.config_file}
    environment = [
        f"Environment={quoted(f'{name}={value}')}" for name, value in sorted(known.items()) if value is not None
    ]
    sections = {
        "Unit": [f"Description={description}", *order],
        "Service": [
            *([f"User={place.user}"] if place.user else ()),
            f"WorkingDirectory={str(place.working_folder).replace('%', '%%')}",
            *environment,
            *service,
            *_SERVICE,
            *(_confined(place) if place.user else ()),
        ],
        "Install": [f"WantedBy={target}"] if target else [],
    }
    return "\n".join("\n".join((f"[{name}]", *lines, "")) for name, lines in sections.items() if lines)


def _confined(place: Place) -> list[str]:
    paths = (place.data_dir, place.working_folder, place.programs, *place.writable)
    at_home = any(path.is_relative_to(home) for path in paths for home in _HOMES)
    state = place.state_directory
    writable = place.writable if state else (place.data_dir, *place.writable)
    return [
        *((f"StateDirectory={quoted(state)}", "StateDirectoryMode=0700") if state else ()),
        *(f"ReadWritePaths={quoted(str(path))}" for path in writable),
        f"ProtectHome={'read-only' if at_home else 'yes'}",
        *_CONFINED,
    ]
