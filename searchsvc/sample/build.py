"""Writing the sample collection: one PDF and one JSON sidecar per document."""

import json
from pathlib import Path
from typing import Any

from searchsvc.sample.catalogue import SampleDocument, load_documents
from searchsvc.sample.layouts import draw


def build_sample(target: Path) -> list[Path]:
    """Write every sample document into a folder and return the PDF paths.

    The folder is created when missing; files of the same name are overwritten. Two runs with the same library
    versions write the same bytes.

    Args:
        target: the folder to write to.

    Returns:
        PDF paths in catalogue order (by Kommune, then by date). Each has a sidecar `NAME.pdf.json` beside it.

    Raises:
        CatalogueError: a text file of the package is malformed.
        OSError: the folder cannot be written.
    """
    target.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for document in load_documents():
        path = target / document.file_name
        draw(document, path)
        sidecar = json.dumps(sidecar_of(document), ensure_ascii=False, indent=2) + "\n"
        path.with_name(path.name + ".json").write_text(sidecar, encoding="utf-8")
        paths.append(path)
    return paths


def sidecar_of(document: SampleDocument) -> dict[str, Any]:
    """Return the metadata of a document as the JSON object its sidecar holds; unknown fields are left out."""
    kommune = {"id": document.kommune.id, "name": document.kommune.name, "ags": document.kommune.ags}
    paper = document.paper
    fields: dict[str, Any] = {
        "id": document.id,
        "title": document.title,
        "file_name": document.file_name,
        "kommune": {key: value for key, value in kommune.items() if value},
        "date": document.date and document.date.isoformat(),
        "created": document.created and document.created.isoformat(),
        "modified": document.modified and document.modified.isoformat(),
        "paper": paper and {"id": paper.id, "name": paper.name, "reference": paper.reference, "type": paper.type},
        "organizations": list(document.organizations),
        "keywords": list(document.keywords),
    }
    return {key: value for key, value in fields.items() if value}
