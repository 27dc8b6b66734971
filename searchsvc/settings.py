"""Settings: one table of name, type, default and meaning, read from files and the environment.

Later sources win: the defaults here, ``config/default.toml``, the file named by ``SEARCHSVC_CONFIG``, environment
variables ``SEARCHSVC_<NAME>`` (and ``PORT``). Everything that is wrong is reported at once.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from searchsvc.errors import InvalidSettings
from searchsvc.mailboxes import parse_mailbox
from searchsvc.path_prefixes import check_prefix
from searchsvc.shown import shown_address, shown_text

PREFIX = "SEARCHSVC_"
CONFIG_VARIABLE = "SEARCHSVC_CONFIG"
WARN_FREE_MB = 500
"""With less room left for the data folder operators are warned, whatever ``ready_min_free_mb`` is."""

_PASSWORD = re.compile(r"(://[^:/@]*:)([^@]*)@")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
_LOCAL_DOMAINS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_Limit = Annotated[int, Field(ge=0, le=10_000_000)]
_Megabytes = Annotated[int, Field(ge=1, le=1_000_000)]


class Settings(BaseModel):
    """All settings of the service. Immutable; building one reads neither files nor the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    data_dir: Path = Field(
        default=Path("data"),
        description="Folder of everything the service keeps: store, originals, index. Relative to the working folder.",
    )
    host: str = Field(
        default="127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 listens on all networks."
    )
    port: int = Field(default=8000, ge=1, le=65_535, description="TCP port to listen on. PORT sets it as well.")
    public_url: str | None = Field(
        default=None,
        description="Address people reach the service at, for absolute links (https://suche.example.de). With a path "
        "(https://stadt.example/ratssuche/), everything is served below it. Unset: taken from each request.",
    )
    site_name: str = Field(
        default="", max_length=60, description="What the pages call the service. Empty: Ratsdokumente."
    )
    logo: Path | None = Field(
        default=None, description="SVG, PNG, JPEG or WebP file shown beside the name, 28 pixels high. Unset: an icon."
    )
    contact: str = Field(
        default="", description="Where readers turn to: an e-mail address or a web address. Empty: no link."
    )
    imprint: str = Field(default="", description="Impressum: a Markdown file or a web address. Empty: no page.")
    privacy: str = Field(default="", description="Datenschutz: a Markdown file or a web address. Empty: no page.")
    accessibility: str = Field(
        default="", description="Barrierefreiheit: a Markdown file or a web address. Empty: no page."
    )
    offer_to_crawlers: bool = Field(
        default=False,
        description="Whether search engines are offered documents (robots.txt, sitemap.xml, X-Robots-Tag).",
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the document store. Unset: SQLite file searchsvc.db in data_dir. "
        "PostgreSQL: postgresql+pg8000://user:password@host/name (pip install pg8000).",
    )
    sample: bool = Field(default=True, description="Whether an empty store is filled with the sample collection.")
    stemmer: Literal["pystemmer", "snowball-nltk", "cistem", "none"] = Field(
        default="pystemmer", description="German stemmer. Changing it makes the worker build the index anew."
    )
    stop_words: Path | None = Field(
        default=None,
        description="File with the words of a question that do not count, like config/stopwords.txt. "
        "Unset: that list, which is built in. Changing it needs no new index.",
    )
    synonyms: Path | None = Field(
        default=None,
        description="File with synonyms and abbreviations. Unset: config/synonyms.txt if there is one, else that list, "
        "which is built in. Changes take effect within seconds and need no new index.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")
    log_format: Literal["json", "text"] = Field(
        default="text", description="Log lines as JSON objects or as text for people; always on standard error."
    )
    web_workers: int = Field(default=2, ge=1, le=256, description="Number of web server processes.")
    web_threads: int = Field(default=4, ge=1, le=256, description="Number of threads of each web server process.")
    web_lasting_threads: int = Field(
        default=16,
        ge=1,
        le=1_024,
        description="Number of threads of each web server process for what clients can draw out: uploads, writes, "
        "exports, files.",
    )
    client_patience_s: float = Field(
        default=20.0,
        ge=0.5,
        le=3_600,
        description="Longest pause of a client while it sends a request or reads an answer, in seconds.",
    )
    client_min_bytes_per_s: int = Field(
        default=1_000,
        ge=1,
        le=1_000_000_000,
        description="Least rate at which clients send and read, in bytes a second; slower ones use up their pause.",
    )
    search_timeout_s: float = Field(
        default=5.0,
        ge=0,
        le=3_600,
        description="Longest time of a search, in seconds; then it is given up and answered 503. 0: any time.",
    )
    read_needs_key: bool = Field(
        default=False, description="Whether reading over the API needs an API key, too. Pages stay open."
    )
    ready_max_lag_s: float = Field(
        default=0.0,
        ge=0,
        le=1_000_000,
        description="Not ready when the index has lagged behind the store for longer, in seconds; 0: only a warning.",
    )
    ready_min_free_mb: int = Field(
        default=0,
        ge=0,
        le=1_000_000_000,
        description="Not ready when data_dir's disk has less space left, in MB; 0: only a warning.",
    )
    search_cache_mb: int = Field(
        default=32,
        ge=0,
        le=100_000,
        description="Most memory of each web process for answers of searches that are given again, in MB; 0: none.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Number of proxies in front that add the client's address to X-Forwarded-For. "
        "0: whoever connects is the client.",
    )
    forwarded_prefix: bool = Field(
        default=False,
        description="Whether the path in X-Forwarded-Prefix, which the nearest proxy has taken off, is put before all "
        "links. Only with a proxy that sets the header itself; needs trusted_proxies.",
    )
    searches_per_minute: _Limit = Field(
        default=120_000, description="Most searches of one client in a minute and web process; 0: any number."
    )
    reads_per_minute: _Limit = Field(
        default=120_000,
        description="Most documents, texts, files and pictures of one client in a minute and web process; "
        "0: any number.",
    )
    writes_per_minute: _Limit = Field(
        default=60_000, description="Most writes of one client in a minute and web process; 0: any number."
    )
    reports_per_minute: _Limit = Field(
        default=30, description="Most readers' reports of one client in a minute and web process; 0: any number."
    )
    picture_cache_mb: _Megabytes = Field(
        default=1_000,
        description="Most space for pictures of pages, in MB; those not looked at for longest go first.",
    )
    trash_days: float = Field(
        default=30.0,
        ge=0,
        le=3_650,
        description="How long files of deleted documents stay in the trash, and how long none is removed after a "
        "restore, in days; 0: no time.",
    )
    verify_days: float = Field(
        default=7.0,
        ge=0,
        le=3_650,
        description="How often the worker compares index, store and original files with their checksums, in days; "
        "0: only the index, at its start.",
    )
    verify_mb_per_s: float = Field(
        default=5.0, ge=0.01, le=100_000, description="How fast that is read, in MB per second."
    )
    backup_folder: Path | None = Field(
        default=None,
        description="Folder the worker makes backups in by schedule, best on another disk. Unset: none are made.",
    )
    backup_every_hours: float = Field(
        default=24.0, ge=0.1, le=8_760, description="How often a backup is made in backup_folder, in hours."
    )
    backup_keep: int = Field(
        default=7, ge=1, le=10_000, description="Backups kept in backup_folder; older ones are removed."
    )
    backup_log: bool = Field(
        default=True,
        description="Whether every change is also written to a log in backup_folder, to restore any moment from.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins whose pages may read the API (https://www.example.de), separated by commas; * for all. "
        "Empty: none but our own.",
    )
    max_upload_mb: _Megabytes = Field(default=100, description="Largest file or request body accepted, in MB.")
    max_text_mb: _Megabytes = Field(
        default=50, description="Longest text of one document, in MB of UTF-8; also the longest line of an import file."
    )
    max_pdf_pages: int = Field(
        default=10_000, ge=1, le=1_000_000, description="Most pages of a PDF; a longer one is refused."
    )
    pdf_timeout_s: float = Field(
        default=60.0, ge=0.1, le=86_400, description="Longest time for reading one PDF by one method, in seconds."
    )
    pdf_max_memory_mb: int = Field(
        default=1_024, ge=128, le=1_000_000, description="Most address space for reading one PDF, in MB."
    )
    pdf_library: Literal["pypdf", "pypdfium2"] = Field(
        default="pypdf", description="What reads PDFs; the other one reads those that this one cannot read."
    )
    ocr: Literal["auto", "off"] = Field(
        default="auto",
        description="Whether text is recognised on PDF pages that have none. auto: if Tesseract with German is there.",
    )
    ocr_dpi: int = Field(default=300, ge=70, le=1_200, description="Resolution of the pictures text is recognised on.")
    ocr_page_timeout_s: float = Field(
        default=30.0, ge=0.1, le=3_600, description="Longest time for recognising the text of one page, in seconds."
    )
    ocr_max_pages: int = Field(
        default=200, ge=1, le=100_000, description="Most pages of one document on which text is recognised."
    )
    ingest_processes: int = Field(
        default=0, ge=0, le=256, description="Processes that read PDFs during an import; 0: one per processor."
    )
    refresh_timeout_s: float = Field(
        default=10.0,
        ge=0,
        le=3_600,
        description="How long refresh=wait waits for a write to be searchable, in seconds.",
    )
    worker_poll_s: float = Field(
        default=0.1, ge=0.01, le=60, description="How often the worker looks for changes, in seconds."
    )
    worker_batch: int = Field(
        default=2_000, ge=1, le=100_000, description="Most changes the worker puts into the index as one."
    )

    index_processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Processes that build and merge large indexes; 0: one per processor, 1: only the worker.",
    )

    oparl_delay_s: float = Field(
        default=0.5, ge=0, le=3_600, description="Least time between two requests to the same OParl server, in seconds."
    )
    oparl_concurrency: int = Field(
        default=1, ge=1, le=2, description="Most requests to the same OParl server at the same time."
    )
    oparl_timeout_s: float = Field(
        default=60.0, ge=0.1, le=3_600, description="Longest wait for a connection or for more data, in seconds."
    )
    oparl_attempts: int = Field(
        default=4, ge=1, le=20, description="How often a request that fails for the moment is tried in all."
    )
    oparl_full_days: float = Field(
        default=7.0,
        ge=0,
        le=3_650,
        description="After how many days a source is compared in full, to find what disappeared without a word; "
        "0: never.",
    )
    oparl_overlap_hours: float = Field(
        default=24.0,
        ge=0,
        le=8_760,
        description="How many hours before the start of the last import an import asks for changes; some publish late, "
        "with an older date.",
    )
    oparl_quiet_days: float = Field(
        default=45.0,
        ge=0,
        le=3_650,
        description="After how many days without a newer document a regular source counts as quiet, at least; "
        "0: never.",
    )
    oparl_time_zone: str = Field(
        default="Europe/Berlin",
        description="Time zone of the days that OParl servers write as moments with an offset; plain dates stay "
        "as they are.",
    )
    oparl_allow_private_hosts: bool = Field(
        default=False,
        description="Whether imports may connect to private, loopback and link-local addresses.",
    )
    oparl_credentials: Path | None = Field(
        default=None,
        description="File with names and passwords for OParl servers, in the format of netrc. Unset: none.",
    )
    oparl_ca_file: Path | None = Field(
        default=None, description="File with certificates (PEM) that OParl servers are trusted by as well. Unset: none."
    )
    oparl_max_run_mb: _Megabytes = Field(
        default=100_000, description="Most data one import downloads, in MB; the next one goes on from there."
    )
    smtp_host: str = Field(
        default="", description="Mail server for notifications of saved searches. Empty: there is no e-mail."
    )
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="TCP port of the mail server.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the mail server is secured."
    )
    smtp_user: str = Field(default="", description="Name for the mail server. Empty: none is sent.")
    smtp_password: str = Field(default="", description="Password for the mail server.")
    mail_from: str = Field(default="", description="Sender of e-mails; needed when smtp_host is set.")
    notification_delay_s: float = Field(
        default=60.0,
        ge=0,
        le=86_400,
        description="How long new hits of a saved search are collected before they are told, in seconds.",
    )
    secret_key_file: Path | None = Field(
        default=None,
        description="File with the key that secrets of webhooks are sealed with; made when it is not there. "
        "Unset: secret.key in data_dir.",
    )
    webhook_allow_private_hosts: bool = Field(
        default=False, description="Whether webhooks may be at private, loopback and link-local addresses."
    )
    max_json_mb: _Megabytes = Field(default=50, description="Largest JSON answer of an OParl server, in MB.")

    @field_validator(
        *("public_url", "database_url", "stop_words", "synonyms"),
        *("backup_folder", "oparl_credentials", "oparl_ca_file", "secret_key_file", "logo"),
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
        except ValueError:
            raise ValueError("is not a URL") from None
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("must start with http:// or https://")
        if parts.query or parts.fragment or "@" in parts.netloc or "?" in value or "#" in value:
            raise ValueError("must be a host and a path only")
        check_prefix(parts.path)
        return value.rstrip("/")

    @field_validator("oparl_time_zone")
    @classmethod
    def _check_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError("is not a time zone such as Europe/Berlin") from None
        return value

    @field_validator("contact")
    @classmethod
    def _check_contact(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s\"<>]+|[^\s@:/?&\"<>]+@[^\s@:/?&\"<>]+", value):
            raise ValueError("is neither an e-mail address nor a web address that begins with https://")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _check_cors_origins(cls, value: str) -> str:
        for origin in filter(None, map(str.strip, value.split(","))):
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://www.example.de, without a path")
        return value

    @model_validator(mode="after")
    def _check_forwarded_prefix(self) -> Self:
        if self.forwarded_prefix and not self.trusted_proxies:
            raise ValueError("forwarded_prefix needs trusted_proxies: else anybody could choose where links lead")
        return self

    @model_validator(mode="after")
    def _check_mail(self) -> Self:
        if self.smtp_host and not self.mail_from:
            raise ValueError("mail_from is needed when smtp_host is set")
        if self.mail_from:
            try:
                parse_mailbox(self.mail_from)
            except ValueError as error:
                raise ValueError(f"mail_from: {error}; write it like 'Ratssuche <suche@example.org>'") from None
        return self

    @model_validator(mode="after")
    def _check_backups(self) -> Self:
        if self.backup_folder is not None and self.store_url.partition("://")[0].partition("+")[0] != "sqlite":
            raise ValueError(
                "backup_folder is for SQLite: PostgreSQL has pg_dump, and pg_basebackup with an archive of its log"
            )
        return self

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        backend = value.partition("://")[0].partition("+")[0]
        if backend not in ("sqlite", "postgresql") or "://" not in value:
            raise ValueError("must be an SQLAlchemy URL that starts with sqlite:// or postgresql+pg8000://")
        return value

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the document store."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'searchsvc.db'}"

    def secret_values(self) -> tuple[str, ...]:
        """Return what nobody may see who reads logs."""
        password = self.database_url and _PASSWORD.search(self.database_url)
        return tuple(filter(None, (self.smtp_password, unquote(password.group(2)) if password else "")))

    @property
    def cors_origin_list(self) -> tuple[str, ...]:
        """Origins whose pages may read the API."""
        return tuple(filter(None, map(str.strip, self.cors_origins.split(","))))

    @property
    def public_path(self) -> str:
        """Path below which people reach the service: empty, or with a slash at its beginning and none at its end."""
        return urlsplit(self.public_url or "").path.rstrip("/")

    @property
    def is_public(self) -> bool:
        """Whether the public address is one that strangers may reach, as far as its name tells."""
        name = urlsplit(self.public_url or "").hostname or ""
        try:
            return ip_address(name).is_global
        except ValueError:
            return "." in name and not name.endswith(_LOCAL_DOMAINS)

    @property
    def index_dir(self) -> Path:
        """Folder of the index generations."""
        return self.data_dir / "index"

    @property
    def key_file(self) -> Path:
        """File of the key that secrets in the store are sealed with."""
        return self.secret_key_file or self.data_dir / "secret.key"

    @property
    def originals_dir(self) -> Path:
        """Folder of the original files."""
        return self.data_dir / "originals"

    @property
    def uploads_dir(self) -> Path:
        """Folder of uploaded files until they are stored or refused."""
        return self.data_dir / "uploads"

    @property
    def sample_dir(self) -> Path:
        """Folder the sample collection is written to."""
        return self.data_dir / "sample"

    @property
    def web_url(self) -> str:
        """Address of the service as seen from this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not for listening
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One row of the table of settings, for people: ``default`` is written as in TOML, empty when unset."""

    name: str
    variable: str
    type: str
    default: str
    meaning: str


def settings_table() -> tuple[SettingRow, ...]:
    """Return all settings in order of their definition."""
    return tuple(
        SettingRow(
            name, PREFIX + name.upper(), _type_name(spec.annotation), _toml(spec.default), spec.description or ""
        )
        for name, spec in Settings.model_fields.items()
    )


def shown_value(settings: Settings, name: str) -> str:
    """Return a setting's current value for people, without passwords."""
    value = getattr(settings, name)
    if name == "smtp_password" and value:
        return _toml("***")
    if name == "database_url" and value:
        return _toml(shown_address(value))
    return _toml(shown_text(value) if isinstance(value, str) else value)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from all sources. Raises ``InvalidSettings`` listing every problem."""
    variables = os.environ if environ is None else environ
    problems: list[str] = []
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, value, origin in _all_values(variables, problems):
        if name in Settings.model_fields:
            values[name], origins[name] = value, origin
        else:
            problems.append(f"{origin}: unknown setting{_hint(name)}")
    try:
        settings = Settings(**values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            name = str(detail["loc"][0]) if detail["loc"] else detail["msg"].split()[2]
            message = detail["msg"].removeprefix("Value error, ")
            shown = "" if name in ("database_url", "smtp_password") else shown_text(f" (is {values.get(name)!r})")
            problems.append(f"{origins.get(name, name)}: {message}{shown}")
        raise InvalidSettings(problems) from None
    if problems:
        raise InvalidSettings(problems)
    return settings


def find_config(name: str) -> Path | None:
    """Return the path of a file of the ``config`` folder: the one in the wheel, else the checkout's."""
    package = Path(__file__).parent
    for folder in (package / "config", package.parent / "config"):
        if (folder / name).is_file():
            return folder / name
    return None


def _all_values(variables: Mapping[str, str], problems: list[str]) -> Iterator[tuple[str, Any, str]]:
    default_file = find_config("default.toml")
    if default_file is not None:
        yield from _file_values(default_file, problems)
    if named_file := variables.get(CONFIG_VARIABLE):
        yield from _file_values(Path(named_file), problems)
    if port := variables.get("PORT"):
        yield "port", port, "PORT"
    for variable, text in variables.items():
        if variable.startswith(PREFIX) and variable != CONFIG_VARIABLE and text:
            yield variable.removeprefix(PREFIX).lower(), text, variable


def _file_values(path: Path, problems: list[str]) -> Iterator[tuple[str, Any, str]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: is not valid TOML: {error}")
    else:
        for name, value in content.items():
            yield name, value, f"{path}: {name}"


def _hint(name: str) -> str:
    close = get_close_matches(name, Settings.model_fields, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r} ({PREFIX}{close[0].upper()})?" if close else "; see 'searchsvc settings'"


def _type_name(annotation: Any) -> str:
    arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
    if arguments and all(isinstance(argument, str) for argument in arguments):
        return " | ".join(arguments)
    plain = arguments[0] if arguments else annotation
    return {Path: "path", str: "text", bool: "true | false", int: "whole number", float: "number"}[plain]


def _toml(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    return f'"{value}"'
