"""Words for codes, in the language of the page: parameters, problems, warnings of the engine, facets, errors."""

from __future__ import annotations

from index.contract import MAX_QUERY_CHARS, MISSING, FacetName, SearchWarning, Sort, TextQuality
from searchsvc.interface.parameters import Problem
from searchsvc.interface.translatable import N_
from searchsvc.web.pages.formatting import isolated, number
from searchsvc.web.pages.languages import gettext

FACETS = {
    FacetName.KOMMUNE: N_("Kommune"),
    FacetName.DATE: N_("Datum"),
    FacetName.PAPER_TYPE: N_("Dokumenttyp"),
    FacetName.ORGANIZATION: N_("Gremium"),
    FacetName.TEXT_QUALITY: N_("Textqualität"),
    FacetName.MIME_TYPE: N_("Dateiformat"),
}
_WITHOUT = {
    FacetName.KOMMUNE: N_("ohne Kommune"),
    FacetName.DATE: N_("ohne Datum"),
    FacetName.PAPER_TYPE: N_("ohne Dokumenttyp"),
    FacetName.ORGANIZATION: N_("ohne Gremium"),
    FacetName.TEXT_QUALITY: N_("ohne Angabe"),
    FacetName.MIME_TYPE: N_("ohne Dateiformat"),
}
_TEXT_QUALITIES = {
    TextQuality.DIGITAL: N_("digitaler Text"),
    TextQuality.OCR: N_("aus einem Scan erkannt"),
    TextQuality.EMPTY: N_("kein Text"),
}
_MIME_TYPES = {
    "application/pdf": "PDF",
    "text/plain": N_("Text"),
    "text/html": "HTML",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.ms-excel": "Excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "image/jpeg": N_("JPEG-Bild"),
    "image/png": N_("PNG-Bild"),
    "image/tiff": N_("TIFF-Bild"),
}
_SORTS = {
    Sort.RELEVANCE: N_("Relevanz"),
    Sort.DATE_DESC: N_("Neueste zuerst"),
    Sort.DATE: N_("Älteste zuerst"),
    Sort.INDEXED_DESC: N_("Neu hier zuerst"),
}
REPORT_REASONS = {
    "urheberrecht": N_("Urheberrecht"),
    "personenbezogene-daten": N_("Personenbezogene Daten"),
    "sachlich-fehlerhaft": N_("Sachlich fehlerhaft"),
    "sonstiges": N_("Sonstiges"),
}
"""Why a reader reports a document; what operators read is German, whatever the language of the page was."""

_COMPLETIONS = {
    "word": N_("Wort"),
    "title": N_("Titel"),
    "reference": N_("Aktenzeichen"),
    "kommune": N_("Kommune"),
    "paper": N_("Vorgang öffnen"),
    "document": N_("Dokument öffnen"),
}
_PARAMETERS = {
    "q": N_("Suchbegriff"),
    "date_from": N_("Datum von"),
    "date_to": N_("Datum bis"),
    "date_missing": N_("ohne Datum"),
    "sort": N_("Sortierung"),
    "page": N_("Seite"),
    "per_page": N_("Treffer je Seite"),
    "cursor": N_("Fortsetzung"),
    "facets": N_("Filterlisten"),
    "facet_size": N_("Länge der Filterlisten"),
    "facet_query": N_("Suche in Filterlisten"),
    "date_interval": N_("Zeitraster"),
    "highlight": N_("Hervorhebung"),
    "snippets": N_("Zahl der Textauszüge"),
    "snippet_length": N_("Länge der Textauszüge"),
    "exact": N_("Nur genau diese Schreibweise"),
    "all_words": N_("nur mit allen Wörtern"),
    "boost_recent": N_("Neues bevorzugt"),
    "collapse": N_("Anzeige"),
    "kommune": N_("Kommune"),
    "paper_type": N_("Dokumenttyp"),
    "organization": N_("Gremium"),
    "mime_type": N_("Dateiformat"),
    "text_quality": N_("Textqualität"),
}
_PROBLEMS = {
    "repeated": N_("Die Angabe „%(name)s“ ist mehrfach angegeben. Gesucht wurde ohne sie."),
    "too_long": N_("Die Angabe „%(name)s“ ist zu lang (höchstens %(hint)s Zeichen). Gesucht wurde ohne sie."),
    "invalid_date": N_("Die Angabe „%(name)s“ ist kein gültiges Datum: „%(value)s“. Gesucht wurde ohne sie."),
    "invalid_number": N_(
        "Die Angabe „%(name)s“ muss eine ganze Zahl sein (%(hint)s), angegeben ist „%(value)s“. Gesucht wurde ohne sie."
    ),
    "invalid_choice": N_(
        "Die Angabe „%(name)s“ kennt den Wert „%(value)s“ nicht (möglich: %(hint)s). Gesucht wurde ohne sie."
    ),
    "conflict": N_("Die Angabe „%(name)s“ lässt sich hier nicht angeben. Gesucht wurde ohne sie."),
    "before_start": N_("Die Angabe „%(name)s“ liegt vor „Datum von“. Gesucht wurde ohne sie."),
    "too_deep": N_("Die Angabe „%(name)s“ reicht nur bis zum Treffer %(hint)s. Gesucht wurde ohne sie."),
}
_OTHER_PROBLEM = N_("Die Angabe „%(name)s“ ist ungültig: „%(value)s“. Gesucht wurde ohne sie.")
_HINTS = {"ab 1": N_("ab 1"), "1 bis 15": N_("1 bis 15"), "1 bis 1000": N_("1 bis 1000")}
_WARNINGS = {
    "too_many_expansions": N_("„%(detail)s“ steht für sehr viele Wörter. Gesucht wurde nach den häufigsten."),
    "index_outdated": N_("Die Suche wird gerade auf neue Regeln umgestellt. Bis dahin können einzelne Treffer fehlen."),
    "unbalanced_quote": N_("Ein Anführungszeichen hat kein Gegenstück. Es wurde nicht beachtet."),
    "dangling_operator": N_("Bei „%(detail)s“ fehlt ein Suchwort."),
    "unsupported_wildcard": N_(
        "Vor den Stern gehört ein Buchstabe oder eine Ziffer. „%(detail)s“ wurde ohne ihn gesucht."
    ),
    "too_deep": N_("Die Klammern sind zu tief geschachtelt. Die inneren wurden nicht beachtet."),
    "too_many_words": N_("Die Suche hat sehr viele Wörter. Die letzten, ab „%(detail)s“, wurden nicht beachtet."),
    "unbalanced_parenthesis": N_("Eine Klammer hat kein Gegenstück. Sie wurde nicht beachtet."),
    "unknown_field": N_("Das Suchfeld „%(detail)s“ gibt es nicht. Es wurde als Wort gesucht."),
    "nothing_inside": N_("In „%(detail)s“ steht kein Suchwort. Es wurde nicht beachtet."),
    "nested_field": N_("„%(detail)s“ steht in den Klammern eines anderen Suchfelds. Dort gilt nur das innere."),
    "no_words": N_("„%(detail)s“ enthält kein Suchwort. Gefunden wurde deshalb alles."),
    "unknown_kommune": N_("Die Kommune „%(detail)s“ ist hier nicht bekannt."),
    "invalid_date": N_("„%(detail)s“ ist kein Datum. Es wurde als Wort gesucht."),
}
_OTHER_WARNING = N_("Ein Teil der Eingabe wurde nicht verstanden und als einfache Wörter gesucht: „%(detail)s“.")

_ERRORS = {
    400: (
        N_("Anfrage nicht verständlich"),
        N_("Die Adresse oder die gesendeten Daten sind unvollständig oder falsch."),
    ),
    404: (N_("Nicht gefunden"), N_("Unter dieser Adresse gibt es nichts. Vielleicht hilft die Suche weiter.")),
    405: (N_("Nicht möglich"), N_("Diese Adresse lässt sich so nicht aufrufen.")),
    410: (
        N_("Nicht mehr verfügbar"),
        N_("Dieses Dokument wurde aus der Sammlung entfernt. Über die Suche finden Sie andere."),
    ),
    429: (
        N_("Zu viele Anfragen"),
        N_("Bitte warten Sie einen Moment und versuchen Sie es dann noch einmal."),
    ),
    500: (
        N_("Unerwarteter Fehler"),
        N_("Das hätte nicht passieren dürfen. Der Fehler wurde protokolliert."),
    ),
    503: (
        N_("Vorübergehend nicht verfügbar"),
        N_(
            "Die Suche ist im Moment nicht erreichbar. Das heißt nicht, dass es keine Treffer gibt. "
            "Bitte versuchen Sie es in wenigen Augenblicken noch einmal."
        ),
    ),
}
_OTHER_ERROR = (N_("Das hat nicht funktioniert"), N_("Die Anfrage konnte nicht beantwortet werden."))


def problem_text(problem: Problem) -> str:
    """Say what is wrong with a parameter and that it was left out."""
    name = gettext(_PARAMETERS.get(problem.parameter, problem.parameter))
    hint = gettext(_HINTS.get(problem.hint, problem.hint))
    text = gettext(_PROBLEMS.get(problem.code, _OTHER_PROBLEM))
    return text % {"name": name, "value": isolated(problem.value), "hint": hint}


def unsearched_text(problem: Problem, typed: str) -> str:
    """Say why nothing is searched: without its words a search would find everything."""
    if problem.code != "too_long":
        return gettext("Der Suchbegriff ist mehrfach angegeben. Gesucht wurde deshalb nichts.")
    text = gettext(
        "Ihre Suche hat %(number)s Zeichen, möglich sind %(most)s. Bitte kürzen Sie sie, zum Beispiel auf die "
        "wichtigsten Wörter. Gesucht wurde noch nichts."
    )
    return text % {"number": number(len(typed)), "most": number(MAX_QUERY_CHARS)}


def warning_text(warning: SearchWarning) -> str:
    """Say what the engine warns of."""
    return gettext(_WARNINGS.get(warning.code, _OTHER_WARNING)) % {"detail": isolated(warning.detail)}


def error_text(status: int) -> tuple[str, str]:
    """Return heading and explanation for an HTTP status."""
    heading, explanation = _ERRORS.get(status, _OTHER_ERROR)
    return gettext(heading), gettext(explanation)


def facet_title(name: FacetName) -> str:
    """Return what people call a facet."""
    return gettext(FACETS[name])


def sort_labels() -> dict[Sort, str]:
    """Return the orders of hits, each with its name."""
    return {sort: gettext(label) for sort, label in _SORTS.items()}


def completion_kinds() -> dict[str, str]:
    """Return what people call the kinds of completions; ``paper`` and ``document`` are titles that are opened."""
    return {kind: gettext(label) for kind, label in _COMPLETIONS.items()}


def value_label(name: FacetName, value: str) -> str:
    """Return how people call a value of a facet."""
    if value == MISSING:
        return gettext(_WITHOUT[name])
    if name is FacetName.TEXT_QUALITY and value in set(TextQuality):
        return gettext(_TEXT_QUALITIES[TextQuality(value)])
    return gettext(_MIME_TYPES.get(value, value)) if name is FacetName.MIME_TYPE else value
