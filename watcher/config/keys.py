"""Every key that config.toml may hold: what it means, its kind, and what holds without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from watcher.config import kinds
from watcher.config.kinds import Kind
from watcher.settings import (
    AppriseSettings,
    ConsoleSettings,
    EmailSettings,
    ReceiverSettings,
    SlackSettings,
    SlackWebhookSettings,
    WebhookSettings,
)


@dataclass(frozen=True)
class Key:
    """One key of a table."""

    kind: Kind
    meaning: str
    required: bool = False
    field: str = ""
    """The name in the settings, where it is another than the key."""


Keys = dict[str, Key]

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)

TOP: Keys = {
    "rules": Key(kinds.list_of(kinds.path(), "files or folders", minimum=1), "Rule files, or folders that hold them."),
    "database": Key(kinds.path(), "The SQLite file that holds everything the watcher knows."),
    "keep_text": Key(
        kinds.duration(24 * _HOUR, 36500 * 24 * _HOUR, "90d"),
        "How long the texts of filings are kept; what they said is kept for ever.",
    ),
    "max_database_size": Key(
        kinds.size(100_000_000, "10GB"), "How large the file may grow before the oldest texts go earlier than that."
    ),
}

EDGAR: Keys = {
    "user_agent": Key(
        kinds.user_agent(), "Who asks: your name and a mail address. EDGAR refuses anonymous clients.", True
    ),
    "forms": Key(
        kinds.list_of(kinds.text(), "form types", minimum=1),
        "Form types to watch; each is a family: 8-K includes 8-K/A, 8-K12B and so on.",
    ),
    "poll_interval": Key(kinds.duration(0.2 * _SECOND, _HOUR, "2s"), "How often to look while EDGAR accepts filings."),
    "quiet_poll_interval": Key(
        kinds.duration(0.2 * _SECOND, 24 * _HOUR, "60s"), "How often to look the rest of the time."
    ),
    "requests_per_second": Key(
        kinds.whole_number(1, 10), "The most requests in any second, over everything asked of EDGAR."
    ),
    "fetch": Key(
        kinds.choice("all", "needed"),
        '"needed" downloads only filings that some rule could match by company, form or item.',
    ),
    "www_url": Key(kinds.url(), "EDGAR's site; changed only to point at a simulator."),
    "data_url": Key(kinds.url(), "EDGAR's data service; changed only to point at a simulator."),
    "search_url": Key(kinds.url(), "EDGAR's full-text search; changed only to point at a simulator."),
    "closed_on": Key(
        kinds.list_of(kinds.day(), "dates"), "Days EDGAR is closed besides weekends and federal holidays."
    ),
    "open_on": Key(kinds.list_of(kinds.day(), "dates"), "Days EDGAR is open although the calendar says not."),
}

DELIVERY: Keys = {
    "give_up_after": Key(
        kinds.duration(60 * _SECOND, 30 * 24 * _HOUR, "24h"),
        "How long a delivery is tried before it is dead, and the operator is told.",
    ),
    "templates": Key(kinds.path(), "A folder with message templates of your own."),
}

OPERATOR: Keys = {
    "notify": Key(kinds.list_of(kinds.text(), "receivers"), "Receivers that hear of trouble with the watcher itself."),
    "heartbeat_url": Key(kinds.secret("HEARTBEAT_URL"), "Asked after every healthy minute."),
    "daily_note": Key(kinds.time_of_day(), "When to tell every day what was seen and evaluated, New York time."),
    "canary": Key(kinds.time_of_day(), "When to send a made-up filing through everything every day, New York time."),
}

HTTP: Keys = {
    "listen": Key(kinds.host_and_port(), "Where the dashboard listens.", True),
    "token": Key(
        kinds.secret("DASHBOARD_TOKEN"), "What people and programs show to get in; required off this machine."
    ),
}

TABLES: dict[str, tuple[Keys, str]] = {
    "edgar": (EDGAR, "How EDGAR is asked."),
    "delivery": (DELIVERY, "How alerts are delivered."),
    "operator": (OPERATOR, "Who hears of trouble with the watcher itself."),
    "http": (HTTP, "The dashboard, /healthz and /metrics; off without this table."),
}

_DIGEST = Key(kinds.digest(), "One collected message a day at a New York time, or every so often.")

RECEIVERS: dict[str, tuple[Callable[..., ReceiverSettings], Keys]] = {
    "slack": (
        SlackSettings,
        {
            "token": Key(kinds.secret("SLACK_BOT_TOKEN"), "The bot token (xoxb-...).", True),
            "channel": Key(kinds.text(), "The channel's id, such as C0123456789.", True),
            "api_url": Key(kinds.url(), "Slack's Web API."),
            "digest": _DIGEST,
        },
    ),
    "slack-webhook": (
        SlackWebhookSettings,
        {"url": Key(kinds.secret("SLACK_WEBHOOK_URL"), "The incoming webhook.", True), "digest": _DIGEST},
    ),
    "email": (
        EmailSettings,
        {
            "host": Key(kinds.text(), "The SMTP server.", True),
            "port": Key(kinds.whole_number(1, 65535), "Its port."),
            "security": Key(kinds.choice("starttls", "tls", "none"), "none is only for this machine."),
            "username": Key(kinds.text(), "The SMTP account."),
            "password": Key(kinds.secret("SMTP_PASSWORD"), "Its password."),
            "from": Key(kinds.mail_address(), "The sender.", True, field="sender"),
            "to": Key(kinds.list_of(kinds.mail_address(), "mail addresses", minimum=1), "The recipients.", True),
            "digest": _DIGEST,
        },
    ),
    "webhook": (
        WebhookSettings,
        {
            "url": Key(kinds.url(), "Where the JSON is posted.", True),
            "secret": Key(kinds.secret("WEBHOOK_SECRET"), "Signs it, as Standard Webhooks say.", True),
            "digest": _DIGEST,
        },
    ),
    "apprise": (
        AppriseSettings,
        {
            "url": Key(kinds.secret("APPRISE_URL"), "Any of Apprise's addresses.", True),
            "digest": _DIGEST,
        },
    ),
    "console": (ConsoleSettings, {"digest": _DIGEST}),
}

SECRET_KEYS = frozenset(
    name
    for keys in (*(keys for keys, _ in TABLES.values()), *(keys for _, keys in RECEIVERS.values()))
    for name, key in keys.items()
    if key.kind.secret
)
