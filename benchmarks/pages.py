"""Weights and times of pages: ``python -m benchmarks.pages URL`` of a running service, best with the real collection.

For each page: HTML alone, with style and script, and what is sent compressed (kB of 1,000 bytes), then first answer and
median of the following, in milliseconds, over one connection.
"""

from __future__ import annotations

import argparse
import html
import re
import statistics
import time

import httpx

SEARCHES = (
    "/",
    "/?q=",
    "/?q=Radweg",
    "/?q=Bebauungsplan+Neureut",
    "/?q=Haushalt&date_interval=month",
    "/?q=Haushalt&collapse=paper",
    "/?q=Radweg&kommune=magdeburg&date_from=2015-01-01",
    "/?q=Haushalt&per_page=15",
    "/?q=qqqzzz",
    "/?q=Haushalt+Radweg+Oper+Friedhof&text_quality=ocr",
    "/hilfe",
)
REPEATS = 20
_STATIC = re.compile(r'(?:href|src)="(/static/[a-z]+\.(?:css|js)\?v=[0-9a-f]+)"')
_HIT = re.compile(r'<h2><a href="([^"]+)"')


def measure(url: str) -> None:
    """Print a table of pages."""
    with httpx.Client(base_url=url, timeout=60, headers={"Accept-Encoding": "gzip"}) as client:
        hits = [html.unescape(found) for found in _HIT.findall(client.get("/?q=Radweg").text)]
        static: dict[str, tuple[int, int]] = {}
        print("html kB  all kB  sent kB  first ms  median ms  page")
        for path in (*SEARCHES, *hits[:3]):
            times = []
            for _ in range(REPEATS):
                started = time.perf_counter()
                answer = client.get(path)
                times.append((time.perf_counter() - started) * 1000)
            for name in set(_STATIC.findall(answer.text)) - set(static):
                part = client.get(name)
                static[name] = len(part.content), part.num_bytes_downloaded
            parts = [static[name] for name in set(_STATIC.findall(answer.text))]
            plain = len(answer.content) + sum(size for size, _ in parts)
            sent = answer.num_bytes_downloaded + sum(size for _, size in parts)
            shown = path if len(path) < 60 else "a document"
            print(
                f"{len(answer.content) / 1000:7.1f} {plain / 1000:7.1f} {sent / 1000:8.1f} {times[0]:9.1f} "
                f"{statistics.median(times[1:]):10.1f}  {shown}"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("url", help="address of a running service")
    measure(parser.parse_args().url)
