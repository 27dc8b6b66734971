"""Terms that span several tokens: what is written with signs or blanks inside, but looked for as one.

=====================================  ==============================================================================
written                                term
=====================================  ==============================================================================
2013/0456, V/2013/045, 60459/02        2013/456, v/2013/45, 60459/2: the reference without leading zeros
05.11.13, 5. November 2013             2013-11-05
§ 34, §34, §§ 34, 35 BauGB             §34, §35
12-21, 12 – 21                         12-21
Rhein-Erft-Kreis, Rhein-ErftKreis      rheinerftkreis
Kolleg*innen, Kolleg:innen             kolleginnen
Integrations- und Bildungsarbeit       integrationsarbeit: what the hyphen stands for
Straßenbau und -unterhaltung           strassenunterhaltung
Änderungs-/Ergänzungsantrag            aenderungsantrag
350.000, 350 000 Euro, 0,35 Mio.       350000
Paragraph 34                           §34
Bürger:innenbeteiligung                buergerbeteiligung
e. V., z.B.                            ev, zb
=====================================  ==============================================================================

The index has these beside the tokens, without positions. A query has them instead of or beside its tokens; blanks
inside are taken out of it first (``joined``), because blanks separate the words of a query. Words are folded; whoever
needs stems makes them.

Limits: "13./14. November" is the 14th only; the year 05 is 2005, 51 is 1951; of a stub whose other word is no compound
("Vor- und Nachteile") only the tokens are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from analyzers.abbreviations import in_full
from analyzers.compounds import split
from analyzers.folding import fold_word
from analyzers.parts import GENDERED_INSIDE

MAX_DIGITS = 100
"""Digits that a number may have to be read as one."""

# Every search begins with a sign, which is far quicker to find than the words around it.
_SIGN = re.compile(
    r"[-/*:_.·§–](?:(?<=[^\W_].)(?=[^\W_])|(?<=§)|(?<=[ \d][-–])(?=[ \d])|(?<=\w-)(?=[, /])|(?<=\s-)(?=\w))"
)
_CHAIN = re.compile(r"(?:[-/*:_.·][^\W_]+)+")
# "§ 34 a" has its letter apart, "§ 34 i. V. m." has none.
_NUMBER_OF_PARAGRAPH = r"\d+(?:\s?[a-z](?![\w.]))?\b"
_PARAGRAPH = re.compile(_NUMBER_OF_PARAGRAPH)
_PARAGRAPHS = re.compile(rf"§{{1,2}}\s*({_NUMBER_OF_PARAGRAPH}(?:\s*(?:,|und|bis|[-–])\s*{_NUMBER_OF_PARAGRAPH})*)")
# Longer numbers are none that anybody looks for, and Python refuses to read very long ones.
_DIGITS = rf"\d{{1,{MAX_DIGITS}}}"
_RANGE = re.compile(rf"\s?[-–]\s?({_DIGITS})\b")
_NUMBER_BEFORE = re.compile(r"(\d+)\s?$")
_STUB = re.compile(r"-(?:(?:,\s+[^\W\d_]+-)*\s+(?:und|oder|sowie|bzw\.|&|u\.)\s+|(?:/[^\W\d_]+-)*/)([^\W\d_]+)")
_LETTERS = re.compile(r"[^\W\d_]+")
_CONJUNCTIONS = ("und", "oder", "sowie", "bzw.", "&", "u.")
_WORDS_BEFORE_STUB = re.compile(r"([^\W\d_]+)\s+(?:und|oder|sowie|bzw\.|&|u\.)$")

_REFERENCE = re.compile(r"(?:[^\W\d_]{1,4}[-/])?\d+(?:/\d+)+")
_NUMBERS = re.compile(rf"{_DIGITS}-{_DIGITS}")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_HYPHENATED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_GENDERED = re.compile(r"([^\W\d_]{3,})[*:_/·]-?(innen|in)")
_GENDERED_COMPOUND = re.compile(r"([^\W\d_]{3,})[*:_/·]-?innen-?([^\W\d_]{3,})")
_GENDER_SIGN = re.compile(
    r"\b([^\W\d_]{3,})(?:[*:_/·]-?innen-?(?=[^\W\d_]{3})|[*:_/·]-?(innen|in)\b|\(-?(innen|in)\)|\((inn)\)(?=en\b)|[:_][enrs]\b)"
)
"""Where a word of a query goes on: Bürger:innenbeteiligung, Bürger:innen, Bürger(innen), Kolleg(inn)en, jede:r."""
_FIELDS = frozenset(("titel", "kommune", "datum", "typ"))
"""What a colon behind it makes the name of a field, and no person of."""

_ZEROS = {
    "t€": 3,
    "k€": 3,
    "teur": 3,
    "tsd": 3,
    "tausend": 3,
    "mio": 6,
    "million": 6,
    "millionen": 6,
    "mrd": 9,
    "milliarde": 9,
    "milliarden": 9,
}
"""Amounts in words: "3,5 Mio." is 3500000."""
_AMOUNT = re.compile(
    rf"(?<![\d.,])(\d{{1,6}})(?:,(\d{{1,6}}))?\s?({'|'.join(sorted(_ZEROS, key=len, reverse=True))})(?!\w)\.?",
    re.IGNORECASE,
)
_MAGNITUDES = ("mio", "milli", "mrd", "tsd", "tausend", "teur", "t€", "k€")
"""How all of these words begin; to look for them in small letters is many times quicker than for the digits before."""
_CHARS_OF_AMOUNT = 16
"""Characters before a magnitude that its digits can take up, and behind its start that it can."""
_MONEY = re.compile(r"(?:€|\bEUR\b)\s*(?=\d)|,(?:00|-+)(?!\w)|(?<=\d)\s*(?:€|EUR\b|Euro\b)")
"""What of an amount of money in a query is not looked for: many write the sign, many the word, many neither."""
_PARAGRAPH_IN_WORDS = re.compile(r"\bParagra(?:ph|f)(?:en)?\s+(\d+[a-z]?)\b", re.IGNORECASE)
_PERCENT = re.compile(r"(?<=\d)\s*(?:%|Prozent\b|v\.\s?H\.)")
"""Behind a number of a query, which is found without it: some write the sign, some the word."""
_SPACED_THOUSANDS = re.compile(r"(?<![^\W_])(?<![.,/-])(?<!\d )([1-9]\d{0,2}(?: \d{3}){1,3})(?![^\W_]|[/-]|[.,]\d| \d)")
"""A number in groups in a query. Telephone numbers are none: "0721 133 100"."""
_SPACED_GROUP = re.compile(r" (?<=\d )\d{3}(?![^\W_])")
_FIRST_GROUP = re.compile(r"[1-9]\d{0,2}")
MAX_DIGITS_OF_GROUP = 3
_GROUPS = 4
"""Groups of digits that are read as one number: 999 999 999 999."""
_HOUSE_NUMBER = re.compile(r"(?:(?<=[^\W\d_] )|(?<=[^\W\d_]\. ))(\d{1,3}) ([a-h])(?![\w.])")
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_]{2})(?:[-\u2010]\s+|¬\s*)(?!(?:und|oder|sowie|bzw|u)\b)(?=[a-zäöüß]{2})")
"""Where a line ended inside of a word that was copied from a PDF."""
_ABBREVIATION = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")

_MONTHS = (
    "januar jan",
    "februar feb",
    "märz mär",
    "april apr",
    "mai",
    "juni jun",
    "juli jul",
    "august aug",
    "september sept sep",
    "oktober okt",
    "november nov",
    "dezember dez",
)
# One group per month: which one matched tells the month. To look it up by its letters would miss those that are equal
# ignoring case only, as "Auguſt" and "August" are.
_NAMES = "|".join(f"({'|'.join(names.split())})" for names in _MONTHS)
_FIRST_MONTH = 3
_MONTH_NUMBERS = {fold_word(name): number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_WRITTEN_DATE = re.compile(rf"(?P<day>\d{{1,2}})\.\s?(?P<month>{_NAMES})\b\.?\s?(?P<year>\d{{4}})\b", re.IGNORECASE)
_MONTH = re.compile("|".join(sorted({names[:3].capitalize() for names in _MONTHS})))
# Most texts have no date with the name of a month, which is found out quickest by looking for the dot.
_DAY_AND_MONTH = re.compile(rf"\.(?<=\d\.)\s?(?:{'|'.join(' '.join(_MONTHS).split())})", re.IGNORECASE)
FIRST_YEAR_OF_TWO_DIGITS = 1950

_split = lru_cache(maxsize=50_000)(split)

_SPACED_PARAGRAPH = re.compile(rf"§{{1,2}}\s*{_NUMBER_OF_PARAGRAPH}(?:\s*,\s*{_NUMBER_OF_PARAGRAPH})*")
# "Gründungen und -festigungen", "Nord/ -Ost": the second word is not to be left out.
_STUB_AFTER = re.compile(r"(?:\b(und|oder|sowie|bzw\.)\s+-([a-zäöüß])|(/)\s*-([^\W\d_]))")
_SPACED_RANGE = re.compile(r"\b(\d+)\s+[-–]\s+(\d+)\b")
_SPACED_ROAD = re.compile(r"(?<![\w:])([ABKLS]) (\d{1,4})(?![^\W_]|[-/.,:]\d)")

QUOTES = '"„“”«»'
"""Marks that begin and end a phrase of a query, in any combination."""
_PHRASE = re.compile(rf"([{QUOTES}][^{QUOTES}]*[{QUOTES}])")


def spanning_terms(text: str) -> list[str]:
    """Return the terms of a cleaned text that span several of its tokens, folded, in order."""
    terms = _written_dates(text) if _DAY_AND_MONTH.search(text) else []
    terms += _amounts_in_words(text)
    at = text.find("aragra")
    while at >= 0:
        if match := _PARAGRAPH_IN_WORDS.match(text, max(0, at - 1)):
            terms.append(f"§{match[1]}")
        at = text.find("aragra", at + 1)
    terms += _spaced_thousands(text)
    done = 0
    for sign in _SIGN.finditer(text):
        at = sign.start()
        if at < done:
            continue
        if text[at] == "§":
            if paragraphs := _PARAGRAPHS.match(text, at):
                for number, *letter in map(str.split, _PARAGRAPH.findall(paragraphs[1])):
                    # What stands apart may be a letter of the paragraph or a word of its own.
                    terms += [f"§{number}{letter[0]}", f"§{number}"] if letter else [f"§{number}"]
                done = paragraphs.end()
            continue
        chain = _CHAIN.match(text, at)
        start = _start_of_word(text, at)
        if chain is None or start == at:
            terms += _of_stub_or_range(text, at)
            continue
        terms += _of_chain(text[start : chain.end()])
        done = chain.end()
    return terms


def _amounts_in_words(text: str) -> list[str]:
    lowered = text.lower()
    found: dict[int, str] = {}
    for magnitude in _MAGNITUDES:
        at = lowered.find(magnitude)
        while at >= 0:
            if lowered[max(0, at - 2) : at].strip()[-1:].isdecimal():
                for amount in _AMOUNT.finditer(lowered, max(0, at - _CHARS_OF_AMOUNT), at + _CHARS_OF_AMOUNT):
                    if amount.start(3) == at and (number := _number_of(amount)):
                        found[at] = number
            at = lowered.find(magnitude, at + 1)
    return [found[at] for at in sorted(found)]


def _spaced_thousands(text: str) -> list[str]:
    """Return every run of groups of digits as one number, whatever is beside it.

    What a query takes for a number (``_SPACED_THOUSANDS``) is then found wherever its words follow each other.
    """
    terms: list[str] = []
    numbers: list[str] = []
    end = -1
    for group in _SPACED_GROUP.finditer(text):
        at = group.start()
        if at != end:
            start = at
            while start > 0 and at - start <= MAX_DIGITS_OF_GROUP and text[start - 1].isalnum():
                start -= 1
            numbers = [first] if _FIRST_GROUP.fullmatch(first := text[start:at]) else []
        digits = text[at + 1 : group.end()]
        numbers = [number + digits for number in numbers if len(number) <= MAX_DIGITS_OF_GROUP * (_GROUPS - 1)]
        terms += numbers
        if _FIRST_GROUP.fullmatch(digits):
            numbers.append(digits)
        end = group.end()
    return terms


def _written_dates(text: str) -> list[str]:
    return [
        _iso(date)
        for month in _MONTH.finditer(text)
        if (date := _WRITTEN_DATE.search(text, max(0, month.start() - 4), month.start() + 20))
    ]


def joined(query: str) -> str:
    """Return a query with the blanks taken out that are inside of what is looked for as one, and hyphens of stubs.

    Phrases stay as they are, because their words are looked for one by one.

    >>> joined("§§ 34, 35 BauGB vom 5. November 2013, Seite 12 – 21")
    '§34 §35 BauGB vom 05.11.2013, Seite 12-21'
    """
    # Every second piece is a phrase.
    return "".join(piece if at % 2 else _joined(piece) for at, piece in enumerate(_PHRASE.split(query)))


def _joined(query: str) -> str:
    query = _BROKEN_WORD.sub("", query)
    query = _GENDER_SIGN.sub(_in_one_word, query)
    query = GENDERED_INSIDE.sub(r"\1\2", query)
    query = _PARAGRAPH_IN_WORDS.sub(r"§\1", query)
    query = _AMOUNT.sub(lambda match: _number_of(match) or match.group(), query)
    query = _MONEY.sub("", query)
    query = _PERCENT.sub("", query)
    query = _SPACED_THOUSANDS.sub(lambda match: match[1].replace(" ", ""), query)
    query = _HOUSE_NUMBER.sub(r"\1\2", query)
    query = _SPACED_PARAGRAPH.sub(
        lambda match: " ".join(f"§{''.join(number.split())}" for number in _PARAGRAPH.findall(match.group())), query
    )
    query = _STUB_AFTER.sub(r"\1\3 \2\4", query)
    query = _WRITTEN_DATE.sub(lambda match: ".".join(reversed(_iso(match).split("-"))), query)
    query = _SPACED_ROAD.sub(r"\1\2", query)
    return _SPACED_RANGE.sub(r"\1-\2", query)


@lru_cache(maxsize=100_000)
def _of_chain(written: str) -> tuple[str, ...]:
    """Return what is looked for when words and numbers are connected by signs."""
    return tuple(_terms_of_chain(written))


def _terms_of_chain(written: str) -> Iterator[str]:
    if _HYPHENATED.fullmatch(written):
        *before, last = written.split("-")
        yield fold_word("".join(before) + in_full(last))
    elif _ISO_DATE.fullmatch(written):
        yield written
    elif _REFERENCE.fullmatch(written):
        yield reference(written)
    elif date := _DATE.fullmatch(written):
        yield _numeric_date(int(date[1]), int(date[2]), date[3])
    elif _NUMBERS.fullmatch(written):
        yield "-".join(str(int(number)) for number in written.split("-"))
    elif _THOUSANDS.fullmatch(written):
        yield written.replace(".", "")
    elif gendered := _GENDERED.fullmatch(written):
        yield fold_word(gendered[1] + gendered[2])
    elif compound := _GENDERED_COMPOUND.fullmatch(written):
        yield fold_word(compound[1] + compound[2])
    elif _ABBREVIATION.fullmatch(written):
        yield fold_word(written.replace(".", ""))
    else:
        # "Brühl-Ost/West", "Az.:2013/0456", "siehe:12.11.2013": what is inside may be one of the above.
        for inner in re.findall(
            r"\d{4}-\d\d-\d\d|\d+(?:/\d+)+|\d{1,2}\.\d{1,2}\.\d{2,4}|[^\W\d_]+(?:-[^\W\d_]+)+", written
        ):
            yield from _of_chain(inner) if inner != written else ()


def month_number(name: str) -> int | None:
    """Return the number of a month by its name or an abbreviation, in any spelling; None for other words.

    >>> month_number("Oktober"), month_number("MAERZ"), month_number("Radweg")
    (10, 3, None)
    """
    return _MONTH_NUMBERS.get(fold_word(name.rstrip(".")))


def words_of_day(term: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]] | None:
    """Return the words that a day, given as a term, is written with: its day, its month, its year; None for others.

    >>> [sorted(words) for words in words_of_day("2013-11-05")]
    [['05', '5'], ['11', 'nov', 'november'], ['13', '2013']]
    """
    if not _ISO_DATE.fullmatch(term):
        return None
    year, month, day = term.split("-")
    names = _MONTHS[int(month) - 1].split() if 1 <= int(month) <= 12 else ()
    return frozenset((day, str(int(day)))), frozenset((month, str(int(month)), *names)), frozenset((year, year[2:]))


def reference(written: str) -> str:
    """Return a reference without leading zeros: "2013/0456" is 2013/456."""
    parts = re.split("[-/]", fold_word(written))
    return "/".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


def _of_stub_or_range(text: str, at: int) -> Iterator[str]:
    if spaced := _RANGE.match(text, at - 1 if text[at - 1 : at] == " " else at):
        before = _NUMBER_BEFORE.search(text[max(0, at - 12) : at])
        if before:
            yield f"{int(before[1])}-{int(spaced[1])}"
    elif stub := _STUB.match(text, at):
        yield from _completed(text[_start_of_word(text, at) : at], stub[1])
    elif (
        at
        and text[at - 1].isspace()
        and (after := _LETTERS.match(text, at + 1))
        and (words := text[max(0, at - 80) : at].rstrip()).endswith(_CONJUNCTIONS)
        and (before := _WORDS_BEFORE_STUB.search(words))
    ):
        parts = _split(before[1])
        if len(parts) > 1:
            yield "".join(parts[:-1]) + fold_word(after.group())


def _completed(stub: str, word: str) -> Iterator[str]:
    """Yield the words that "STUB- und WORD" stands for: one for each part at which the other word can be cut."""
    parts = _split(word)
    first = fold_word(stub)
    if first.isalpha():
        for cut in range(1, len(parts)):
            yield first + "".join(parts[cut:])


def _in_one_word(gendered: re.Match[str]) -> str:
    if gendered[1].lower() in _FIELDS:
        return gendered[0]
    return gendered[1] + (gendered[2] or gendered[3] or gendered[4] or "")


def _number_of(amount: re.Match[str]) -> str | None:
    """Return an amount in words as a whole number; None when it is none: "3,5 Mio." is 3500000."""
    whole, fraction, magnitude = amount.groups()
    zeros = _ZEROS[magnitude.lower()] - len(fraction or "")
    return f"{whole}{fraction or ''}{'0' * zeros}".lstrip("0") if zeros >= 0 else None


def _start_of_word(text: str, end: int) -> int:
    start = end
    while start and (text[start - 1].isalnum()):
        start -= 1
    return start


def _iso(match: re.Match[str]) -> str:
    month = next(number for number in range(1, 13) if match[_FIRST_MONTH - 1 + number] is not None)
    return f"{int(match['year']):04}-{month:02}-{int(match['day']):02}"


def _numeric_date(day: int, month: int, year_digits: str) -> str:
    year = int(year_digits)
    if len(year_digits) == 2:
        year += 1900 if year + 1900 >= FIRST_YEAR_OF_TWO_DIGITS else 2000
    return f"{year:04}-{month:02}-{day:02}"
