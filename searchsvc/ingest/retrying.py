"""Importing failed files again, the way they were imported: under the same name, with the same Kommune and manifest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searchsvc.errors import InvalidDocument
from searchsvc.ingest.line_files import is_line_file
from searchsvc.ingest.manifest import Manifest, read_manifest
from searchsvc.ingest.sources import Plan, ProblemItem, plan_sources
from searchsvc.store import Failure


@dataclass(frozen=True, slots=True)
class Retry:
    """What is imported again with one Kommune and manifest."""

    plan: Plan
    kommune: str | None
    manifest: Path | None


@dataclass(slots=True)
class Retries:
    """All that is imported again. ``gone`` are the items whose file was removed from a folder that is still there."""

    runs: list[Retry] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def retry_source(path: Path, kommune: str | None, manifest: Path | None) -> dict[str, Any]:
    """Return what is kept with a failure so that ``plan_retries`` can have the file imported again."""
    return {
        "path": str(path.absolute()),
        "kommune": kommune,
        "manifest": None if manifest is None else str(manifest.absolute()),
    }


def plan_retries(failures: Iterable[Failure]) -> Retries:
    """Find the files of failed items again; failures without ``source`` are left out."""
    retries = Retries()
    groups: dict[tuple[str | None, str | None], list[tuple[str, Path]]] = defaultdict(list)
    for failure in failures:
        if failure.source is None:
            continue
        path = Path(failure.source["path"])
        if not path.exists() and path.parent.exists():
            retries.gone.append(failure.item)
        else:
            groups[failure.source["kommune"], failure.source["manifest"]].append((failure.item, path))
    for (kommune, manifest_name), items in groups.items():
        manifest = None if manifest_name is None else Path(manifest_name)
        retries.runs.append(Retry(_plan(items, manifest), kommune, manifest))
    return retries


def _plan(items: Sequence[tuple[str, Path]], manifest_path: Path | None) -> Plan:
    try:
        manifest = read_manifest(manifest_path) if manifest_path else Manifest()
    except (InvalidDocument, OSError) as error:
        # Without it the documents would come out differently.
        problem = f"the manifest cannot be read: {error}"
        return Plan(problems=[ProblemItem(item, "invalid_manifest", problem, path=path) for item, path in items])
    # Of an import file each line may be an item; the file is read once.
    labels = {path: item.rpartition(":")[0] if is_line_file(path) else item for item, path in items}
    found = [path for path in labels if path.exists()]
    plan = plan_sources(found)
    plan.manifest, plan.labels = manifest, {path: labels[path] for path in found}
    plan.problems += [
        ProblemItem(labels[path], "unreadable", "cannot be read: its folder is not there", path=path)
        for path in labels
        if not path.exists()
    ]
    return plan
