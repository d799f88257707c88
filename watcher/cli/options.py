"""What commands share: where the config is, the settings in it, the database, the rules, the time."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from watcher.errors import ConfigError, Mistake, RuleError, UsageError, UserFileError

if TYPE_CHECKING:
    from watcher.edgar import Edgar
    from watcher.rules import RuleSet
    from watcher.settings import Settings
    from watcher.store import Store

F = TypeVar("F", bound=Callable[..., Any])


class Day(click.DateTime):
    """A day, written as 2026-03-02."""

    name = "day"

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day's first moment."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"'{value}' is not a day; write it as 2026-03-02.", param, ctx)


def config_option(command: F) -> F:
    """`--config FILE`."""
    return click.option(
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=Path("config.toml"),
        envvar="WATCHER_CONFIG",
        show_default=True,
        help="The config file; $WATCHER_CONFIG names another one.",
    )(command)


def json_option(command: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per line.")(command)


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def settings_of(config: Path, *, secrets: bool = False) -> Settings:
    """What the config file says; its secrets only for the commands that use them."""
    from watcher.config import load_config

    return load_config(config, environ=os.environ if secrets else None)


def store_of(settings: Settings, *, create: bool = False, read_only: bool = False) -> Store:
    """The database of a config; `read_only` needs no right to write it.

    Raises:
        UsageError: there is none yet, and the command only looks.
    """
    from watcher.store import Store

    if create:
        return Store(settings.database)
    return database_of(settings.database, read_only=read_only)


def database_of(path: Path, *, read_only: bool = True) -> Store:
    """The database in a file, to look into.

    Raises:
        UsageError: there is none yet.
    """
    from watcher.store import Store

    if not path.exists():
        raise UsageError(f"There is no database {path} yet; `watcher run` makes it.")
    return Store(path, read_only=read_only)


def rules_of(config: Path) -> RuleSet:
    """The rules that a config names, whatever else is wrong with it.

    Raises:
        ConfigError: there is no such config.
        RuleError: with every mistake in the rules.
    """
    from watcher.config import read_outline
    from watcher.rules import load_rules

    outline = read_outline(config)
    return load_rules(outline.rules, receivers=outline.receivers)


def settings_and_rules(config: Path) -> tuple[Settings, RuleSet]:
    """The settings with their secrets, and the rules.

    Raises:
        UserFileError: with every mistake of the config and of the rules.
    """
    settings, rules, mistakes = read_all(config)
    if settings is None or rules is None or mistakes:
        raise UserFileError(mistakes)
    return settings, rules


def read_all(config: Path) -> tuple[Settings | None, RuleSet | None, list[Mistake]]:
    """The settings with their secrets and the rules, as far as they are right, and every mistake in them."""
    settings: Settings | None = None
    rules: RuleSet | None = None
    mistakes: list[Mistake] = []
    try:
        settings = settings_of(config, secrets=True)
    except ConfigError as error:
        mistakes += error.mistakes
    try:
        rules = rules_of(config)
    except RuleError as error:
        mistakes += error.mistakes
    except ConfigError:
        # The settings have said already that there is no such file.
        pass
    return settings, rules, mistakes


def edgar_of(settings: Settings, store: Store | None = None) -> Edgar:
    """The client for EDGAR, silent while a block lasts that another process met; without a `store` it finds one."""
    from watcher.edgar import Edgar
    from watcher.store import Store

    if store is not None:
        return Edgar(settings.edgar, clock=now, blocked_until=store.blocked_until(), on_block=store.keep_block)
    if not settings.database.exists():
        return Edgar(settings.edgar, clock=now)

    def keep(until: datetime) -> None:
        with Store(settings.database) as opened:
            opened.keep_block(until)

    with Store(settings.database, read_only=True) as known:
        return Edgar(settings.edgar, clock=now, blocked_until=known.blocked_until(), on_block=keep)
