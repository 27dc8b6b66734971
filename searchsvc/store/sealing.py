"""Secrets that the service needs again, sealed for the database with a key that is not in it.

The key is made when it is first needed. Without it what was sealed cannot be read, and nothing else suffers.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from searchsvc.errors import StoreUnavailable
from searchsvc.store.database import translated_os_errors

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_PREFIX = "v1:"


class Sealer:
    """Seals texts with the key in a file (Fernet: AES-128 in CBC mode with HMAC-SHA256)."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file

    def seal(self, text: str) -> str:
        """Return a text as it may be stored. Raises ``StoreUnavailable``."""
        return _PREFIX + self._fernet.encrypt(text.encode()).decode("ascii")

    def unseal(self, stored: str) -> str | None:
        """Return the text that was sealed; None if this is not the key it was sealed with.

        What was stored before there was a key is returned as it is. Raises ``StoreUnavailable``.
        """
        from cryptography.fernet import InvalidToken

        if not is_sealed(stored):
            return stored
        try:
            return self._fernet.decrypt(stored.removeprefix(_PREFIX).encode("ascii", "replace")).decode()
        except InvalidToken:
            return None

    @cached_property
    def _fernet(self) -> Fernet:
        # Takes longer to load than most commands take.
        from cryptography.fernet import Fernet

        with translated_os_errors(self._key_file):
            try:
                key = self._key_file.read_bytes().strip()
            except FileNotFoundError:
                key = self._make(Fernet.generate_key())
        try:
            return Fernet(key)
        except ValueError:
            # With another one in its place nothing that was sealed could ever be read.
            raise StoreUnavailable(
                f"{self._key_file} is no key; put back the file that was there, or remove it and save all webhooks anew"
            ) from None

    def _make(self, key: bytes) -> bytes:
        """Keep a new key, unless another process has just done so, and return the one that counts."""
        self._key_file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{self._key_file.name}-", dir=self._key_file.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key + b"\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(name, self._key_file)
        finally:
            Path(name).unlink()
        return self._key_file.read_bytes().strip()


def is_sealed(stored: str) -> bool:
    """Tell whether a text is stored as ``Sealer.seal`` returns it."""
    return stored.startswith(_PREFIX)
