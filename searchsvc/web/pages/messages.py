"""German words for codes: parameters, problems, warnings of the engine, facets, errors."""

from __future__ import annotations

from index.documents import TextQuality
from index.engine import MISSING, FacetName, SearchWarning, Sort
from searchsvc.web.parameters import Problem

FACETS = {
    FacetName.KOMMUNE: "Kommune",
    FacetName.DATE: "Jahr",
    FacetName.PAPER_TYPE: "Dokumenttyp",
    FacetName.ORGANIZATION: "Gremium",
    FacetName.TEXT_QUALITY: "Textqualität",
    FacetName.MIME_TYPE: "Dateiformat",
}
WITHOUT = {
    FacetName.KOMMUNE: "ohne Kommune",
    FacetName.DATE: "ohne Datum",
    FacetName.PAPER_TYPE: "ohne Dokumenttyp",
    FacetName.ORGANIZATION: "ohne Gremium",
    FacetName.TEXT_QUALITY: "ohne Angabe",
    FacetName.MIME_TYPE: "ohne Dateiformat",
}
TEXT_QUALITIES = {
    TextQuality.DIGITAL: "digitaler Text",
    TextQuality.OCR: "aus einem Scan erkannt",
    TextQuality.EMPTY: "kein Text",
}
MIME_TYPES = {
    "application/pdf": "PDF",
    "text/plain": "Text",
    "text/html": "HTML",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.ms-excel": "Excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "image/jpeg": "JPEG-Bild",
    "image/png": "PNG-Bild",
    "image/tiff": "TIFF-Bild",
}
SORTS = {Sort.RELEVANCE: "Relevanz", Sort.DATE_DESC: "Neueste zuerst", Sort.DATE: "Älteste zuerst"}

PARAMETERS = {
    "q": "Suchbegriff",
    "date_from": "Datum von",
    "date_to": "Datum bis",
    "date_missing": "ohne Datum",
    "sort": "Sortierung",
    "page": "Seite",
    "per_page": "Treffer je Seite",
    "cursor": "Fortsetzung",
    "facets": "Filterlisten",
    "facet_size": "Länge der Filterlisten",
    "date_interval": "Zeitraster",
    "highlight": "Hervorhebung",
    "exact": "genaue Suche",
    "boost_recent": "Neues zuerst",
    "kommune": "Kommune",
    "paper_type": "Dokumenttyp",
    "organization": "Gremium",
    "mime_type": "Dateiformat",
    "text_quality": "Textqualität",
}
_PROBLEMS = {
    "repeated": "ist mehrfach angegeben",
    "empty": "ist leer",
    "missing": "fehlt",
    "too_long": "ist zu lang (höchstens {hint} Zeichen)",
    "invalid_date": "ist kein gültiges Datum: „{value}“",
    "invalid_number": "muss eine ganze Zahl sein ({hint}), angegeben ist „{value}“",
    "invalid_choice": "kennt den Wert „{value}“ nicht (möglich: {hint})",
    "conflict": "lässt sich hier nicht angeben",
    "before_start": "liegt vor „Datum von“",
    "too_deep": "reicht nur bis zum Treffer {hint}",
}
_WARNINGS = {
    "too_many_expansions": "„{detail}“ steht für sehr viele Wörter. Gesucht wurde nach den häufigsten.",
    "index_outdated": "Die Suche wird gerade auf neue Regeln umgestellt. Bis dahin können einzelne Treffer fehlen.",
    "unbalanced_quote": "Ein Anführungszeichen hat kein Gegenstück. Es wurde nicht beachtet.",
    "dangling_operator": "Bei „{detail}“ fehlt ein Suchwort.",
    "unsupported_wildcard": "Vor den Stern gehört ein Buchstabe oder eine Ziffer. „{detail}“ wurde ohne ihn gesucht.",
    "too_deep": "Die Klammern sind zu tief geschachtelt. Die inneren wurden nicht beachtet.",
    "too_many_words": "Die Suche hat sehr viele Wörter. Die letzten, ab „{detail}“, wurden nicht beachtet.",
    "unbalanced_parenthesis": "Eine Klammer hat kein Gegenstück. Sie wurde nicht beachtet.",
    "unknown_field": "Das Suchfeld „{detail}“ gibt es nicht. Es wurde als Wort gesucht.",
    "unknown_kommune": "Die Kommune „{detail}“ ist hier nicht bekannt.",
    "invalid_date": "„{detail}“ ist kein Datum. Es wurde als Wort gesucht.",
}
_UNKNOWN_WARNING = "Ein Teil der Eingabe wurde nicht verstanden und als einfache Wörter gesucht{detail}."

ERRORS = {
    400: ("Anfrage nicht verständlich", "Die Adresse oder die gesendeten Daten sind unvollständig oder falsch."),
    404: ("Nicht gefunden", "Unter dieser Adresse gibt es nichts. Vielleicht hilft die Suche weiter."),
    405: ("Nicht möglich", "Diese Adresse lässt sich so nicht aufrufen."),
    410: ("Nicht mehr verfügbar", "Dieses Dokument wurde aus der Sammlung entfernt."),
    429: ("Zu viele Anfragen", "Bitte warten Sie einen Moment und versuchen Sie es dann noch einmal."),
    500: ("Unerwarteter Fehler", "Das hätte nicht passieren dürfen. Der Fehler wurde protokolliert."),
    503: (
        "Vorübergehend nicht verfügbar",
        "Die Suche ist im Moment nicht erreichbar. Das heißt nicht, dass es keine Treffer gibt. "
        "Bitte versuchen Sie es in wenigen Augenblicken noch einmal.",
    ),
}
_OTHER_ERROR = ("Das hat nicht funktioniert", "Die Anfrage konnte nicht beantwortet werden.")


def problem_text(problem: Problem) -> str:
    """Say what is wrong with a parameter and that it was left out."""
    name = PARAMETERS.get(problem.parameter, problem.parameter)
    reason = _PROBLEMS.get(problem.code, "ist ungültig: „{value}“").format(value=problem.value, hint=problem.hint)
    return f"Die Angabe „{name}“ {reason}. Gesucht wurde ohne sie."


def warning_text(warning: SearchWarning) -> str:
    """Say in German what the engine warns of."""
    text = _WARNINGS.get(warning.code)
    if text is None:
        return _UNKNOWN_WARNING.format(detail=f": „{warning.detail}“" if warning.detail else "")
    return text.format(detail=warning.detail)


def error_text(status: int) -> tuple[str, str]:
    """Return heading and explanation for an HTTP status."""
    return ERRORS.get(status, _OTHER_ERROR)


def value_label(name: FacetName, value: str) -> str:
    """Return how people call a value of a facet."""
    if value == MISSING:
        return WITHOUT[name]
    if name is FacetName.TEXT_QUALITY and value in set(TextQuality):
        return TEXT_QUALITIES[TextQuality(value)]
    return MIME_TYPES.get(value, value) if name is FacetName.MIME_TYPE else value
