"""How long importing a real city takes: ``python -m benchmarks.oparl [--folder DIR] [--page-size N]``.

Serves the real collection (6,903 papers, 2,609 meetings, 19,024 files with their texts) from an OParl 1.1 server in a
process of its own, imports all of it, imports again when nothing changed, then after 100 changed and 50 deleted files,
and compares everything once more. Prints times and numbers of requests.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.collection import DATA, read_lines
from searchsvc.oparl import import_source
from searchsvc.running.logs import configure_logging
from searchsvc.settings import Settings
from searchsvc.store import Store
from tests.oparl_server import Binary, City, Json, OParlServer, now, pdf

HOST = "https://web1.karlsruhe.de"
CHANGES = 100
DELETIONS = 50
SCAN = "/download/scan.pdf"


def city(base: str) -> City:
    """Return the real city with all its URLs on our server; files without text are the same scanned page."""
    found = City(base)
    found.body = {
        "id": f"{base}/oparl/bodies/0001",
        "type": "https://schema.oparl.org/1.1/Body",
        "name": "Stadt Karlsruhe",
        "shortName": "Karlsruhe",
        "ags": "08212000",
    }
    found.binaries[SCAN] = Binary(pdf(""), etag='"scan"')
    folder = DATA / "karlsruhe"
    texts = {record["id"].replace(HOST, base): record for record in read_lines(folder / "files.jsonl.xz")}
    embedded: dict[str, Json] = {}
    links = {"accessUrl": base + SCAN, "downloadUrl": base + SCAN}
    for kind, name in (("paper", "papers"), ("meeting", "meetings")):
        for record in read_lines(folder / f"{name}.jsonl.xz"):
            one = json.loads(json.dumps(record, ensure_ascii=False).replace(HOST, base))
            found.objects[kind][one["id"]] = one
            for role in ("mainFile", "invitation", "resultsProtocol", "verbatimProtocol", "auxiliaryFile"):
                value = one.get(role)
                files = value if isinstance(value, list) else [value] if value else []
                # Files that are not part of the collection are left out.
                kept = [{**file, **links} for file in files if file["id"] in texts]
                embedded |= {file["id"]: file for file in kept}
                one[role] = kept if isinstance(value, list) else kept[0] if kept else None
            for item in one.get("agendaItem", []):
                item.pop("auxiliaryFile", None)
                item.pop("resolutionFile", None)
            for url in one.get("organization", []):
                organization = {"id": url, "type": "https://schema.oparl.org/1.1/Organization", "name": one["name"]}
                found.objects["organization"].setdefault(url, organization)
    for file_id, record in texts.items():
        made: Json = {**embedded.get(file_id, {}), **links, "id": file_id}
        made["type"] = "https://schema.oparl.org/1.1/File"
        made["modified"] = made.get("modified") or record["fileModified"]
        if (record.get("text") or "").strip():
            made["text"] = record["text"]
        found.objects["file"][file_id] = made
    return found


def serve(pipe: Connection, page_size: int) -> None:
    """Serve the city until told to stop; carry out what is asked for through the pipe."""
    server = OParlServer()
    server.city = city(server.base)
    server.quirks.page_size = page_size
    pipe.send((server.system_url, {kind: len(objects) for kind, objects in server.city.objects.items()}))
    while (order := pipe.recv()) != "stop":
        if order == "requests":
            pipe.send({"lists": len(server.paths("/oparl/")), "files": len(server.paths("/download/"))})
            server.forget_requests()
        else:
            files = server.city.objects["file"]
            listed = [one for one in files.values() if "text" in one and not one.get("deleted")]
            step = len(listed) // (CHANGES + DELETIONS)
            chosen = listed[::step][: CHANGES + DELETIONS]
            for one in chosen[:CHANGES]:
                one.update(modified=now(), text=one["text"] + "\nNachtrag")
            for one in chosen[CHANGES:]:
                files[one["id"]] = {"id": one["id"], "type": one["type"], "deleted": True, "modified": now()}
            pipe.send(len(chosen))
    server.close()


def measure(folder: Path, page_size: int) -> dict[str, Any]:
    """Run all imports and return what they took."""
    pipe, other = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(other, page_size), daemon=True)
    server.start()
    url, sizes = pipe.recv()
    settings = Settings(data_dir=folder, sample=False, oparl_delay_s=0, oparl_allow_private_hosts=True)
    configure_logging(settings)
    rows = []
    with Store.open(settings) as store:
        store.migrate()
        store.oparl_sources.add(url)
        for step in ("first import", "nothing changed", f"{CHANGES} changed, {DELETIONS} deleted", "full comparison"):
            if "deleted" in step:
                pipe.send("change")
                pipe.recv()
            source = store.oparl_sources.get(url)
            assert source is not None
            started = time.perf_counter()
            report = import_source(settings, store, source, full=step == "full comparison")
            seconds = time.perf_counter() - started
            pipe.send("requests")
            rows.append({"step": step, "seconds": seconds, **report.counts(), **pipe.recv(), "error": report.error})
        documents = store.documents.count()
    pipe.send("stop")
    server.join()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "served": sizes,
        "documents": documents,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rows": rows,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="an empty data folder to keep; unset: one that is thrown away")
    parser.add_argument("--page-size", type=int, default=100, help="objects on a page of a list")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        figures = measure(folder, arguments.page_size)
    print(f"{figures['date']}, {figures['machine']}")
    print(f"served: {figures['served']}, pages of {arguments.page_size}; stored: {figures['documents']:,} documents")
    print(f"peak memory of the import: {figures['peak_memory_mb']:.0f} MB")
    print("| import | seconds | requests to lists | files downloaded | received | stored | deleted | failed |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for row in figures["rows"]:
        print(
            f"| {row['step']} | {row['seconds']:.1f} | {row['lists']:,} | {row['files']:,} "
            f"| {row['received_bytes'] / 1e6:,.1f} MB | {row['stored']:,} | {row['deleted']:,} | {row['failed']:,} |"
        )
        if row["error"]:
            print(f"error: {row['error']}")


if __name__ == "__main__":
    main()
