"""What callers may send as a document, and the way from there to ``index.contract.Document``.

The same rules hold for the body of a PUT, a line of an import file, a sidecar and a row of a manifest. Texts are
cleaned (control characters, lone surrogates); everything else that is not understood is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from index.contract import Document, Kommune, Paper, TextQuality
from searchsvc.documents.fields import (
    Ags,
    Checksum,
    Count,
    Day,
    Line,
    Lines,
    MediaType,
    Moment,
    PageTexts,
    RequiredLine,
    Url,
    VerbatimLine,
    check_id,
    check_text,
)
from searchsvc.documents.text import clean_line, clean_text, has_word, kommune_id
from searchsvc.documents.titles import readable_title
from searchsvc.errors import InvalidDocument

__all__ = ["READ_ONLY_FIELDS", "DocumentInput", "KommuneInput", "PaperInput", "check_id", "parse_document"]

READ_ONLY_FIELDS = frozenset({"also_in", "indexed_at", "links"})
"""Fields of an answer that are accepted and ignored, so that a document can be sent back as it was received."""

_SHOWN_PROBLEMS = 5


def _kommune(value: Any) -> Any:
    if isinstance(value, str):
        return {"name": value} if clean_line(value) else None
    return value


def _not_blank_object(value: Any) -> Any:
    return value or None if isinstance(value, Mapping) else value


class _Input(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KommuneInput(_Input):
    """A municipality: ``name`` is enough, the ``id`` is then made from it."""

    id: Line = None
    name: RequiredLine
    ags: Ags = None

    def value(self) -> Kommune:
        """Return the municipality as the index knows it."""
        return Kommune(id=self.id or kommune_id(self.name), name=self.name, ags=self.ags)


class PaperInput(_Input):
    """The Vorgang a file belongs to."""

    id: VerbatimLine = None
    name: Line = None
    reference: Line = None
    type: Line = None

    def value(self) -> Paper | None:
        """Return the Vorgang as the index knows it; None when nothing is known of it."""
        paper = Paper(id=self.id, name=self.name, reference=self.reference, type=self.type)
        return None if paper == Paper() else paper


class DocumentInput(_Input):
    """A document as callers send it."""

    id: str
    title: Line = None
    kommune: Annotated[KommuneInput | None, BeforeValidator(_kommune)] = None
    date: Day = None
    file_name: Line = None
    mime_type: MediaType = None
    size: Count = None
    sha256: Checksum = None
    page_count: Count = None
    created: Moment = None
    modified: Moment = None
    paper: Annotated[PaperInput | None, BeforeValidator(_not_blank_object)] = None
    organizations: Lines = ()
    keywords: Lines = ()
    access_url: Url = None
    download_url: Url = None
    web_url: Url = None
    text_quality: TextQuality | None = None
    pages: PageTexts = None
    text: str | None = None

    @field_validator("id", mode="before")
    @classmethod
    def _check_id(cls, value: Any) -> str:
        return check_id(value)

    @field_validator("text", mode="before")
    @classmethod
    def _clean_text(cls, value: Any) -> str | None:
        return None if value is None else clean_text(check_text(value))

    @model_validator(mode="after")
    def _check_text(self, info: ValidationInfo) -> DocumentInput:
        if self.pages is not None and self.text is not None:
            raise ValueError("text: send either 'pages' or 'text', not both")
        limit = (info.context or {}).get("max_text_bytes")
        if limit is not None:
            texts = self.pages or ((self.text,) if self.text else ())
            # A character takes at most four bytes, so most texts need not be encoded to be measured.
            if sum(map(len, texts)) * 4 > limit and sum(len(text.encode()) for text in texts) > limit:
                raise ValueError(
                    f"{'pages' if self.pages else 'text'}: longer than {limit / 1e6:,.0f} MB (max_text_mb)"
                )
        return self

    def value(self) -> Document:
        """Return the document as the index knows it, with everything that was left out filled in."""
        pages = self.pages if self.pages is not None else (() if self.text is None else (self.text,))
        paper = self.paper.value() if self.paper else None
        quality = TextQuality.DIGITAL if any(map(has_word, pages)) else TextQuality.EMPTY
        return Document(
            id=self.id,
            title=self.title or (paper and paper.name) or self._title_of_file() or self.id,
            kommune=self.kommune.value() if self.kommune else None,
            date=self.date,
            file_name=self.file_name,
            mime_type=self.mime_type.lower() if self.mime_type else None,
            size=self.size,
            sha256=self.sha256.lower() if self.sha256 else None,
            page_count=self.page_count if self.page_count is not None else len(pages) or None,
            created=self.created,
            modified=self.modified,
            paper=paper,
            organizations=self.organizations,
            keywords=self.keywords,
            access_url=self.access_url,
            download_url=self.download_url,
            web_url=self.web_url,
            text_quality=self.text_quality or quality,
            pages=pages,
        )

    def _title_of_file(self) -> str | None:
        return self.file_name and (readable_title(self.file_name) or self.file_name)


def parse_document(
    data: Mapping[str, Any],
    *,
    document_id: str | None = None,
    default_kommune: str | None = None,
    max_text_bytes: int | None = None,
) -> Document:
    """Turn what a caller sent into a document.

    Args:
        data: the JSON object; read-only fields of an answer are ignored.
        document_id: the id named elsewhere (in the path of a request); one in ``data`` must be the same.
        default_kommune: name of the Kommune of documents that name none.
        max_text_bytes: longest text accepted, in bytes of UTF-8.

    Raises:
        InvalidDocument: with ``field`` naming the first wrong field.
    """
    if not isinstance(data, Mapping):
        raise InvalidDocument("a document must be a JSON object")
    values = {}
    for name, value in data.items():
        if not isinstance(name, str):
            raise InvalidDocument(f"field names must be texts, not {name!r}")
        if name not in READ_ONLY_FIELDS:
            values[name] = value
    if document_id is not None:
        if values.get("id") not in (None, document_id):
            raise InvalidDocument("id: differs from the id this document was addressed by", field="id")
        values["id"] = document_id
    if default_kommune and values.get("kommune") in (None, "", {}):
        values["kommune"] = default_kommune
    try:
        return DocumentInput.model_validate(values, context={"max_text_bytes": max_text_bytes}).value()
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> InvalidDocument:
    problems: list[tuple[str, str]] = []
    for detail in error.errors(include_url=False, include_input=False):
        path = _path(detail["loc"])
        message = _message(detail["type"], detail["msg"], detail["loc"])
        if not path:
            path, _, message = message.partition(": ")
        problems.append((path, message))
    shown = "; ".join(f"{path}: {message}" for path, message in problems[:_SHOWN_PROBLEMS])
    if len(problems) > _SHOWN_PROBLEMS:
        shown += f"; and {len(problems) - _SHOWN_PROBLEMS} more"
    return InvalidDocument(shown, field=problems[0][0])


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        name = clean_line(str(part))[:100]
        path += f"[{part}]" if isinstance(part, int) else f".{name}" if path else name
    return path


def _message(kind: str, message: str, location: tuple[int | str, ...]) -> str:
    match kind:
        case "extra_forbidden":
            parts: dict[str, type[_Input]] = {"kommune": KommuneInput, "paper": PaperInput}
            model = parts.get(str(location[0]), DocumentInput) if len(location) > 1 else DocumentInput
            known = list(model.model_fields)
            close = get_close_matches(str(location[-1])[:100].lower(), known, n=1, cutoff=0.5)
            return (
                f"unknown field; did you mean {close[0]!r}?" if close else f"unknown field; known: {', '.join(known)}"
            )
        case "missing":
            return "is required"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be an object"
        case "int_type" | "int_parsing" | "int_parsing_size":
            return "must be a whole number"
        case "greater_than_equal":
            return "must be 0 or more"
        case "enum":
            return f"must be one of {', '.join(quality.value for quality in TextQuality)}"
        case _:
            return message.removeprefix("Value error, ")
