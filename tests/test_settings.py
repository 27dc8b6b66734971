"""Settings: sources, their order, and complaints."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from searchsvc.errors import InvalidSettings
from searchsvc.settings import Settings, find_config, load_settings, settings_table, shown_value


def test_defaults_hold_without_any_source():
    """Without files and variables every setting has its default."""
    assert load_settings({}) == Settings()


def test_later_sources_win(tmp_path: Path):
    """The environment wins over the named file, which wins over the defaults."""
    file = tmp_path / "mine.toml"
    file.write_text('port = 9001\nstemmer = "cistem"\n')
    settings = load_settings({"SEARCHSVC_CONFIG": str(file), "SEARCHSVC_PORT": "9002"})
    assert (settings.port, settings.stemmer, settings.host) == (9002, "cistem", "127.0.0.1")


def test_port_variable_is_accepted_and_yields_to_the_own_one():
    """PORT sets the port; SEARCHSVC_PORT says so more precisely and wins."""
    assert load_settings({"PORT": "8081"}).port == 8081
    assert load_settings({"PORT": "8081", "SEARCHSVC_PORT": "8082"}).port == 8082


def test_all_problems_are_reported_at_once(tmp_path: Path):
    """Misspelt names, wrong types and values out of range are listed together, with the name that was meant."""
    file = tmp_path / "mine.toml"
    file.write_text("worker_bach = 5\n")
    variables = {
        "SEARCHSVC_CONFIG": str(file),
        "PORT": "eighty",
        "SEARCHSVC_STEMMER": "snowball",
        "SEARCHSVC_WEB_WORKERS": "0",
        "SEARCHSVC_DATADIR": "x",
        "SEARCHSVC_PUBLIC_URL": "ftp://example.org",
        "SEARCHSVC_DATABASE_URL": "mysql://root:secret@db/x",
        "SEARCHSVC_OPARL_TIME_ZONE": "Europe/Köln",
    }
    with pytest.raises(InvalidSettings) as caught:
        load_settings(variables)
    text = str(caught.value)
    assert len(caught.value.problems) == 8
    assert "worker_bach: unknown setting; did you mean 'worker_batch'" in text
    assert "SEARCHSVC_DATADIR: unknown setting; did you mean 'data_dir'" in text
    assert "PORT: " in text
    assert "(is 'eighty')" in text
    assert "secret" not in text


def test_unreadable_and_broken_files_are_problems(tmp_path: Path):
    """A file that is missing or no TOML is named."""
    broken = tmp_path / "broken.toml"
    broken.write_text("port = = 3")
    for path, expected in ((broken, "not valid TOML"), (tmp_path / "none.toml", "cannot be read")):
        with pytest.raises(InvalidSettings, match=expected):
            load_settings({"SEARCHSVC_CONFIG": str(path)})


def test_sample_can_be_switched_off_by_a_zero():
    """SEARCHSVC_SAMPLE=0 starts empty."""
    assert load_settings({"SEARCHSVC_SAMPLE": "0"}).sample is False


def test_the_default_file_shows_every_setting_with_its_default():
    """config/default.toml lists each setting, commented out, with the default the code has."""
    path = find_config("default.toml")
    assert path is not None
    lines = path.read_text(encoding="utf-8").splitlines()
    shown = tomllib.loads("\n".join(line[1:] for line in lines if line.startswith("#") and not line.startswith("# ")))
    assert set(shown) == {row.name for row in settings_table()}
    for name, value in shown.items():
        assert Settings(**{name: value}) == Settings(), name


def test_settings_are_immutable_and_passwords_are_not_shown():
    """Nobody changes settings by accident, and the table of current values hides the database password."""
    settings = Settings(database_url="postgresql+psycopg://me:secret@host/db")
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
    assert shown_value(settings, "database_url") == '"postgresql+psycopg://***@host/db"'


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000")],
)
def test_the_own_address_can_be_reached_from_this_machine(host: str, url: str):
    """An address that listens everywhere is no address to call."""
    assert Settings(host=host).web_url == url


def test_backups_by_schedule_are_for_sqlite():
    """PostgreSQL has its own ways, which the message names; nobody is to believe that there are backups."""
    environ = {
        "SEARCHSVC_BACKUP_FOLDER": "/var/backups",
        "SEARCHSVC_DATABASE_URL": "postgresql+pg8000://me:geheim@host/db",
    }
    with pytest.raises(
        InvalidSettings, match=r"SEARCHSVC_BACKUP_FOLDER: backup_folder is for SQLite.*pg_dump"
    ) as caught:
        load_settings(environ)
    assert "geheim" not in str(caught.value)
