"""Draw pages of a PDF as WebP pictures; run as a program of its own, because a hostile PDF may take it down.

Arguments: PDF, folder, width in pixels, first page (1-based), number of pages, memory limit in MB.
"""

from __future__ import annotations

import errno
import os
import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

COUNT_FILE = "pages.count"
"""Has the number of pages; 0 for what cannot be opened."""
NO_SPACE = 75
"""Exit code when the disk is full: what failed now may work later."""
MAX_HEIGHT_FACTOR = 4
QUALITY = 80


def draw(pdf: Path, folder: Path, width: int, first: int, count: int) -> None:
    """Write how many pages there are, and ``WIDTH-NUMBER.webp`` for each page, replacing files as a whole."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        write(folder / COUNT_FILE, lambda path: path.write_text("0", encoding="ascii"))
        raise
    write(folder / COUNT_FILE, lambda path: path.write_text(str(len(document)), encoding="ascii"))
    for number in range(first, min(first + count, len(document) + 1)):
        target = folder / f"{width}-{number}.webp"
        if target.exists():
            continue
        page = document[number - 1]
        page_width, page_height = page.get_size()
        scale = min(width / page_width, MAX_HEIGHT_FACTOR * width / page_height)
        picture = page.render(scale=scale).to_pil()
        write(target, partial(picture.save, format="WEBP", quality=QUALITY))
        page.close()


def write(target: Path, save: Callable[[Path], object]) -> None:
    """Write a file as a whole. Raises ``OSError``; then nothing is left of it."""
    unfinished = target.with_suffix(f".{os.getpid()}")
    try:
        save(unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def main(arguments: list[str]) -> None:
    """Limit this process and draw."""
    pdf, folder, width, first, count, memory_mb = arguments
    limit = int(memory_mb) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        draw(Path(pdf), Path(folder), int(width), int(first), int(count))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(NO_SPACE)
        raise


if __name__ == "__main__":
    main(sys.argv[1:])
