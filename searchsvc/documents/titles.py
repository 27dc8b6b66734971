"""Titles that read like titles, made of what programs and people write instead: names of files.

``Microsoft Word – 20220908_TOP3_Anlage.docx`` is "TOP 3 Anlage, 08.09.2022". Limits: words glued together stay so, and
so do umlauts written as ae, oe, ue.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote

from searchsvc.documents.text import clean_line

_FILE_SUFFIX = re.compile(
    r"\.(?:docx?|docm|dotx?|xlsx?|xlsm|csv|pptx?|ppsx?|odt|ods|odp|rtf|pdf|indd|qxd|vsdx?|dwg|tiff?|jpe?g|png|txt|html?|wpd)"
    r"(?=$|\))",
    re.IGNORECASE,
)
_PROGRAM_PREFIX = re.compile(
    r"^(?:(?:Microsoft|MS) (?:Office )?(?:Word|Excel|PowerPoint|Outlook|Publisher|Visio)|LibreOffice \w+|"
    r"(?:Open|Star)Office(?:\.org)? \w+|PowerPoint-Präsentation)\s*[-–—:]\s*",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\((.*)\)")
_FOLDERS = re.compile(r"\A.*[\\/]")
_ABSOLUTE = re.compile(r"(?:[a-z]:|file:|\.{1,2})?[\\/]", re.IGNORECASE)
_GLUE = re.compile(r"[_\s]+|(?<=\w)\+(?=\w)")
_UNDERSCORE = re.compile(r"(?<=\w)_+(?=\w)|_+(?=\s)|(?<=\s)_+")
_HYPHENS = re.compile(r"(?<=[^\W\d_])-(?=[^\W_])|(?<=\d)-(?=[^\W\d_])")
_TOP = re.compile(r"(?<![^\W\d_])(?:TOP|Top|top)[ .-]?0*(\d{1,3}(?:[.-]\d{1,2})?(?![\d.]))")
_NUMBERED = re.compile(r"(?<=[a-zäöüß]{4})(?=\d{1,3}(?!\d))")
_DATE = re.compile(
    r"(?<![\d.])(?:(?P<y>(?:19|20)\d\d)(?P<s>[-. ]?)(?P<m>\d\d)(?P=s)(?P<d>\d\d)"
    r"|(?P<d2>\d{1,2})(?P<s2>[-. ])(?P<m2>\d{1,2})(?P=s2)(?P<y2>(?:19|20)\d\d))(?![\d])"
)
_REPEATED = re.compile(r"\b(\w{4,})(?: \1\b)+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_EDGES = " -–—,;_"
_MIN_WORDS_WITH_HYPHENS = 2


def is_file_name(title: str) -> bool:
    """Tell whether a title is the name of a file: by its ending, or by what stands for its spaces."""
    line = _PROGRAM_PREFIX.sub("", _without_brackets(title))
    return bool(_FILE_SUFFIX.search(line)) or (" " not in line and ("_" in line or "%20" in line))


def readable_title(title: str) -> str | None:
    """Return a title without what programs add to it, names of files as words with their date at the end.

    None if there is no word in it. Idempotent.
    """
    line = _without_brackets(clean_line(title))
    if not is_file_name(line):
        line = " ".join(_UNDERSCORE.sub(" ", _PROGRAM_PREFIX.sub("", line)).split())
        return line if _WORD.search(line) else None
    line = _FILE_SUFFIX.sub("", _without_folders(unquote(_PROGRAM_PREFIX.sub("", line))))
    if " " not in line and len(_HYPHENS.findall(line)) >= _MIN_WORDS_WITH_HYPHENS and "_" not in line:
        line = _HYPHENS.sub(" ", line)
    line = _GLUE.sub(" ", line)
    days: list[str] = []
    line = _DATE.sub(lambda match: _taken_out(match, days), line)
    line = _NUMBERED.sub(" ", _TOP.sub(r"TOP \1", line))
    line = _REPEATED.sub(r"\1", " ".join(line.split())).strip(_EDGES)
    if not _WORD.search(line):
        return None
    return ", ".join((line[0].upper() + line[1:], *dict.fromkeys(days)))


def _without_brackets(title: str) -> str:
    """Return what is in brackets that some programs write around a file's name."""
    match = _IN_BRACKETS.fullmatch(title.strip())
    return match[1] if match and (_PROGRAM_PREFIX.search(match[1]) or _FILE_SUFFIX.search(match[1])) else title


def _without_folders(path: str) -> str:
    """Return the last part of a path; a number with a slash ("Vorlage 12/2020") is none."""
    name = _FOLDERS.sub("", path)
    is_path = _ABSOLUTE.match(path) or "\\" in path or " " not in path
    return name if is_path and _WORD.search(_FILE_SUFFIX.sub("", name)) else path


def _taken_out(match: re.Match[str], days: list[str]) -> str:
    year, month, day = (match[first] or match[second] for first, second in (("y", "y2"), ("m", "m2"), ("d", "d2")))
    try:
        days.append(f"{date(int(year), int(month), int(day)):%d.%m.%Y}")
    except ValueError:
        return match[0]
    return " "
