"""What the locks have: complete, with checksums, and under licences that an Apache-2.0 program may come with.

Needs no network, and nothing that is published later changes the result; advisories are asked for by ``make audit``.
"""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")

ALLOWED = frozenset(
    (
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0"),
        *("MIT-CMU", "PSF-2.0", "Unlicense", "Zlib"),
        "MPL-2.0",  # asks for nothing but its own files' source, which is public
    )
)
_COPYLEFT = re.compile(r"(?<!L)(?<!LESSER )\bA?GPL|AFFERO|GNU GENERAL", re.IGNORECASE)
_CLASSIFIERS = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
SAID_ELSEWHERE = {
    "pebble": "LGPL, which a program that imports it unchanged may be combined with under any licence",
    "pypdfium2": "BSD-3-Clause, Apache-2.0, and those of PDFium's own parts, all of the same kind",
}
"""Packages whose licence is no expression of allowed ones, and why they may be used all the same."""


def locked(lock: str) -> Iterator[tuple[Requirement, str]]:
    """Yield each requirement of a lock, and the whole entry."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text(encoding="utf-8")):
        if re.match(r"[A-Za-z0-9]", entry):
            yield Requirement(entry.splitlines()[0].rstrip(" \\")), entry


def licence_of(name: str) -> str:
    """Return what an installed package says its licence is, as an SPDX expression where that can be told."""
    metadata = importlib.metadata.metadata(name)
    if expression := metadata.get("License-Expression"):
        return str(expression)
    said = [one.rpartition("::")[2].strip() for one in metadata.get_all("Classifier") or () if "License ::" in one]
    if said and all(one in _CLASSIFIERS for one in said):
        return " AND ".join(_CLASSIFIERS[one] for one in said)
    return " AND ".join(said) or str(metadata.get("License") or "")


def is_allowed(expression: str) -> bool:
    """Tell whether a licence may be kept: all of what is joined by AND, one of what is joined by OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)

    def either() -> bool:
        found = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            found = both() or found
        return found

    def both() -> bool:
        found = single()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            found = single() and found
        return found

    def single() -> bool:
        if not tokens:
            return False
        token = tokens.pop(0)
        if token != "(":
            return token in ALLOWED
        found = either()
        return bool(tokens) and tokens.pop(0) == ")" and found

    return either() and not tokens


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_in_a_lock_has_one_version_and_checksums(lock: str):
    """Nothing else than what was looked at is ever installed."""
    found = list(locked(lock))
    assert len(found) > 20
    for requirement, entry in found:
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), requirement
        assert requirement.url is None, requirement


def test_the_lock_has_what_the_project_names():
    """A dependency that is not locked would be looked for on the day of the installation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {_normal(requirement.name) for requirement, _ in locked("requirements.lock")}
    assert {_normal(Requirement(one).name) for one in project["project"]["dependencies"]} <= names
    for group, lock in (("dev", "requirements-dev.lock"), ("bench", "requirements-bench.lock")):
        names = {_normal(requirement.name) for requirement, _ in locked(lock)}
        assert {_normal(Requirement(one).name) for one in project["dependency-groups"][group]} <= names


def test_what_is_installed_with_the_service_may_be():
    """Licences that ask for nothing but to be named; those that are not told as such are looked at by hand."""
    refused = {}
    for requirement, _ in locked("requirements.lock"):
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        licence = licence_of(requirement.name)
        assert not _COPYLEFT.search(licence), f"{requirement.name}: {licence}"
        if requirement.name not in SAID_ELSEWHERE and not is_allowed(licence):
            refused[requirement.name] = licence
    assert refused == {}


def test_nothing_that_tests_import_is_gpl():
    """Tests and tools are no part of what is given away, but their code runs in the same processes."""
    for requirement, _ in locked("requirements-dev.lock"):
        if requirement.marker is None or requirement.marker.evaluate():
            licence = licence_of(requirement.name)
            assert not _COPYLEFT.search(licence), f"{requirement.name}: {licence}"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("MIT AND (BSD-2-Clause OR LGPL-2.1-or-later)", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND AGPL-3.0-only", False),
        ("GPL-2.0-or-later", False),
        ("(MIT", False),
        ("", False),
    ],
)
def test_licences_are_understood(expression: str, expected: bool):
    """As SPDX writes them: one of several is enough for OR, all are needed for AND."""
    assert is_allowed(expression) is expected


def test_copyleft_is_recognised():
    """However it is called."""
    for name in ("AGPL-3.0", "GPL-2.0-only", "GNU General Public License v3 (GPLv3)", "GNU Affero General Public"):
        assert _COPYLEFT.search(name), name
    for name in ("LGPL", "GNU Library or Lesser General Public License (LGPL)", "LGPL-2.1-or-later"):
        assert not _COPYLEFT.search(name), name


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
