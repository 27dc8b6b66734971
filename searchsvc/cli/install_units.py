"""``searchsvc install-units``: units for systemd, written for this installation and these settings."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from shlex import quote

import click

from searchsvc.atomic_files import write_atomically
from searchsvc.cli.common import with_settings
from searchsvc.running.units import SYSTEM_FOLDER, WEB, WORKER, Place, units
from searchsvc.settings import CONFIG_VARIABLE, PREFIX, Settings

_SERVICE_USER = "searchsvc"
_IN_UNITS = (CONFIG_VARIABLE, f"{PREFIX}DATA_DIR")
_PATHS = ("backup_folder", "oparl_credentials", "secret_key_file", "stop_words", "synonyms")


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), help="Folder to write to. [default: where systemd looks]")
@click.option("--user", "for_user", is_flag=True, help="Write units of this user's own, for systemctl --user.")
@click.option("--force", is_flag=True, help="Overwrite files that differ.")
@with_settings
def install_units(settings: Settings, folder: Path | None, for_user: bool, force: bool) -> None:
    """Write units for systemd (web server, worker, tables), and print what to run. Starts nothing.

    They run as the owner of the data folder, or as 'searchsvc' if that is root or not there yet.
    """
    user = None if for_user else _service_user(settings.data_dir)
    place = Place.of(settings, user=user, config_file=os.environ.get(CONFIG_VARIABLE))
    folder = folder or (_user_folder() if for_user else SYSTEM_FOLDER)
    try:
        wanted = {folder / name: text for name, text in units(place).items()}
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    present = {path: path.read_text(encoding="utf-8", errors="replace") for path in wanted if path.exists()}
    differing = [path for path, text in present.items() if text != wanted[path]]
    if differing and not force:
        raise click.ClickException(
            f"{', '.join(map(str, differing))} differ(s) from what would be written; nothing was written. Keep "
            "changes of your own by 'systemctl edit', and overwrite the files with --force"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in wanted.items():
        if present.get(path) == text:
            click.echo(f"unchanged  {path}")
            continue
        write_atomically(path, text)
        path.chmod(0o644)  # there are no secrets in them
        click.echo(f"written    {path}")
    _tell_what_is_missing(settings)
    click.echo("\nNow run:\n" + "\n".join(f"  {line}" for line in _commands(place, folder)))


def _commands(place: Place, folder: Path) -> list[str]:
    enable, data_dir, written = f"enable --now {WEB} {WORKER}", quote(str(place.data_dir)), quote(str(folder))
    if place.user is None:
        looked_at = [] if folder == _user_folder() else [f"cp {written}/searchsvc-*.service {_user_folder()}/"]
        return [
            *looked_at,
            f"mkdir -p -m 700 {data_dir}",
            "systemctl --user daemon-reload",
            f"systemctl --user {enable}",
            "loginctl enable-linger    # so that they also run while nobody is logged in",
        ]
    lines = [] if folder == SYSTEM_FOLDER else [f"cp {written}/searchsvc-*.service {SYSTEM_FOLDER}/"]
    if not _exists(place.user):
        lines.append(f"useradd --system --user-group --shell /usr/sbin/nologin --home-dir {data_dir} {place.user}")
    if place.state_directory is None:
        lines.append(f"install -d -o {place.user} -m 700 {data_dir}")
    lines += [f"install -d -o {place.user} -m 700 {quote(str(path))}" for path in place.writable]
    return [*lines, "systemctl daemon-reload", f"systemctl {enable}", "systemctl status 'searchsvc-*'"]


def _tell_what_is_missing(settings: Settings) -> None:
    left = sorted(
        name for name, value in os.environ.items()
        if value and (name == "PORT" or name.startswith(PREFIX)) and name not in _IN_UNITS
    )  # fmt: skip
    if left:
        click.echo(
            f"note: the units do not have {', '.join(left)}; write them into the settings file ({CONFIG_VARIABLE})"
        )
    for name in _PATHS:
        path = getattr(settings, name)
        if path is not None and not path.is_absolute():
            click.echo(f"note: {name} = {path} is below the working folder of the units; write it from / on")


def _service_user(data_dir: Path) -> str:
    try:
        owner = pwd.getpwuid(data_dir.stat().st_uid)
    except (OSError, KeyError):
        return _SERVICE_USER
    return _SERVICE_USER if owner.pw_uid == 0 else owner.pw_name


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _user_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
