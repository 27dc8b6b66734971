"""``searchsvc install-units``: units that systemd accepts, and no file of somebody else's is overwritten."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.cli import main
from searchsvc.running.units import MIGRATE, WEB, WORKER, Place, quoted, units
from searchsvc.settings import Settings

NAMES = (MIGRATE, WEB, WORKER)
ANALYZE = shutil.which("systemd-analyze")


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the machine's own settings out."""
    for name in [name for name in os.environ if name.startswith("SEARCHSVC_") or name == "PORT"]:
        monkeypatch.delenv(name)


def install(data: Path, *arguments: str | Path, **variables: str) -> Result:
    environment = {"SEARCHSVC_DATA_DIR": str(data)} | variables
    return CliRunner().invoke(main, ["install-units", *map(str, arguments)], env=environment)


def verify(folder: Path, *options: str) -> str:
    assert ANALYZE is not None
    done = subprocess.run(
        [ANALYZE, "verify", "--man=no", *options, *(str(folder / name) for name in NAMES)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # What the machine's own units are accused of is not our fault.
    ours = [line for line in done.stderr.splitlines() if "searchsvc" in line]
    return "\n".join(ours)


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
@pytest.mark.parametrize("arguments", [(), ("--user",)], ids=["system", "user"])
@pytest.mark.parametrize("name", ["data", "Daten 100% \"der\" Stadt $HOME 'x'"])
@pytest.mark.usefixtures("clean")
def test_systemd_accepts_them(tmp_path: Path, arguments: tuple[str, ...], name: str) -> None:
    """Whatever the folders are called; each directive is known and each program is there."""
    done = install(tmp_path / name, "--folder", tmp_path / "units", *arguments)
    assert done.exit_code == 0, done.output
    assert verify(tmp_path / "units", *arguments) == ""


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
@pytest.mark.usefixtures("clean")
def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    """The check of the test above does find what systemd does not know."""
    install(tmp_path / "data", "--folder", tmp_path)
    unit = tmp_path / WEB
    unit.write_text(unit.read_text().replace("NoNewPrivileges=", "NoNewPrivilegs="))
    assert "NoNewPrivilegs" in verify(tmp_path)


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
@pytest.mark.usefixtures("clean")
def test_they_are_confined(tmp_path: Path) -> None:
    """Systemd's own measure of exposure: 10 is a service that may do anything."""
    install(tmp_path / "data", "--folder", tmp_path)
    for name in NAMES:
        done = subprocess.run(
            [str(ANALYZE), "security", "--offline=yes", "--no-pager", str(tmp_path / name)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
        assert found, done.stderr
        assert float(found[1]) < 3, done.stdout


@pytest.mark.usefixtures("clean")
def test_nothing_that_differs_is_overwritten(tmp_path: Path) -> None:
    """Twice is once; a file that was changed stays, and so do all others, until it is forced."""
    assert install(tmp_path / "data", "--folder", tmp_path).exit_code == 0
    again = install(tmp_path / "data", "--folder", tmp_path)
    assert (again.exit_code, again.output.count("unchanged")) == (0, 3)
    (tmp_path / WEB).write_text("mine\n")
    (tmp_path / WORKER).unlink()
    refused = install(tmp_path / "data", "--folder", tmp_path)
    assert (refused.exit_code, WEB in refused.output) == (1, True)
    assert ((tmp_path / WEB).read_text(), (tmp_path / WORKER).exists()) == ("mine\n", False)
    assert install(tmp_path / "data", "--folder", tmp_path, "--force").exit_code == 0
    assert "ExecStart=" in (tmp_path / WEB).read_text()


@pytest.mark.usefixtures("clean")
def test_it_is_said_what_to_run_and_what_is_missing(tmp_path: Path) -> None:
    """Variables that the units do not have are named, without their values, and so are relative paths."""
    done = install(
        tmp_path / "data", "--folder", tmp_path, SEARCHSVC_SMTP_PASSWORD="geheim", SEARCHSVC_BACKUP_FOLDER="sicherung"
    )
    assert "do not have SEARCHSVC_BACKUP_FOLDER, SEARCHSVC_SMTP_PASSWORD" in done.output
    assert "backup_folder = sicherung is below the working folder" in done.output
    assert f"systemctl enable --now {WEB} {WORKER}" in done.output
    assert "geheim" not in done.output + "".join((tmp_path / name).read_text() for name in NAMES)
    assert "loginctl enable-linger" in install(tmp_path / "d", "--folder", tmp_path / "u", "--user").output


@pytest.mark.usefixtures("clean")
def test_they_name_what_the_settings_name(tmp_path: Path) -> None:
    """Settings file, data folder and backup folder; what is in homes is not hidden from them."""
    file = tmp_path / "searchsvc.toml"
    file.write_text(f'backup_folder = "{tmp_path}/sicherung"\n')
    install(tmp_path / "data", "--folder", tmp_path, SEARCHSVC_CONFIG=str(file))
    text = (tmp_path / WORKER).read_text()
    assert f"Environment=SEARCHSVC_CONFIG={file}\n" in text
    assert f"ReadWritePaths={tmp_path}/data\nReadWritePaths={tmp_path}/sicherung\n" in text
    at_home = Place(
        "wer", None, Path("/home/wer/data"), (), Path("/opt/s"), Path("/opt/s/config/gunicorn.conf.py"), Path("/opt/b")
    )
    assert "ProtectHome=read-only" in units(at_home)[WEB]
    state = Place("wer", None, Path("/var/lib/rat"), (), Path("/opt/s"), Path("/opt/s/g.py"), Path("/opt/b"))
    assert "StateDirectory=rat\nStateDirectoryMode=0700\nProtectHome=yes\n" in units(state)[WEB]


def test_what_no_unit_can_hold_is_refused() -> None:
    """A line break in a path would be a directive."""
    with pytest.raises(ValueError, match="control characters"):
        units(Place.of(Settings(data_dir=Path("/a\nExecStart=/bin/x")), user="wer", config_file=None))


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1))
def test_words_are_one_word(text: str) -> None:
    """What systemd reads is what was meant."""
    if "\x7f" in text:
        return
    written = quoted(text)
    inner = written[1:-1] if written.startswith('"') else written
    read = re.sub(r"\\(.)", r"\1", inner).replace("%%", "%")
    assert read == text
    assert not re.search(r'(?<!\\)(?:\\\\)*"', inner)
