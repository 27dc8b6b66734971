"""The group of all commands: loads each when it is called, and turns errors into one clear line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from index.errors import InvalidRequest, SearchIndexError
from searchsvc.errors import InvalidSettings, ServiceError
from searchsvc.logs import configure_logging
from searchsvc.settings import Settings, load_settings
from searchsvc.store import Store

P = ParamSpec("P")
R = TypeVar("R")

_COMMANDS = {
    "serve": "searchsvc.cli.run",
    "worker": "searchsvc.cli.run",
    "migrate": "searchsvc.cli.run",
    "ingest": "searchsvc.cli.ingest",
    "reread": "searchsvc.cli.reread",
    "import-oparl": "searchsvc.cli.oparl",
    "search": "searchsvc.cli.search",
    "analyze": "searchsvc.cli.search",
    "delete": "searchsvc.cli.documents",
    "reports": "searchsvc.cli.reports",
    "takedown": "searchsvc.cli.reports",
    "restore-document": "searchsvc.cli.reports",
    "rebuild": "searchsvc.cli.maintenance",
    "check": "searchsvc.cli.maintenance",
    "status": "searchsvc.cli.status",
    "backup": "searchsvc.cli.backups",
    "restore": "searchsvc.cli.backups",
    "key": "searchsvc.cli.keys",
    "saved-search": "searchsvc.cli.saved_searches",
    "settings": "searchsvc.cli.settings",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *(name for name in super().list_commands(ctx) if name not in _COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (InvalidSettings, InvalidRequest) as error:
            raise _failure(str(error), 2) from error
        except (ServiceError, SearchIndexError) as error:
            raise _failure(str(error), 1) from error
        except BrokenPipeError as error:
            # The reader of the output has seen enough; there is nobody to tell.
            sys.stderr.close()
            raise click.exceptions.Exit(1) from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise _failure(f"{place}{error.strerror or error}", 1) from error
        except (KeyboardInterrupt, click.Abort) as error:
            raise _failure("stopped", 1) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="searchsvc")
def main() -> None:
    """Full-text search for German council documents."""


def with_settings(function: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Give a command the settings as its first argument, and logging set up as they say."""

    def command(*args: P.args, **kwargs: P.kwargs) -> R:
        settings = load_settings()
        configure_logging(settings)
        return function(settings, *args, **kwargs)

    return update_wrapper(command, function)


def open_store(settings: Settings) -> Store:
    """Open the store with its tables up to date."""
    store = Store.open(settings)
    store.migrate()
    return store


def fail(message: str) -> None:
    """Tell about one thing that went wrong, on standard error."""
    click.echo(message, err=True)


def _failure(message: str, code: int) -> click.exceptions.Exit:
    click.echo(f"searchsvc: {message}", err=True)
    return click.exceptions.Exit(code)
