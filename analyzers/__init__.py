"""German analysis: text in, index terms out. Pure: no input or output, no index, no service.

One concern per module: ``cleanup`` (extracted text), ``readability`` (whether it is any), ``tokens`` (where words begin
and end), ``folding`` (spelling variants), ``stemming`` (inflection), ``stop_words`` (function words of a question),
``german`` (the chains that put these together, for the index and for queries, side by side), ``ordering`` (names in
lists).
"""

from analyzers.boilerplate import boilerplate_lines
from analyzers.cleanup import clean_pages, clean_text
from analyzers.folding import fold_accents, fold_word, slug
from analyzers.german import STEMMERS, Form, GermanAnalysis, QueryWord, Step
from analyzers.glyphs import damaged_words, restore_letters
from analyzers.known_words import is_known
from analyzers.ordering import name_key
from analyzers.readability import Readability, readability
from analyzers.separable_verbs import is_particle, joined_verbs
from analyzers.spanning import QUOTES, joined, month_number, words_of_day
from analyzers.spans import word_spans
from analyzers.stop_words import GERMAN_STOP_WORDS, is_degree, parse_stop_words
from analyzers.synonyms import SynonymsError, built_in_synonyms, check_synonyms
from analyzers.tokens import Token, surfaces, tokenize

__all__ = [
    "GERMAN_STOP_WORDS",
    "QUOTES",
    "STEMMERS",
    "Form",
    "GermanAnalysis",
    "QueryWord",
    "Readability",
    "Step",
    "SynonymsError",
    "Token",
    "boilerplate_lines",
    "built_in_synonyms",
    "check_synonyms",
    "clean_pages",
    "clean_text",
    "damaged_words",
    "fold_accents",
    "fold_word",
    "is_degree",
    "is_known",
    "is_particle",
    "joined",
    "joined_verbs",
    "month_number",
    "name_key",
    "parse_stop_words",
    "readability",
    "restore_letters",
    "slug",
    "surfaces",
    "tokenize",
    "word_spans",
    "words_of_day",
]
