"""Draw pages of a PDF as WebP pictures; run as a program of its own, because a hostile PDF may take it down.

Arguments: PDF, folder, width in pixels, first page (1-based), number of pages, memory limit in MB.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

MAX_HEIGHT_FACTOR = 4
QUALITY = 80


def draw(pdf: Path, folder: Path, width: int, first: int, count: int) -> None:
    """Write ``WIDTH-NUMBER.webp`` for each page, replacing files as a whole."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    for number in range(first, min(first + count, len(document) + 1)):
        target = folder / f"{width}-{number}.webp"
        if target.exists():
            continue
        page = document[number - 1]
        page_width, page_height = page.get_size()
        scale = min(width / page_width, MAX_HEIGHT_FACTOR * width / page_height)
        picture = page.render(scale=scale).to_pil()
        unfinished = target.with_suffix(f".{os.getpid()}")
        picture.save(unfinished, "WEBP", quality=QUALITY)
        unfinished.replace(target)
        page.close()


def main(arguments: list[str]) -> None:
    """Limit this process and draw."""
    pdf, folder, width, first, count, memory_mb = arguments
    limit = int(memory_mb) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    draw(Path(pdf), Path(folder), int(width), int(first), int(count))


if __name__ == "__main__":
    main(sys.argv[1:])
