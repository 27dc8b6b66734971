"""The files of the container and those that catalogues read: they name what is there, and say what the package says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from searchsvc.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
PACKAGE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read_yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    """Return keyword and rest of each instruction of the Dockerfile, on one line each."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if line]


def of(keyword: str) -> list[str]:
    return [rest for name, rest in instructions() if name == keyword]


def test_the_image_has_all_that_the_wheel_has() -> None:
    """Every folder and file that the package is made of is copied, and the build may see it."""
    copied = {word for rest in of("COPY") if not rest.startswith("--from") for word in rest.split()[:-1]}
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    needed = set(build["targets"]["wheel"]["only-include"]) | {PACKAGE["readme"], *PACKAGE["license-files"]}
    assert copied == needed | {"pyproject.toml", "requirements.lock"}
    seen = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert seen == copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_is_of_a_python_that_the_package_knows() -> None:
    """Both stages are of the same image, whose Python is one that the lock has wheels for."""
    images = {rest.split()[0] for rest in of("FROM")}
    assert len(images) == 1
    found = re.match(r"python:3\.(\d+)-", images.pop())
    assert found
    assert 11 <= int(found[1]) < 15


def test_the_image_runs_as_nobody_who_may_do_anything() -> None:
    """By number, so that it can be told without the image; health is asked where the service answers."""
    assert of("USER") == ["10001:10001"]
    order = [name for name, _ in instructions()]
    assert order.index("USER") < order.index("CMD")
    assert "/healthz" in of("HEALTHCHECK")[0]
    assert "tesseract-ocr-deu" in " ".join(of("RUN"))


def settings_in_files() -> list[tuple[str, str]]:
    inside = re.findall(rf"{PREFIX}(\w+)=(\S+)", " ".join(of("ENV")))
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    composed = re.findall(rf"^ *(?:# )?{PREFIX}(\w+): \"?([^\"\s]+)", text, flags=re.MULTILINE)
    return [pair for pair in inside + composed if pair[0] != "CONFIG"]


@pytest.mark.parametrize(("name", "value"), settings_in_files())
def test_settings_are_ones_that_exist(name: str, value: str) -> None:
    """Also those that are only shown; and each value is a valid one."""
    assert Settings(**{name.lower(): value})


def test_compose_confines_the_service() -> None:
    """Published to this machine only, without privileges, with nothing writable but data and /tmp."""
    service = read_yaml("compose.yaml")["services"]["searchsvc"]
    assert service["ports"] == ["127.0.0.1:8000:8000"]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    volume, _, target = service["volumes"][0].partition(":")
    assert volume in read_yaml("compose.yaml")["volumes"]
    assert of("VOLUME") == [target]


def test_catalogues_are_told_what_the_package_says() -> None:
    """Version, licence and languages agree, and what publiccode.yml must have is there, in its limits."""
    code, citation = read_yaml("publiccode.yml"), read_yaml("CITATION.cff")
    assert str(code["softwareVersion"]) == str(citation["version"]) == PACKAGE["version"]
    assert code["legal"]["license"] == citation["license"] == PACKAGE["license"]
    assert set(code["description"]) == set(code["localisation"]["availableLanguages"]) == {"de", "en"}
    for text in code["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert all(len(feature) <= 100 for feature in text["features"])
    assert {"name", "url", "platforms", "categories", "developmentStatus", "softwareType", "maintenance"} <= set(code)
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
