"""The documentation: it names everything there is, its links lead somewhere, and nothing of our machines is in it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from werkzeug.exceptions import default_exceptions

from searchsvc.cli import main
from searchsvc.errors import UnreadableFile
from searchsvc.indexing.verification import TROUBLE as DAMAGE
from searchsvc.settings import SettingRow, settings_table
from searchsvc.web.http.errors import INTERNAL, TABLE, answer_for

ROOT = Path(__file__).parent.parent
NOT_OURS = {"build", "data", "dist", "node_modules"}
HTTP_STATUSES = (400, 404, 405, 408, 413, 415, 429)
REGISTRY_HOSTS = (b"pypi" + b".org", b"files.pythonhosted" + b".org")
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|root|home)(?![\w-])")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def files() -> list[Path]:
    """Return the project's files: what git tracks or would track, or everything where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0 and listing.stdout:
        found = {ROOT / os.fsdecode(name) for name in listing.stdout.split(b"\0") if name}
        return sorted(path for path in found if path.is_file())
    return sorted(walk(ROOT))


def walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in NOT_OURS or path.name.endswith((".egg-info", "__pycache__")):
            continue
        if path.is_dir():
            yield from walk(path)
        else:
            yield path


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def doc(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Return the text below each second-level heading, subsections included."""
    _, *parts = re.split(r"^## ", FENCE.sub(lambda match: match[0].replace("\n#", "\n "), text), flags=re.MULTILINE)
    return {heading.strip(): body for heading, _, body in (part.partition("\n") for part in parts)}


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each row of each table."""
    for line in text.splitlines():
        if line.startswith("|"):
            yield re.split(r"\s*\|\s*", line.strip("| "))


def codes(text: str, column: int) -> set[str]:
    """Return what stands as code, and nothing else, in a column of the tables of a text."""
    return {match[1] for cells in rows(text) if (match := re.fullmatch(r"`([a-z_]+)`", cells[column]))}


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


COMMANDS = tuple(commands(main, "searchsvc"))


def warning_codes() -> set[str]:
    """Return the first argument of every warning that the index makes."""
    found: set[str] = set()
    for path in sorted((ROOT / "index").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if called in ("SearchWarning", "_warn") and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def error_codes() -> set[str]:
    """Return every code that the table of errors can answer with."""
    found = {INTERNAL.code}
    for rule in TABLE:
        if rule.code is not None:
            found.add(rule.code)
        elif rule.error is UnreadableFile:
            found.update(UnreadableFile.REASONS)
        else:
            found.add(str(rule.error.kind))  # type: ignore[attr-defined]
    return found | {answer_for(default_exceptions[status]()).code for status in HTTP_STATUSES}


def anchors(path: Path) -> set[str]:
    """Return the names that headings of a document can be linked by, made the way code hosts make them."""
    headings = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("row", settings_table(), ids=lambda row: row.name)
def test_every_setting_is_documented_with_its_default(row: SettingRow):
    """docs/settings.md has a row for each setting with its variable and default."""
    default = f"`{row.default}`" if row.default else "unset"
    found = [cells for cells in rows(doc("settings.md")) if cells[0] == f"`{row.name}`"]
    assert len(found) == 1
    assert found[0][1:3] == [f"`{row.variable}`", default]
    assert found[0][3]


def test_no_setting_is_documented_that_does_not_exist():
    """docs/settings.md has no row for a setting of former times."""
    named = {cells[0].strip("`") for cells in rows(doc("settings.md")) if len(cells) == 4 and cells[0].startswith("`")}
    assert named == {row.name for row in settings_table()}


@pytest.mark.parametrize("row", settings_table(), ids=lambda row: row.name)
def test_every_setting_is_in_the_default_file_with_its_default(row: SettingRow):
    """config/default.toml shows each setting, commented out, with its default and its variable."""
    text = (ROOT / "config" / "default.toml").read_text(encoding="utf-8")
    default = row.default or '""'
    assert f"\n#{row.name} = {default}\n" in text
    assert f"[{row.variable}]" in text


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_and_option_is_documented(path: str, command: click.Command):
    """docs/cli.md has a section for each command that names all of its options and arguments."""
    section = sections(doc("cli.md")).get(path)
    assert section is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            for name in parameter.opts:
                assert re.search(rf"`{re.escape(name)}\b", section), name
        else:
            for word in re.findall(r"[A-Z]+", parameter.make_metavar(click.Context(command))):
                assert re.search(rf"\b{word}\b", section), word


def test_no_command_is_documented_that_does_not_exist():
    """docs/cli.md has no section for a command of former times."""
    named = {heading for heading in sections(doc("cli.md")) if heading.startswith("searchsvc ")}
    assert named == {path for path, _ in COMMANDS}


def test_every_route_is_documented(web_app: Flask):
    """docs/api.md has each route with each of its methods in a table, and no other."""
    existing = set()
    for rule in web_app.url_map.iter_rules():
        if rule.endpoint != "static":
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: f"<{match[1].removeprefix('document_')}>", rule.rule)
            existing |= {f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    named = {
        cells[0].strip("`") for cells in rows(doc("api.md")) if re.match(r"`(?:GET|POST|PUT|PATCH|DELETE) /", cells[0])
    }
    assert named == existing


def test_every_warning_is_documented():
    """docs/api.md lists exactly the codes of the warnings that the index makes."""
    section = doc("api.md").partition("### Warnings")[2].partition("\n## ")[0]
    assert codes(section, 0) == warning_codes()
    assert len(warning_codes()) > 5


def test_every_error_is_documented():
    """docs/api.md lists exactly the codes that the table of errors answers with."""
    section = sections(doc("api.md"))["Errors"]
    assert codes(section, 1) == error_codes()


def test_every_name_of_readiness_has_a_section():
    """docs/readiness.md has a section for each problem, warning and work of the worker, and no other."""
    package = ROOT / "searchsvc"
    readiness = (package / "web" / "http" / "readiness.py").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:yield |problems\[|warnings\[)"([\w-]+)"', readiness))
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "PeriodicThread" in text or "troubles" in text:
            named |= set(re.findall(r'super\(\).__init__\("([\w-]+)", \w+, (?:self\._told|troubles)\)', text))
            named |= set(re.findall(r'\.tell\("([\w-]+)"', text))
    assert set(sections(doc("readiness.md"))) == named | {DAMAGE, "synonyms", "stop_words"}
    assert len(named) > 12


def test_every_log_event_is_documented():
    """docs/operating.md lists exactly the events that the service logs."""
    found: set[str] = set()
    for path in sorted((ROOT / "searchsvc").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        found.update(re.findall(r"""\b(?:_log\.\w+|level)\(\s*"(\w+)\"""", source))
    section = sections(doc("operating.md"))["Log"]
    assert {event for cells in rows(section) for event in re.findall(r"`([a-z_]+)`", cells[0])} == found


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path):
    """Each relative link of a document leads to a file of the project, and to a heading of it if it names one."""
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.is_relative_to(ROOT.resolve()), target
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), target


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_no_folders_of_our_machines(path: Path):
    """What a document shows works on any machine."""
    assert MACHINE_PATH.findall(path.read_text(encoding="utf-8")) == []


def test_no_file_names_a_package_registry():
    """Where packages come from is for each installation to say."""
    naming = [
        str(path.relative_to(ROOT)) for path in files() if any(host in path.read_bytes() for host in REGISTRY_HOSTS)
    ]
    assert naming == []
