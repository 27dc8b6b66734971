"""All that is looked at, in the order in which one thing needs another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from searchsvc.doctor import folders, machine, network, work
from searchsvc.doctor.finding import Finding, fail, ok
from searchsvc.errors import InvalidSettings
from searchsvc.settings import CONFIG_VARIABLE, Settings, load_settings

_Look = Callable[[Settings], Iterator[Finding]]
_LOOKS: tuple[_Look, ...] = (
    machine.tesseract,
    folders.settings_file,
    folders.data_folder,
    folders.free_space,
    folders.file_system,
    work.store_identity,
    network.port,
    network.public_address,
    network.proxy_headers,
    network.legal_pages,
    work.worker,
    work.verification,
    work.backups,
)


def examine(environ: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Look at machine, settings, data folder, addresses and work; yield what is found. Changes nothing, raises nothing.

    Without valid settings only the machine is looked at, and each wrong setting is a finding.
    """
    variables = os.environ if environ is None else environ
    yield from machine.versions()
    yield from machine.clock()
    try:
        settings = load_settings(variables)
    except InvalidSettings as error:
        for problem in error.problems:
            yield fail("settings", problem, "correct it; 'searchsvc settings' lists all that there are")
        return
    named = variables.get(CONFIG_VARIABLE)
    yield ok("settings", f"valid, with the file {named}" if named else f"valid; {CONFIG_VARIABLE} names no file")
    for look in _LOOKS:
        try:
            yield from look(settings)
        except Exception as error:
            # One look that goes wrong must not hide what the others find.
            part = look.__name__.replace("_", " ")
            yield fail(part, f"could not be looked at: {type(error).__name__}: {error}", "see whether it can be read")
