"""The wheel: built from this tree and installed where nothing else is, it serves the sample from an empty folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of an environment that has the wheel; what it needs besides is this environment's."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir"]
    subprocess.run([*build, folder, ROOT], check=True, capture_output=True, timeout=150)
    (wheel,) = folder.glob("searchsvc-*.whl")
    venv.create(folder / "venv", with_pip=False)
    packages = next((folder / "venv" / "lib").glob("python*/site-packages"))
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", packages, wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=150)
    # Files that name paths are read in the environment's own folder only, so the checkout is not found this way.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin" / "python"


@pytest.fixture
def port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(program: Path, port: int, tmp_path: Path) -> Iterator[str]:
    """The address of the service, started in an empty folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SEARCHSVC_", "PYTHON"))}
    with (tmp_path / "log").open("wb") as log:
        empty = tmp_path / "empty"
        empty.mkdir()
        process = subprocess.Popen(
            [program, "-m", "searchsvc", "serve"],
            cwd=empty,
            env=environment | {"PORT": str(port)},
            stdout=log,
            stderr=log,
        )
        try:
            deadline = time.monotonic() + 120
            while b"searchsvc is ready" not in (tmp_path / "log").read_bytes():
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def test_the_wheel_serves_the_sample_from_an_empty_folder(served: str, tmp_path: Path) -> None:
    """Pages, style, searches and the analysis' lists are all inside; data lies in the folder it was started in."""
    with urlopen(f"{served}/api/v1/search?q=Bruehl+Integrationszentrum") as answer:
        assert json.load(answer)["total"] >= 1
    with urlopen(f"{served}/?q=Radweg") as answer:
        page = answer.read().decode()
    assert "<mark>" in page
    assert "/static/" in page
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["data"]


def test_the_wheel_knows_its_version(program: Path, tmp_path: Path) -> None:
    """``--version`` needs no checkout and no tags."""
    command = [program, "-m", "searchsvc", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("searchsvc, version 0.")
