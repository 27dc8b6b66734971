"""Who may import whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_import_contract_is_kept() -> None:
    """Packages depend in one direction, and libraries stay where they belong."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_importing_the_packages_does_no_work(tmp_path: Path) -> None:
    """Importing writes nothing, starts no thread, and does not load NLTK, which takes most of a second."""
    code = (
        "import sys, threading, analyzers, index, searchsvc.cli\n"
        "assert threading.active_count() == 1\n"
        "assert 'nltk' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []
