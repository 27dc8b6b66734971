"""The group of all commands: loads each when it is called, and turns errors into one clear line."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from searchsvc.shown import shown_text

_COMMANDS = {
    "serve": ("searchsvc.cli.run", "Run everything on this machine."),
    "worker": ("searchsvc.cli.run", "Bring the store's changes into the index until stopped."),
    "migrate": ("searchsvc.cli.run", "Bring the store's tables to this version."),
    "ingest": ("searchsvc.cli.ingest", "Import documents, folders of them, and files of JSON lines."),
    "reread": ("searchsvc.cli.reread", "Read kept files again whose text could be better now."),
    "import-oparl": ("searchsvc.cli.oparl", "Import a city's council information system over OParl."),
    "sources": ("searchsvc.cli.sources", "Look at OParl servers, and follow those that move."),
    "search": ("searchsvc.cli.search", "Search the index of the data folder."),
    "batch": ("searchsvc.cli.batch", "Search for each line of a CSV file, over HTTP."),
    "analyze": ("searchsvc.cli.search", "Show what the German analysis makes of a text."),
    "delete": ("searchsvc.cli.documents", "Delete documents."),
    "reports": ("searchsvc.cli.reports", "List, show and decide what readers report."),
    "takedown": ("searchsvc.cli.reports", "Hide documents from readers at once."),
    "restore-document": ("searchsvc.cli.reports", "Lift takedowns."),
    "rebuild": ("searchsvc.cli.maintenance", "Build the index anew from the store."),
    "check": ("searchsvc.cli.maintenance", "Look for damage in the store and the index."),
    "status": ("searchsvc.cli.status", "Show documents, index, worker, failures and OParl sources."),
    "doctor": ("searchsvc.cli.doctor", "Look for what operators get wrong."),
    "backup": ("searchsvc.cli.backups", "Write the store and all original files to a file."),
    "restore": ("searchsvc.cli.backups", "Put a backup back."),
    "adopt-store": ("searchsvc.cli.adoption", "Go on with another store than the data folder's."),
    "install-units": ("searchsvc.cli.install_units", "Write units for systemd."),
    "key": ("searchsvc.cli.keys", "Make, list, rotate and revoke API keys."),
    "saved-search": ("searchsvc.cli.saved_searches", "List and end saved searches."),
    "settings": ("searchsvc.cli.settings", "List every setting with its value, default and meaning."),
}
"""Module of each command, and what the list of commands says, so that the list needs none of the modules."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        command = getattr(import_module(_COMMANDS[cmd_name][0]), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # The reader of the output has seen enough; there is nobody to tell.
            sys.stderr.close()
            raise click.exceptions.Exit(1) from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise _failure(f"{place}{error.strerror or error}", 1) from error
        except (KeyboardInterrupt, click.Abort) as error:
            raise _failure("stopped", 1) from error
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            # What our own errors are is known to the command that raised them, not to the list of commands.
            from searchsvc.cli.exit_codes import advice_on, exit_code_of

            if (code := exit_code_of(error)) is None:
                raise
            raise _failure(str(error) + advice_on(error), code) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="searchsvc", prog_name="searchsvc")
def main() -> None:
    """Full-text search for German council documents."""


def _failure(message: str, code: int) -> click.exceptions.Exit:
    click.echo(f"searchsvc: {shown_text(message)}", err=True)
    return click.exceptions.Exit(code)
