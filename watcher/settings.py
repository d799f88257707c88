"""What config.toml says, checked and typed. `config` makes these; every other layer only reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path

# 17 CFR 232.12 and EDGAR's own pages: the archive, the data service and full-text search.
WWW_URL = "https://www.sec.gov"
DATA_URL = "https://data.sec.gov"
SEARCH_URL = "https://efts.sec.gov"


class Secret:
    """A string that never prints itself: only `reveal()` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the secret, to hand it to the library that needs it and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True)
class EdgarSettings:
    """The `[edgar]` table."""

    user_agent: str
    forms: tuple[str, ...] = ("8-K",)
    poll_interval: timedelta = timedelta(seconds=2)
    quiet_poll_interval: timedelta = timedelta(seconds=60)
    requests_per_second: int = 5
    fetch: str = "all"
    """`all` or `needed`."""
    www_url: str = WWW_URL
    data_url: str = DATA_URL
    search_url: str = SEARCH_URL
    closed_on: frozenset[date] = frozenset()
    """Days on which EDGAR is closed besides weekends and federal holidays."""
    open_on: frozenset[date] = frozenset()
    """Days on which EDGAR is open although the calendar says otherwise."""


@dataclass(frozen=True, slots=True)
class Digest:
    """When a receiver gets its collected alerts: once a day `at` (New York), or `every` so often."""

    at: time | None = None
    every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`type = "slack"`: a bot token."""

    name: str
    token: Secret
    channel: str
    api_url: str = "https://slack.com/api/"
    digest: Digest | None = None
    type: str = "slack"


@dataclass(frozen=True, slots=True)
class SlackWebhookSettings:
    """`type = "slack-webhook"`: an incoming webhook; its URL is the secret."""

    name: str
    url: Secret
    digest: Digest | None = None
    type: str = "slack-webhook"


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """`type = "email"`."""

    name: str
    host: str
    sender: str
    """The key `from` of the file."""
    to: tuple[str, ...]
    port: int = 587
    security: str = "starttls"
    """`starttls`, `tls` or `none`."""
    username: str = ""
    password: Secret | None = None
    digest: Digest | None = None
    type: str = "email"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`type = "webhook"`: JSON, signed as Standard Webhooks say."""

    name: str
    url: str
    secret: Secret
    digest: Digest | None = None
    type: str = "webhook"


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    """`type = "apprise"`: any of Apprise's services; its URL is the secret."""

    name: str
    url: Secret
    digest: Digest | None = None
    type: str = "apprise"


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`type = "console"`: standard output."""

    name: str
    digest: Digest | None = None
    type: str = "console"


ReceiverSettings = (
    SlackSettings | SlackWebhookSettings | EmailSettings | WebhookSettings | AppriseSettings | ConsoleSettings
)


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """The `[operator]` table: who hears about trouble with the watcher itself."""

    notify: tuple[str, ...] = ()
    heartbeat_url: Secret | None = None
    daily_note: time | None = None
    """New York time at which the operator is told every day what was seen."""
    canary: time | None = None
    """New York time at which a made-up filing goes through everything every day."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole of config.toml; paths are absolute."""

    path: Path
    rules: tuple[Path, ...]
    database: Path
    edgar: EdgarSettings
    receivers: dict[str, ReceiverSettings] = field(default_factory=dict)
    give_up_after: timedelta = timedelta(hours=24)
    templates: Path | None = None
    """Folder with the user's own message templates: `[delivery] templates`."""
    operator: OperatorSettings = OperatorSettings()
    keep_text: timedelta = timedelta(days=90)
    """How long texts are kept after a filing was seen."""
    max_database_size: int = 10_000_000_000
    """Bytes of the file beyond which the oldest texts go earlier."""
    http_listen: str = ""
    """`host:port` of the dashboard, empty where there is none."""
    http_token: Secret | None = None
    """What opens the dashboard; never None where it listens elsewhere than on this machine."""
