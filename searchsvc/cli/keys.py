"""``searchsvc key``: API keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click

from index.contract import Bounds, IndexUnavailable, SearchRequest, SearchTimeout
from searchsvc.cli.common import fail, with_settings
from searchsvc.cli.stores import open_store
from searchsvc.indexing.engines import open_engine
from searchsvc.settings import Settings
from searchsvc.store import SCOPES, ApiKey

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_MAX_DAYS = 36_500


def filter_values(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, list[str]]:
    """Read ``NAME=VALUE``, repeatable, as values by name. Raises ``click.BadParameter``."""
    values: dict[str, list[str]] = {}
    for text in given:
        name, _, value = text.partition("=")
        values.setdefault(name.strip(), []).append(value.strip())
    try:
        Bounds.of(values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return values


def moment_after(_context: click.Context, _option: click.Parameter, given: str | None) -> datetime | None:
    """Read a time from now, such as ``90d``. Raises ``click.BadParameter``."""
    if given is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,6})([dhm])", given.strip())
    length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
    if not timedelta() < length <= timedelta(days=_MAX_DAYS):
        raise click.BadParameter(f"{given!r} is no time; write 90d, 12h or 30m, at most {_MAX_DAYS}d")
    return datetime.now(UTC) + length


def _limits(one: ApiKey) -> Iterator[str]:
    for condition in one.bounds.conditions:
        yield f"{condition.field.value}={'|'.join(condition.values)}"
    if one.expires_at is not None:
        yield f"until {one.expires_at:%Y-%m-%dT%H:%MZ}"
    if one.per_minute is not None:
        yield f"{one.per_minute}/min"


@click.group()
def key() -> None:
    """Make, list, rotate and revoke API keys."""


@key.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=["write"], show_default=True)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="NAME=VALUE",
    callback=filter_values,
    help="Bind a key that reads to documents: kommune (id), source (address), paper_type or organization. Repeated, "
    "values of one name are alternatives, different names narrow each other.",
)
@click.option("--expires", metavar="TIME", callback=moment_after, help="When the key ends by itself: 90d, 12h or 30m.")
@click.option("--per-minute", type=click.IntRange(min=1), metavar="N", help="Requests of this key in a minute.")
@with_settings
def create(
    settings: Settings,
    name: str,
    scopes: tuple[str, ...],
    filters: dict[str, list[str]],
    expires: datetime | None,
    per_minute: int | None,
) -> None:
    """Make a key and print it; it is shown this once only."""
    with open_store(settings) as store:
        click.echo(store.keys.create(name, scopes, filters=filters or None, expires_at=expires, per_minute=per_minute))
    if filters and _finds_nothing(settings, Bounds.of(filters)):
        fail("note: no document is within these filters now; Kommunen are named by id, all else as it is written")


def _finds_nothing(settings: Settings, bounds: Bounds) -> bool:
    engine = open_engine(settings)
    try:
        return not engine.within(bounds).search(SearchRequest(per_page=1, facets=(), highlight=False)).total
    except (IndexUnavailable, SearchTimeout):
        return False  # the key is made, and nobody knows
    finally:
        engine.close()


@key.command("list")
@with_settings
def list_keys(settings: Settings) -> None:
    """List all keys without their secrets."""
    with open_store(settings) as store:
        for one in store.keys.list():
            state = f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else "expired" if one.is_expired else "valid"
            used = f"used {one.last_used_at:%Y-%m-%d}" if one.last_used_at else "never used"
            click.echo(
                f"{one.id:>4}  {one.name}  [{' '.join(sorted(one.scopes))}]  {one.created_at:%Y-%m-%d}  {state}  {used}"
                + "".join(f"  {limit}" for limit in _limits(one))
            )


@key.command()
@click.argument("key_name", metavar="NAME|NUMBER")
@click.option(
    "--grace-hours",
    type=click.FloatRange(min=0, max=8_760),
    default=24.0,
    show_default=True,
    help="How long the present token works besides the new one.",
)
@with_settings
def rotate(settings: Settings, key_name: str, grace_hours: float) -> None:
    """Give a key another token and print it; it is shown this once only."""
    with open_store(settings) as store:
        names = {one.name for one in store.keys.list() if one.revoked_at is None}
        number = key_name.isascii() and key_name.isdigit() and key_name not in names
        click.echo(store.keys.rotate(int(key_name[:9]) if number else key_name, grace_hours=grace_hours))


@key.command()
@click.argument("key_name", metavar="NAME|NUMBER")
@with_settings
def revoke(settings: Settings, key_name: str) -> None:
    """Make a key invalid, by its name or by its number in the list."""
    with open_store(settings) as store:
        count = store.keys.revoke(key_name)
        if not count and key_name.isascii() and key_name.isdigit():
            count = store.keys.revoke(int(key_name[:9]))
    click.echo(f"{count} revoked")
    if not count:
        raise click.exceptions.Exit(1)
