"""Files and texts of documents that are gone: a deleted PDF must not stay on the disk for ever.

Only what is older than a grace period goes, because an import keeps a file before it stores its document.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from searchsvc.settings import Settings
from searchsvc.store.store import Store

GRACE_S = 3_600
"""Age that a file without a document must have, in seconds."""


def prune(store: Store, settings: Settings, *, grace_s: float = GRACE_S) -> int:
    """Remove original files that no document has any more, with their extracted text and page pictures.

    Returns the number of files. Raises ``StoreUnavailable``.
    """
    old = store.originals.older_than(time.time() - grace_s)
    unused = sorted(set(old) - store.documents.used_originals(old))
    store.extractions.remove(unused)
    for checksum in unused:
        store.originals.remove(checksum)
        shutil.rmtree(picture_folder(settings, checksum), ignore_errors=True)
    return len(unused)


def picture_folder(settings: Settings, checksum: str) -> Path:
    """Return where the page pictures of a file are kept."""
    return settings.data_dir.absolute() / "cache" / "pages" / checksum[:2] / checksum
