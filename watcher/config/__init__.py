"""Reads config.toml: typed settings, or every mistake in it at once, each located."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from watcher.config.keys import RECEIVERS, SECRET_KEYS, TABLES, TOP, Keys
from watcher.config.kinds import Surroundings, did_you_mean, is_loopback
from watcher.config.places import Path as KeyPath
from watcher.config.places import toml_places
from watcher.config.schema import config_schema
from watcher.errors import ConfigError, Mistake
from watcher.settings import (
    EdgarSettings,
    EmailSettings,
    OperatorSettings,
    ReceiverSettings,
    Settings,
    SlackSettings,
)

__all__ = ["Outline", "config_schema", "load_config", "read_outline"]

_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SHORTEST_TOKEN = 16
_SLACK = ("slack.com", "slack-gov.com")
# RFC 2606 and RFC 6761: nobody reads mail there.
_NOBODYS_DOMAIN = re.compile(r"@(.*\.)?(example(\.(com|org|net))?|test|invalid|localhost)$", re.IGNORECASE)


def load_config(path: Path, *, environ: Mapping[str, str] | None) -> Settings:
    """What a config file says, with the secrets that `environ` and files hold.

    With `environ` None no secret is looked up, and all of them are empty: for commands that only look.

    Raises:
        ConfigError: with every mistake in the file.
    """
    text = _read_text(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_mistake(path, text, error)]) from None
    reading = _Reading(path, text.splitlines(), toml_places(text), Surroundings(path.parent.resolve(), environ))
    settings = _read_settings(reading, content)
    if settings is None or reading.mistakes:
        raise ConfigError(sorted(reading.mistakes, key=lambda mistake: (mistake.line or 0, mistake.column or 0)))
    return settings


@dataclass(frozen=True, slots=True)
class Outline:
    """Where a config file says that things are, however wrong the rest of it is."""

    rules: tuple[Path, ...]
    database: Path
    receivers: frozenset[str] | None
    """The names that rules may use; None where the file does not get as far as telling them."""


def read_outline(path: Path) -> Outline:
    """What can be told of a config file without it being right.

    Raises:
        ConfigError: the file cannot be read at all.
    """
    text = _read_text(path)
    folder = path.parent.resolve()
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        rules = folder / "rules"
        return Outline((rules,) if rules.is_dir() else (), folder / "watcher.db", None)
    reading = _Reading(path, text.splitlines(), {}, Surroundings(folder, None))
    top = reading.table((), content, TOP)
    receivers = content.get("receivers", {})
    return Outline(
        rules=top.get("rules", (folder / "rules",)),
        database=top.get("database", folder / "watcher.db"),
        receivers=frozenset(receivers) if isinstance(receivers, dict) else None,
    )


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        sentence = "There is no such file; `watcher init` writes one, and --config names another."
    except IsADirectoryError:
        sentence = "This is a folder; name the config file in it."
    except OSError as error:
        sentence = f"The file cannot be read: {error.strerror}."
    except UnicodeDecodeError:
        sentence = "The file is not UTF-8 text; save it as UTF-8."
    raise ConfigError([Mistake(str(path), None, None, sentence)])


def _syntax_mistake(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Mistake:
    told = str(error)
    place = _SYNTAX_PLACE.search(told)
    lines = text.splitlines() or [""]
    line, column = len(lines), len(lines[-1]) + 1
    if place and place[1]:
        line, column = int(place[1]), int(place[2])
    what = _SYNTAX_PLACE.sub("", told)
    return Mistake(str(path), line, column, f"This is not TOML: {what}.", _excerpt(lines, line))


def _excerpt(lines: list[str], line: int) -> str:
    """A line to show under a mistake; none where it could hold a secret."""
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    return "" if any(re.search(rf"\b{name}\b", shown) for name in SECRET_KEYS) else shown


@dataclass
class _Reading:
    """One file while it is read, and what was found wrong so far."""

    path: Path
    lines: list[str]
    places: dict[KeyPath, tuple[int, int]]
    around: Surroundings
    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, key: KeyPath, sentence: str) -> None:
        """Note a mistake at a key, or at the nearest table around it that is in the file."""
        while key and key not in self.places:
            key = key[:-1]
        line, column = self.places.get(key, (1, 1))
        self.mistakes.append(Mistake(str(self.path), line, column, sentence, _excerpt(self.lines, line)))

    def table(self, at: KeyPath, content: object, keys: Keys, also: tuple[str, ...] = ()) -> dict[str, Any]:
        """The values of a table by field name, without those that are wrong or left out."""
        if not isinstance(content, dict):
            self.wrong(at, f"{_name(at)} needs to be a table: [{'.'.join(map(str, at))}].")
            return {}
        values: dict[str, Any] = {}
        for name in content:
            if name not in keys and name not in also:
                self.wrong((*at, name), f'Unknown key "{name}"{did_you_mean(name, [*keys, *also]) or "."}')
        for name, key in keys.items():
            if name not in content:
                if key.required:
                    self.wrong(at, f"{_name((*at, name))} is missing: {key.meaning}")
                continue
            try:
                values[key.field or name] = key.kind.read(content[name], self.around)
            except ValueError as error:
                self.wrong((*at, name), f"{_name((*at, name))} {error}")
        return values


def _name(key: KeyPath) -> str:
    return ".".join(str(part) for part in key)


def _read_settings(reading: _Reading, content: dict[str, Any]) -> Settings | None:
    top = reading.table((), content, TOP, also=(*TABLES, "receivers"))
    tables = {
        name: reading.table((name,), content.get(name, {}), keys)
        for name, (keys, _) in TABLES.items()
        if name in content or name == "edgar"
    }
    edgar = _read_edgar(reading, tables["edgar"])
    receivers = _read_receivers(reading, content.get("receivers", {}))
    operator = OperatorSettings(**tables.get("operator", {}))
    for position, name in enumerate(operator.notify):
        if name not in content.get("receivers", {}):
            reading.wrong(
                ("operator", "notify", position),
                f'There is no receiver "{name}"{did_you_mean(name, receivers) or "; add [receivers." + name + "]."}',
            )
    if edgar is None:
        return None
    folder = reading.around.folder
    return Settings(
        path=reading.path.resolve(),
        rules=top.get("rules", (folder / "rules",)),
        database=top.get("database", folder / "watcher.db"),
        edgar=edgar,
        receivers=receivers,
        operator=operator,
        **{key: top[key] for key in ("keep_text", "max_database_size") if key in top},
        **_read_http(reading, tables.get("http", {})),
        **tables.get("delivery", {}),
    )


def _read_http(reading: _Reading, values: dict[str, Any]) -> dict[str, Any]:
    listen, token = values.get("listen", ""), values.get("token")
    away = listen and not is_loopback(urlsplit(f"//{listen}").hostname)
    if away and ("http", "token") not in reading.places:
        reading.wrong(
            ("http", "listen"),
            f'http.listen "{listen}" can be reached from elsewhere, so http.token is required: '
            'write token = { env = "DASHBOARD_TOKEN" } and set that variable to a long random word.',
        )
    if token and 0 < len(token.reveal()) < _SHORTEST_TOKEN:
        reading.wrong(
            ("http", "token"),
            f"http.token needs at least {_SHORTEST_TOKEN} characters, as `openssl rand -hex 32` prints them.",
        )
    return {"http_listen": listen, "http_token": token}


def _read_edgar(reading: _Reading, values: dict[str, Any]) -> EdgarSettings | None:
    if "user_agent" not in values:
        return None
    for days in ("closed_on", "open_on"):
        if days in values:
            values[days] = frozenset(values[days])
    settings = EdgarSettings(**values)
    host = urlsplit(settings.www_url).hostname or ""
    if host.endswith("sec.gov") and _NOBODYS_DOMAIN.search(settings.user_agent):
        reading.wrong(
            ("edgar", "user_agent"),
            "edgar.user_agent still holds the example's address: write your own name and mail address, "
            "EDGAR blocks clients that it cannot reach.",
        )
    return settings


def _read_receivers(reading: _Reading, content: object) -> dict[str, ReceiverSettings]:
    if not isinstance(content, dict):
        reading.wrong(("receivers",), "receivers needs to be tables: [receivers.desk].")
        return {}
    receivers: dict[str, ReceiverSettings] = {}
    for name, table in content.items():
        receiver = _read_receiver(reading, name, table)
        if receiver is not None:
            receivers[name] = receiver
    return receivers


def _read_receiver(reading: _Reading, name: str, table: object) -> ReceiverSettings | None:
    at: KeyPath = ("receivers", name)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        reading.wrong(at, f'The receiver\'s name "{name}" needs small letters, digits, "-" and "_" only.')
    if not isinstance(table, dict):
        reading.wrong(at, f"receivers.{name} needs to be a table: [receivers.{name}].")
        return None
    kind = table.get("type")
    if kind not in RECEIVERS:
        near = did_you_mean(kind, RECEIVERS) if isinstance(kind, str) else ""
        known = ", ".join(RECEIVERS)
        reading.wrong((*at, "type"), f"receivers.{name}.type needs one of {known}{near or '.'}")
        return None
    make, keys = RECEIVERS[kind]
    known_mistakes = len(reading.mistakes)
    values = reading.table(at, table, keys, also=("type",))
    if len(reading.mistakes) > known_mistakes:
        return None
    receiver = make(name=name, **values)
    if isinstance(receiver, EmailSettings):
        _check_email(reading, at, receiver)
    if isinstance(receiver, SlackSettings):
        _check_slack(reading, at, receiver)
    return receiver


def _check_slack(reading: _Reading, at: KeyPath, receiver: SlackSettings) -> None:
    """Slack has several kinds of token, and webhooks besides: what posts as the app begins with `xoxb-`."""
    host, token = urlsplit(receiver.api_url).hostname or "", receiver.token.reveal()
    # With rotation, Slack puts `xoxe.` in front. https://api.slack.com/authentication/token-types
    if token and host.endswith(_SLACK) and not token.removeprefix("xoxe.").startswith("xoxb-"):
        instead = '; a webhook is a receiver of type = "slack-webhook"' if token.startswith("https:") else ""
        reading.wrong(
            (*at, "token"),
            f"{_name(at)}.token needs the bot token, which begins with xoxb-, from the page OAuth & Permissions of "
            f"your Slack app; this is another secret{instead}.",
        )


def _check_email(reading: _Reading, at: KeyPath, receiver: EmailSettings) -> None:
    if receiver.security == "none" and not is_loopback(receiver.host):
        reading.wrong(
            (*at, "security"),
            f'{_name(at)}.security "none" is only for this machine: write "starttls" or "tls".',
        )
    if bool(receiver.username) != (receiver.password is not None):
        reading.wrong(at, f"{_name(at)} needs username and password together, or neither.")
