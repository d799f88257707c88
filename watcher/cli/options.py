"""What commands share: where the config is, the settings in it, the database, the rules, the time."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from watcher.errors import ConfigError, Mistake, RuleError, UsageError, UserFileError

if TYPE_CHECKING:
    from watcher.config import Outline
    from watcher.edgar import Edgar
    from watcher.rules import RuleSet
    from watcher.settings import Settings
    from watcher.store import Store

F = TypeVar("F", bound=Callable[..., Any])


def read_day(text: str) -> date:
    """A day, written as 2026-03-02.

    Raises:
        click.BadParameter: it is none.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise click.BadParameter(f"'{text}' is not a day; write it as 2026-03-02.") from None


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


def outline_if_any(config: Path) -> Outline | None:
    """Where the config says that things are, None where there is no config."""
    from watcher.config import read_outline

    return read_outline(config) if config.exists() else None


def existing_store(database: Path, *, read_only: bool = True) -> Store:
    """The database in a file, to look into; `read_only` needs no right to write it.

    Raises:
        UsageError: there is none yet.
    """
    from watcher.store import Store

    if not database.exists():
        raise UsageError(f"There is no database {database} yet; `watcher run` makes it.")
    return Store(database, read_only=read_only)


def no_receiver(name: str, settings: Settings, config: Path) -> UsageError:
    """What is wrong with a receiver's name that is not in the config."""
    from watcher.config.kinds import did_you_mean

    known = ", ".join(settings.receivers) or "none"
    near = did_you_mean(name, settings.receivers) or "."
    return UsageError(f'There is no receiver "{name}" in {config} (there is {known}){near}')


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
