"""The face of the store: one object that holds the repositories."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from searchsvc.private_files import tighten, tighten_data
from searchsvc.settings import Settings
from searchsvc.store.change_log import ChangeLog
from searchsvc.store.database import Database, translated_os_errors
from searchsvc.store.documents import Documents, unique_originals
from searchsvc.store.duplicates import Duplicates
from searchsvc.store.extractions import Extractions
from searchsvc.store.failures import Failures
from searchsvc.store.keys import Keys
from searchsvc.store.migrate import migrate
from searchsvc.store.moves import Moves
from searchsvc.store.oparl_files import OParlFiles
from searchsvc.store.oparl_objects import OParlObjects
from searchsvc.store.oparl_sources import OParlSources
from searchsvc.store.originals import Originals
from searchsvc.store.papers import Papers
from searchsvc.store.recent import Recent
from searchsvc.store.reports import Reports
from searchsvc.store.saved_searches import SavedSearches
from searchsvc.store.sealing import Sealer
from searchsvc.store.takedowns import Takedowns


class Store:
    """Documents, original files, extracted text, API keys, failures, reports and the state of OParl imports.

    Safe to use from many threads; every process opens its own. All methods raise ``StoreUnavailable`` when the
    database or the disk fails.
    """

    def __init__(self, database: Database, originals: Originals, sealer: Sealer) -> None:
        self.database = database
        self.originals = originals
        self.sealer = sealer
        self.documents = Documents(database, originals)
        self.duplicates = Duplicates(database, self.documents)
        self.extractions = Extractions(database)
        self.failures = Failures(database)
        self.keys = Keys(database, sealer)
        self.reports = Reports(database)
        self.oparl_sources = OParlSources(database)
        self.oparl_objects = OParlObjects(database, self.documents)
        self.oparl_files = OParlFiles(database)
        self.recent = Recent(database)
        self.papers = Papers(database)
        self.takedowns = Takedowns(database)
        self.moves = Moves(database)
        self.change_log = ChangeLog(database)
        self.saved_searches = SavedSearches(database, sealer)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the store, making the data folder if need be; ``migrate()`` makes its tables."""
        with translated_os_errors(settings.data_dir):
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            tighten_data(settings.data_dir)
        database = Database.open(settings.store_url)
        tighten(database.files)
        return cls(database, Originals(settings.originals_dir), Sealer(settings.key_file))

    def migrate(self) -> None:
        """Bring the tables to the version of this code; does nothing when they are."""
        migrate(self.database)
        self.saved_searches.seal_all()
        self.takedowns.mark_all()

    def original_checksums(self) -> list[str]:
        """Return the checksums of the original files that documents have, each once."""
        with self.database.transaction() as connection:
            return list(unique_originals(connection))

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
