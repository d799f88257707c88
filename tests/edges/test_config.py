"""config.toml: what is right is typed, what is wrong is told all at once, with its place and what to write."""

import json
import re
import tomllib
from datetime import date, time, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.config import config_schema, load_config
from watcher.config.keys import RECEIVERS, TABLES, TOP
from watcher.config.places import toml_places
from watcher.errors import ConfigError
from watcher.settings import Digest, EmailSettings, SlackSettings

ROOT = Path(__file__).parents[2]
GOOD = 'edgar.user_agent = "Acme Research ops@acme-research.com"\n'
ENVIRON = {
    name: f"xoxb-secret-of-{name}"
    for name in (
        "SLACK_BOT_TOKEN SLACK_WEBHOOK_URL SMTP_PASSWORD WEBHOOK_SECRET APPRISE_URL HEARTBEAT_URL DASHBOARD_TOKEN"
    ).split()
} | {"SHORT": "a-short-word"}


def _load(folder: Path, text: str, environ=ENVIRON):
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ=environ)


def _mistakes(folder: Path, text: str, environ=ENVIRON) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _load(folder, text, environ)
    return [str(mistake).removeprefix(f"{folder}/") for mistake in caught.value.mistakes]


def _complete_example() -> str:
    """The example with everything that is commented out switched on, and a name of one's own."""
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    return re.sub(r"^#(?=[a-z\[])", "", text, flags=re.MULTILINE).replace("ops@example.com", "ops@acme.com")


def test_the_example_holds_every_key_and_loads(tmp_path):
    """config.example.toml with its commented lines switched on is right, and shows every key there is."""
    settings = _load(tmp_path, _complete_example())
    assert settings.rules == (tmp_path / "rules",)
    assert settings.database == tmp_path / "watcher.db"
    assert settings.edgar.poll_interval == timedelta(seconds=2)
    assert settings.edgar.closed_on == {date(2026, 12, 24)}
    assert settings.give_up_after == timedelta(hours=24)
    assert settings.http_listen == "127.0.0.1:8017"
    desk, inbox = settings.receivers["desk"], settings.receivers["inbox"]
    assert isinstance(desk, SlackSettings)
    assert desk.token.reveal() == "xoxb-secret-of-SLACK_BOT_TOKEN"
    assert isinstance(inbox, EmailSettings)
    assert (inbox.sender, inbox.digest) == ("alerts@example.com", Digest(at=time(17, 30)))
    content = tomllib.loads(_complete_example())
    assert set(TOP) | set(TABLES) | {"receivers"} == set(content)
    for name, (keys, _) in TABLES.items():
        assert set(content[name]) == set(keys)
    for kind, (_, keys) in RECEIVERS.items():
        shown = {key for table in content["receivers"].values() if table["type"] == kind for key in table}
        assert shown >= set(keys) - {"digest"}


def test_the_example_as_it_comes_asks_for_a_name(tmp_path):
    """Left as it is, the only mistakes are the placeholder name and the secrets that are not set."""
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    told = _mistakes(tmp_path, text, environ={})
    assert len(told) == 3
    assert "write your own name and mail address" in told[0]
    assert "environment variable SLACK_BOT_TOKEN, which is not set" in told[1]
    assert "environment variable SMTP_PASSWORD, which is not set" in told[2]


def test_the_placeholder_name_is_fine_for_a_simulator(tmp_path):
    """Only the real EDGAR needs a real address."""
    settings = _load(
        tmp_path,
        '[edgar]\nuser_agent = "Example Research ops@example.com"\nwww_url = "http://127.0.0.1:9"',
    )
    assert settings.edgar.www_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: edgar.user_agent is missing"),
        ("[edgar]\n", "1:1: edgar.user_agent is missing"),
        ('[edgar]\nuser_agent = "Mozilla/5.0 ops@acme.com"', "2:1: edgar.user_agent looks like a browser's"),
        ('[edgar]\nuser_agent = "Acme"', "2:1: edgar.user_agent needs a name, a space and a mail address"),
        ('[edgar]\nuser_agent = "Acme noreply@acme.com"', "2:1: edgar.user_agent needs a mailbox"),
        (GOOD + '[edgr]\nforms = ["8-K"]', '2:1: Unknown key "edgr"; did you mean "edgar"?'),
        (GOOD + "database = 3", "2:1: database needs a path in quotes"),
        (GOOD + 'edgar.poll_intervall = "2s"', '2:1: Unknown key "poll_intervall"; did you mean "poll_interval"?'),
        (GOOD + "edgar.poll_interval = 2", '2:1: edgar.poll_interval needs a duration such as "2s"'),
        ("max_database_size = 5\n" + GOOD, '1:1: max_database_size needs a size such as "10GB" (MB, GB or TB)'),
        ('max_database_size = "5MB"\n' + GOOD, "1:1: max_database_size needs a size of at least 100MB"),
        (f'max_database_size = "{"9" * 400}GB"\n' + GOOD, "1:1: max_database_size needs a size such as"),
        (f'keep_text = "{"9" * 400}d"\n' + GOOD, "1:1: keep_text needs a duration such as"),
        ('keep_text = "99999999.9d"\n' + GOOD, "1:1: keep_text needs a duration from"),
        (GOOD + "edgar.requests_per_second = 11", "2:1: edgar.requests_per_second needs a whole number"),
        (GOOD + "edgar.requests_per_second = true", "2:1: edgar.requests_per_second needs a whole number"),
        (GOOD + 'edgar.fetch = "need"', '2:1: edgar.fetch needs "all" or "needed"; did you mean "needed"?'),
        (GOOD + 'edgar.www_url = "http://www.sec.gov"', "2:1: edgar.www_url needs https"),
        (GOOD + 'rules = "rules"', "2:1: rules needs a list"),
        (GOOD + "edgar.closed_on = [1]", "2:1: edgar.closed_on needs a date"),
        (GOOD + '[operator]\nnotify = ["inbox"]', '3:11: There is no receiver "inbox"; add [receivers.inbox].'),
        (
            GOOD + '[http]\nlisten = "0.0.0.0:8017"',
            '3:1: http.listen "0.0.0.0:8017" can be reached from elsewhere, so http.token is required',
        ),
        (
            GOOD + '[http]\nlisten = "[::1]:8017"\ntoken = { env = "SHORT" }',
            "4:1: http.token needs at least 16 characters",
        ),
        (GOOD + '[http]\nlisten = "8017"', '3:1: http.listen needs a host and a port such as "127.0.0.1:8017"'),
        (GOOD + '[receivers.desk]\ntype = "slak"', 'apprise, console; did you mean "slack"?'),
        (GOOD + "[receivers.desk]\nchannel = 'x'", "2:1: receivers.desk.type needs one of"),
        (GOOD + "receivers.desk = 1", "2:1: receivers.desk needs to be a table"),
        (GOOD + '[receivers."The desk"]\ntype = "console"', "needs small letters"),
        (GOOD + '[receivers.desk]\ntype = "slack"\nchannel = "C1"', "2:1: receivers.desk.token is missing"),
        (GOOD + '[receivers.s]\ntype = "console"\ndigest = "25:00"', "4:1: receivers.s.digest needs a New York time"),
        ("[edgar\n", "1:7: This is not TOML: "),
        (GOOD + "database = ", "2:12: This is not TOML: "),
    ],
)
def test_each_mistake_has_a_place_and_says_what_to_write(tmp_path, text, told):
    """One sentence with line and column for each way to get it wrong."""
    (mistake,) = _mistakes(tmp_path, text)
    assert told in mistake


def test_every_mistake_is_told_at_once(tmp_path):
    """Nobody has to run it again to see the next one, and they come in the file's order."""
    told = _mistakes(tmp_path, 'rule = []\n[edgar]\nuser_agent = "x"\nfetch = "no"\n[receivers.a]\ntype = "b"\n')
    assert [line.split(":")[1] for line in told] == ["1", "3", "4", "6"]


def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path):
    """A plain string where a secret belongs is a mistake, and neither sentence nor excerpt shows it."""
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, GOOD + '[receivers.d]\ntype = "slack"\nchannel = "C1"\ntoken = "xoxb-1-very-secret"')
    (mistake,) = caught.value.mistakes
    assert '{ env = "SLACK_BOT_TOKEN" }' in mistake.sentence
    assert "very-secret" not in repr(mistake)


def test_a_broken_line_with_a_secret_is_not_shown(tmp_path):
    """A syntax error beside a secret gives the place without the line."""
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, GOOD + '[receivers.d]\ntoken = "very-secret')
    assert "very-secret" not in repr(caught.value.mistakes)


def test_secrets_come_from_variables_and_files_and_never_print(tmp_path):
    """Both sources work, and no repr of the settings holds what they gave."""
    (tmp_path / "token").write_text("xoxb-from-a-file\n")
    settings = _load(tmp_path, GOOD + '[receivers.d]\ntype = "slack"\nchannel = "C1"\ntoken = { file = "token" }')
    desk = settings.receivers["d"]
    assert isinstance(desk, SlackSettings)
    assert desk.token.reveal() == "xoxb-from-a-file"
    assert "xoxb-from-a-file" not in repr(settings)


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ('{ env = "NOT_SET" }', "environment variable NOT_SET, which is not set"),
        ('{ file = "absent" }', "absent, which cannot be read: No such file"),
        ('{ vault = "x" }', 'needs { env = "SLACK_BOT_TOKEN" }'),
        ("{ env = 3 }", "needs env = and a name in quotes"),
    ],
)
def test_a_secret_that_is_not_there_is_named(tmp_path, token, told):
    """A missing variable or file is a mistake at its key."""
    (mistake,) = _mistakes(tmp_path, GOOD + f'[receivers.d]\ntype = "slack"\nchannel = "C1"\ntoken = {token}')
    assert mistake.startswith("config.toml:5:1: receivers.d.token")
    assert told in mistake


def test_commands_that_only_look_need_no_secrets(tmp_path):
    """Without an environment nothing is looked up, and nothing is wrong."""
    settings = _load(
        tmp_path, GOOD + '[receivers.d]\ntype = "slack"\nchannel = "C1"\ntoken = { env = "NOT_SET" }', environ=None
    )
    assert set(settings.receivers) == {"d"}


@pytest.mark.parametrize(("host", "good"), [("127.0.0.1", True), ("localhost", True), ("smtp.acme.com", False)])
def test_mail_without_encryption_stays_on_this_machine(tmp_path, host, good):
    """security none is for loopback hosts only."""
    text = GOOD + (
        f'[receivers.i]\ntype = "email"\nhost = "{host}"\nsecurity = "none"\nfrom = "a@b.com"\nto = ["c@d.com"]'
    )
    if good:
        assert "i" in _load(tmp_path, text).receivers
    else:
        assert 'security "none" is only for this machine' in _mistakes(tmp_path, text)[0]


def test_a_missing_file_says_how_to_get_one(tmp_path):
    """No config at all is one sentence that names `watcher init`."""
    with pytest.raises(ConfigError, match="watcher init"):
        load_config(tmp_path / "config.toml", environ={})


def test_a_file_that_is_not_text_is_named(tmp_path):
    """Bytes that are no UTF-8 are a mistake like any other."""
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(tmp_path / "config.toml", environ={})


def test_the_schema_accepts_the_example_and_refuses_an_unknown_key():
    """Editors that use the schema say what the reader says."""
    schema = config_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    content = json.loads(json.dumps(tomllib.loads(_complete_example()), default=str))
    assert list(validator.iter_errors(content)) == []
    assert not validator.is_valid({**content, "rule": []})
    assert not validator.is_valid({**content, "receivers": {"d": {"type": "slack", "token": "xoxb"}}})


def test_places_are_those_of_keys_however_they_are_written():
    """Dotted keys, inline tables, lists over lines, strings with brackets and comments keep their places."""
    text = (
        'a.b = "x # ]" # c = 1\n[t."q r"]\nl = [ # first\n  1, # ]\n  [2, "]"],\n]\n'
        'm = """\nk = 1\n"""\ni = { x = 1, y.z = \'2\' }\n[[u]]\nv = 1\n[[u]]\nv = 2\n'
    )
    tomllib.loads(text)
    places = toml_places(text)
    assert places["a", "b"] == (1, 1)
    assert places["t", "q r", "l", 1, 1] == (5, 7)
    assert places["t", "q r", "i", "y", "z"] == (10, 14)
    assert places["u", 1, "v"] == (14, 1)
    assert ("k",) not in places


_scalars = st.one_of(st.text(max_size=8).map(json.dumps), st.integers().map(str), st.just("true"), st.just("'''\n['''"))
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3).map(lambda members: "[" + ", # c ]\n".join(members) + "]"),
    max_leaves=5,
)


@given(st.dictionaries(st.text("abcd-", min_size=1, max_size=4), _values, max_size=6))
def test_places_are_found_in_any_file(pairs):
    """Every key of any valid file is where its name stands."""
    text = "".join(f"{key} = {value}\n" for key, value in pairs.items())
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    places = toml_places(text)
    lines = text.split("\n")
    for key in pairs:
        line, column = places[(key,)]
        assert lines[line - 1][column - 1 :].startswith(key)


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("xoxb-1-very-secret", ""),
        ("xoxe.xoxb-1-very-secret", ""),
        ("xoxp-1-very-secret", "begins with xoxb-"),
        ("xapp-1-very-secret", "begins with xoxb-"),
        ("https://hooks.slack.com/services/very-secret", 'a webhook is a receiver of type = "slack-webhook"'),
    ],
)
def test_a_slack_token_of_another_kind_is_told(tmp_path, token, told):
    """Before anything is sent, and without repeating the secret; elsewhere than at Slack any token may be right."""
    receiver = '[receivers.d]\ntype = "slack"\nchannel = "C1"\ntoken = { env = "T" }\n'
    elsewhere = receiver + 'api_url = "http://127.0.0.1:8023/api/"\n'
    assert _load(tmp_path, GOOD + elsewhere, {"T": token}).receivers.keys() == {"d"}
    if not told:
        assert _load(tmp_path, GOOD + receiver, {"T": token}).receivers.keys() == {"d"}
        return
    (mistake,) = _mistakes(tmp_path, GOOD + receiver, {"T": token})
    assert mistake.startswith("config.toml:5:1: receivers.d.token needs the bot token")
    assert told in mistake
    assert "very-secret" not in mistake


def test_a_folder_is_no_config(tmp_path):
    """What to name instead is said."""
    with pytest.raises(ConfigError, match="This is a folder; name the config file in it"):
        load_config(tmp_path, environ={})
