"""Mirroring OParl servers: a city's council information system into the store, again and again, for years."""

from searchsvc.oparl.content_keys import moved_key
from searchsvc.oparl.errors import ImportEnded, ImportRunning, NotOParl, OParlError
from searchsvc.oparl.importer import import_source
from searchsvc.oparl.known_servers import find_servers
from searchsvc.oparl.lock import source_lock
from searchsvc.oparl.probe import ListProbe, Probe, probe_server
from searchsvc.oparl.report import ImportReport
from searchsvc.source_state import is_running

__all__ = [
    "ImportEnded",
    "ImportReport",
    "ImportRunning",
    "ListProbe",
    "NotOParl",
    "OParlError",
    "Probe",
    "find_servers",
    "import_source",
    "is_running",
    "moved_key",
    "probe_server",
    "source_lock",
]
