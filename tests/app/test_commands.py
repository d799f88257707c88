"""The command line: what each command prints, its exit codes, and one sentence for each thing that is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from watching import CELLECTAR, COMPANY_TICKERS, RULES, Place, accession_number, submission

import watcher
from watcher.cli import main
from watcher.model import Filing
from watcher.pipeline import read_filing
from watcher.simulator import Fault, Simulator
from watcher.store import Store

ROOT = Path(__file__).parents[2]
FIRST = ROOT / "watcher" / "demo" / "filings" / "0001144204-17-013452.txt"
SCREEN = '\n[receivers.desk]\ntype = "console"\n\n[receivers.inbox]\ntype = "console"\n'
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Commands run in an empty folder, with no variable of the machine's user."""
    monkeypatch.chdir(tmp_path)
    for name in ("WATCHER_CONFIG", "SLACK_BOT_TOKEN", "SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys):
    """Run a command; gives exit code, standard output and standard error."""

    def command(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return left.value.code, printed.out, printed.err

    return command


def test_init_writes_what_check_accepts_once_it_has_a_name(tmp_path, run, monkeypatch):
    """A newcomer gets config, rules and schemas that fit together, with two things left to say."""
    code, out, _ = run("init", "desk")
    assert code == 0
    written = {path.relative_to("desk").as_posix() for path in Path("desk").rglob("*") if path.is_file()}
    assert written >= {"config.toml", "config.schema.json", "rules/rules.schema.json", "rules/biotech.yaml"}
    config = Path("desk/config.toml")
    code, _, err = run("check", "--config", config)
    assert code == 78
    assert "edgar.user_agent still holds the example's address" in err
    assert "SLACK_BOT_TOKEN, which is not set" in err
    config.write_text(config.read_text().replace("ops@example.com", "ops@acme-research.com"))
    for name in ("SLACK_BOT_TOKEN", "SMTP_PASSWORD"):
        monkeypatch.setenv(name, "xoxb-something")
    code, out, err = run("check", "--config", config)
    assert (code, err) == (0, "")
    assert "2 receivers, 6 rules" in out


def test_init_never_overwrites(run):
    """What is there already is kept as it is."""
    Path("config.toml").write_text("# mine\n")
    code, out, _ = run("init")
    assert code == 0
    assert "kept     config.toml" in out
    assert Path("config.toml").read_text() == "# mine\n"


@pytest.mark.parametrize("of", ["config", "rules", "topics"])
def test_schemas_are_schemas(run, of):
    """`schema` prints a JSON Schema that is one."""
    code, out, _ = run("schema", of)
    assert code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(out))


def test_schemas_know_the_names_that_a_desk_uses(run):
    """Beside a config, the schema of rules takes the user's own topics and receivers, and no others."""
    Path("config.toml").write_text('[receivers.desk]\ntype = "console"\n')
    Path("rules").mkdir()
    Path("rules/topics.yaml").write_text("radiopharma: {text: radioligand*}\n")
    code, out, _ = run("schema", "rules")
    assert code == 0
    validator = jsonschema.Draft202012Validator(json.loads(out))
    own = {"id": "a", "when": {"topic": ["radiopharma", "licensing"]}, "notify": "desk"}
    assert validator.is_valid([own])
    assert not validator.is_valid([own | {"notify": "dsk"}])
    assert not validator.is_valid([own | {"when": {"topic": "radiofarma"}}])


def test_read_prints_the_contract(run):
    """One JSON object for a filing, with the keys that scripts rely on."""
    code, out, _ = run("read", FIRST, "--json")
    assert code == 0
    read = json.loads(out)
    assert read["source"] == str(FIRST)
    assert (read["accession_number"], read["form"], read["is_amendment"]) == ("0001144204-17-013452", "8-K", False)
    assert read["filers"][0] == {
        "cik": 1279704,
        "name": "Cellectar Biosciences, Inc.",
        "tickers": ["CLRB"],
        "sic": 2834,
        "state": "DE",
    }
    assert [item["code"] for item in read["items"]] == ["7.01", "9.01"]
    assert all(item["in_header"] and item["in_body"] for item in read["items"])
    (exhibit,) = read["exhibits"]
    assert set(exhibit) >= {"type", "number", "filename", "url", "description", "headline", "kind", "searched"}
    assert (exhibit["number"], exhibit["kind"], exhibit["searched"]) == ("99.1", "press release", True)
    assert "License Agreement" in exhibit["headline"]
    assert read["topics"] == ["licensing"]
    assert read["topic_evidence"]["licensing"]["evidence"][0]["quote"]
    assert read["exhibit_list"][0]["exhibit"] == "EX-99.1"
    assert read["items"][0]["furnished"]
    assert read["cover"].keys() >= {"registrant", "trading_symbols", "exchanges", "event_on", "checked"}
    assert read["financial_statement_parts"] == ["d"]


def test_read_adds_texts_only_when_asked(run):
    """`--text` brings the text of items and exhibits."""
    read = json.loads(run("read", FIRST, "--json", "--text")[1])
    assert "licensing agreement" in read["items"][0]["text"]
    assert "New License Agreement" in read["exhibits"][0]["text"]


def test_read_goes_on_after_a_file_that_cannot_be_read(run, tmp_path):
    """A file that is no submission gives an error object, the rest is read, and the exit code is 1."""
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"no submission")
    (folder / "b.txt").write_bytes(FIRST.read_bytes())
    (folder / "c.md").write_text("not looked at")
    (tmp_path / "empty").mkdir()
    code, out, _ = run("read", folder, tmp_path / "absent.txt", tmp_path / "empty", "--json")
    first, second, third, fourth = (json.loads(line) for line in out.splitlines())
    assert code == 1
    assert fourth == {"source": str(tmp_path / "empty"), "error": "The folder holds no .txt, .nc or .htm file."}
    assert set(first) == {"source", "error"}
    assert second["accession_number"] == "0001144204-17-013452"
    assert "No such file" in third["error"]


def test_read_takes_a_primary_document_alone(run, tmp_path):
    """What the document cannot tell is null or empty."""
    page = tmp_path / "form8k.htm"
    page.write_text("<html><p>FORM 8-K</p><p>Item 8.01 Other Events.</p><p>Something.</p><p>SIGNATURES</p></html>")
    code, out, _ = run("read", page, "--json")
    read = json.loads(out)
    assert code == 0
    assert (read["accession_number"], read["accepted_at"], read["exhibits"]) == (None, None, [])
    assert [(item["code"], item["in_header"]) for item in read["items"]] == [("8.01", False)]


def test_read_for_people_names_a_kind_only_where_there_is_one(run, tmp_path):
    """An exhibit of no known kind is shown by its headline alone."""
    filing = tmp_path / "a.txt"
    filing.write_text(FIRST.read_text().replace("<TYPE>EX-99.1", "<TYPE>EX-12.1"))
    _, out, _ = run("read", filing)
    assert "\n  EX-12.1  Cellectar Enters Into New License Agreement" in out
    assert "other" not in out


def test_read_of_an_accession_number_asks_edgar(run, tmp_path):
    """An accession number and an EDGAR URL are fetched, with the company list's tickers."""
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as edgar:
        place = Place(tmp_path, edgar.url, SCREEN)
        number = accession_number(1)
        url = f"https://www.sec.gov/Archives/edgar/data/1279704/{number.replace('-', '')}/{number}-index.htm"
        code, out, err = run("read", number, url, "--json", "--config", place.config)
    assert (code, err) == (0, "")
    first, second = (json.loads(line) for line in out.splitlines())
    assert first["accession_number"] == second["accession_number"] == number
    assert first["filers"][0]["tickers"] == ["CLRB"]


def test_read_of_an_accession_number_needs_a_name(run):
    """Without a config nobody says who asks: a usage error that names the way out."""
    code, _, err = run("read", "0001144204-17-013452")
    assert code == 2
    assert "`watcher init`" in err


@pytest.mark.parametrize("command", ["read", "backtest"])
def test_a_company_list_that_cannot_be_read_stops_nothing(run, tmp_path, command):
    """Files are read without it, and it is said that their tickers are only their own."""
    with Simulator([submission(1)], company_tickers=b'{"0": 1}') as edgar:
        place = Place(tmp_path, edgar.url, SCREEN)
        code, out, err = run(command, FIRST, "--json", "--config", place.config)
    assert code == 0
    assert json.loads(out)
    assert err == (
        "watcher: Tickers are only those that the filings state, without the company list: "
        "The company list has no row with a CIK and a ticker.\n"
    )


def test_explain_says_why_and_why_not(run, tmp_path):
    """Each rule has its verdict with reasons and evidence, as the contract spells it."""
    (tmp_path / "rules.yaml").write_text(RULES + "- id: never\n  when: {item: 4.02}\n  notify: [desk]\n")
    code, out, _ = run("explain", FIRST, "--rules", tmp_path / "rules.yaml", "--json")
    explained = json.loads(out)
    assert code == 0
    assert explained["accession_number"] == "0001144204-17-013452"
    rules = {rule["id"]: rule for rule in explained["rules"]}
    assert rules["license"]["matched"]
    evidence = rules["license"]["evidence"][0]
    assert set(evidence) >= {"phrase", "where", "quote", "start", "end"}
    assert evidence["phrase"] == "license agreement"
    assert "**License Agreement**" in evidence["quote"]
    assert not rules["never"]["matched"]
    assert rules["never"]["why_not"]


def test_explain_for_people(run):
    """Without --json the same is readable, and a rule that does not match is no failure."""
    code, out, _ = run("explain", FIRST, "--rules", ROOT / "rules")
    assert code == 0
    assert "cellectar-license matches" in out
    assert "+ ticker is CLRB" in out


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("[edgar]\nforms = ['8-K']\n", "config.toml:1:1: edgar.user_agent is missing"),
        ('[edgar]\nuser_agent = "Mozilla/5.0 (X11)"\n', "config.toml:2:1: edgar.user_agent looks like a browser's"),
        ('[edgar]\nuser_agent = "Acme ops@acme.com"\npoll = "2s"\n', 'config.toml:3:1: Unknown key "poll"'),
        (
            '[edgar]\nuser_agent = "Acme ops@acme.com"\n[receivers.d]\ntype = "slack"\nchannel = "C"\n'
            'token = "xoxb-9"\n',
            "config.toml:6:1: receivers.d.token is a secret and must not stand in this file",
        ),
        (
            '[edgar]\nuser_agent = "Acme ops@acme.com"\n[receivers.d]\ntype = "slack"\nchannel = "C"\n'
            'token = { env = "SLACK_BOT_TOKEN" }\n',
            "config.toml:6:1: receivers.d.token needs the environment variable SLACK_BOT_TOKEN",
        ),
    ],
)
@pytest.mark.parametrize("command", ["check", "run", "status"])
def test_a_wrong_config_is_told_with_its_place(run, config, told, command):
    """Exit code 78 and one sentence; commands that only look do not ask for secrets that are not set."""
    Path("config.toml").write_text(config)
    Path("rules").mkdir()
    Path("rules/rules.yaml").write_text("- id: r\n  when: {item: 4.02}\n  notify: [d]\n")
    code, out, err = run(command)
    if command == "status" and "environment variable" in told:
        assert code == 2
        return
    assert code == 78
    assert told in err
    assert out == ""
    assert "xoxb-9" not in err
    assert not Path("watcher.db").exists()


def test_mistakes_of_config_and_rules_are_told_together(run):
    """A missing variable does not hide that a rule tells a receiver that is not there."""
    Path("config.toml").write_text(
        '[edgar]\nuser_agent = "Acme ops@acme.com"\n[receivers.desk]\ntype = "slack"\nchannel = "C"\n'
        'token = { env = "SLACK_BOT_TOKEN" }\n'
    )
    Path("rules").mkdir()
    Path("rules/rules.yaml").write_text("- id: r\n  when: {item: 4.02}\n  notify: [desk, inbx]\n")
    code, _, err = run("run")
    assert code == 78
    first, second = err.splitlines()
    assert "SLACK_BOT_TOKEN" in first
    assert "rules.yaml:3:" in second
    assert "inbx" in second


def test_no_mistake_hides_another_one(run, tmp_path):
    """The example's name, a wrong key, a wrong rule and a template that fails are told at one go."""
    place = Place(
        tmp_path, "https://www.sec.gov", SCREEN, rules=RULES + "- id: r\n  when: {itm: 4.02}\n  notify: [desk]\n"
    )
    wrong = place.config.read_text().replace("tests@loopback.example", "ops@example.com")
    place.config.write_text(wrong + "colour = 1\n")
    code, _, err = run("check", "--config", place.config)
    assert code == 78
    for told in ("still holds the example's address", 'Unknown key "colour"', "there is no condition 'itm'"):
        assert told in err
    assert len(err.splitlines()) == 3


def test_rules_are_checked_although_the_config_is_no_toml(run):
    """A slip in config.toml does not hide those in the folder `rules`; receivers are not judged then."""
    Path("config.toml").write_text("[edgar\n")
    Path("rules").mkdir()
    Path("rules/rules.yaml").write_text("- id: r\n  when: {itm: 4.02}\n  notify: [desk]\n")
    code, _, err = run("check")
    assert code == 78
    first, second = err.splitlines()
    assert "This is not TOML" in first
    assert "there is no condition 'itm'" in second


def test_an_example_that_fails_is_told_beside_a_wrong_config(run, tmp_path):
    """Examples are tried also where the config is wrong."""
    place = Place(tmp_path, NOBODY, SCREEN, rules=RULES + f"  examples:\n    ignore: [{FIRST}]\n")
    place.config.write_text(place.config.read_text() + "colour = 1\n")
    code, _, err = run("check", "--config", place.config)
    assert code == 78
    assert "Unknown key" in err
    assert "must not match and does" in err


@pytest.mark.parametrize("command", ["explain", "backtest"])
def test_rules_are_tried_with_a_config_as_it_comes(run, command):
    """What needs no name for EDGAR does not ask for one; where tickers come from then is said."""
    assert run("init")[0] == 0
    code, out, err = run(command, FIRST, "--json")
    assert code == 0
    assert "cellectar-license" in out
    assert "without the company list: config.toml:" in err


def test_the_topics_beside_a_rule_file_are_read_with_it(run, tmp_path):
    """`--rules FILE` knows the topics that stand beside the file, as the folder's rules do."""
    (tmp_path / "mine.yaml").write_text("- id: r\n  when: {topic: foreign license}\n  notify: [desk]\n")
    (tmp_path / "topics.yaml").write_text("foreign license:\n  text: license agreement\n")
    code, out, err = run("explain", FIRST, "--rules", tmp_path / "mine.yaml", "--json")
    assert code == 0, err
    assert json.loads(out)["rules"][0]["matched"] is True


def test_a_slip_is_found_by_the_words_of_stored_filings(run, tmp_path):
    """`check` knows how the filings in the database spell a word that no shipped topic has."""
    rules = RULES + "- id: slip\n  when: {text: zeolite membrnes}\n  notify: [desk]\n"
    place = Place(tmp_path, NOBODY, SCREEN, rules=rules)
    with Store(tmp_path / "watcher.db") as store:
        for number in range(3):
            report = read_filing(None, submission(number, text="A plant for zeolite membranes."), lambda _: ())
            store.see([Filing(report.accession_number, "8-K", (CELLECTAR,))], at=datetime.now(UTC))
            store.save_report(report)
    code, _, err = run("check", "--config", place.config)
    assert code == 0
    assert "is 'membrnes' a slip for 'membranes'?" in err


def test_an_example_that_fails_is_told_at_its_rule(run, tmp_path):
    """`check` tries the rules' examples, and names the sentence that matched although it must not."""
    place = Place(tmp_path, NOBODY, SCREEN, rules=RULES + f"  examples:\n    ignore: [{FIRST}]\n")
    code, _, err = run("check", "--config", place.config)
    assert code == 78
    assert "rules.yaml:5: rule any-license: the example 0001144204-17-013452.txt must not match and does" in err
    assert "**License Agreement**" in err


def test_a_suspicious_rule_is_a_warning(run, tmp_path):
    """A rule that can never match is told, and is no failure."""
    rules = RULES + "- id: never\n  when: {all: [{form: 8-K}, {form: 10-K}]}\n  notify: [desk]\n"
    place = Place(tmp_path, NOBODY, SCREEN, rules=rules)
    code, _, err = run("check", "--config", place.config)
    assert code == 0
    assert "warning: " in err
    assert "'never'" in err


def test_check_online_asks_everybody_and_sends_nothing(run, tmp_path):
    """EDGAR and every receiver are asked, and what fails is said."""
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as edgar:
        place = Place(tmp_path, edgar.url, SCREEN)
        code, out, _ = run("check", "--online", "--config", place.config)
    assert code == 0
    assert "EDGAR: lists 1 filing on" in out
    assert "desk: prints to standard output" in out
    place.config.write_text(place.config.read_text().replace(edgar.url, NOBODY))
    code, _, err = run("check", "--online", "--config", place.config)
    assert code == 1
    assert "EDGAR:" in err


def test_a_missing_config_says_how_to_get_one(run):
    """Every command that needs a config names `watcher init` where there is none."""
    for command in ("check", "run", "status", "filings", "deliveries", "audit"):
        code, _, err = run(command)
        assert code == 78
        assert "`watcher init`" in err


def test_looking_before_the_first_run_is_a_sentence(run, tmp_path):
    """Without a database the commands that look say what makes one."""
    place = Place(tmp_path, NOBODY, SCREEN)
    for command in ("status", "filings", "deliveries"):
        code, _, err = run(command, "--config", place.config)
        assert code == 2
        assert "`watcher run` makes it" in err


def test_an_edgar_that_does_not_answer_is_no_empty_list(run, tmp_path):
    """`run --once` fails, and `status` says since when and why; nothing becomes a baseline."""
    place = Place(tmp_path, NOBODY, SCREEN)
    code, _, _ = run("run", "--once", "--config", place.config)
    assert code == 1
    code, out, _ = run("status", "--json", "--config", place.config)
    status = json.loads(out)
    assert code == 1
    assert status["state"] == "failing"
    assert status["last_poll_at"] is None
    assert any("EDGAR's list was never read" in reason for reason in status["reasons"])


def test_send_test_is_clearly_a_test(run, tmp_path):
    """One marked message to the receiver that was named; an unknown one is refused with the known ones."""
    place = Place(tmp_path, NOBODY, SCREEN)
    code, out, _ = run("send-test", "desk", "--config", place.config)
    assert code == 0
    assert "[TEST]" in out
    code, _, err = run("send-test", "dsk", "--config", place.config)
    assert code == 2
    assert 'did you mean "desk"?' in err


def test_an_unknown_command_names_the_near_one(run):
    """A misspelt command is a usage error that helps."""
    code, _, err = run("statsu")
    assert code == 2
    assert "Did you mean 'status'?" in err


def test_simulate_lists_its_faults(run, tmp_path):
    """Every fault can be named on the command line; one that is none is refused."""
    (tmp_path / "a.txt").write_bytes(submission(1))
    assert "maintenance" in run("simulate", tmp_path, "--fault", "help")[1]
    code, _, err = run("simulate", tmp_path, "--fault", "earthquake", "--port", "0")
    assert code == 2
    assert "earthquake" in err


def test_a_damaged_database_is_a_sentence(run, tmp_path):
    """A file that is no database fails with its name and without a traceback."""
    place = Place(tmp_path, NOBODY, SCREEN)
    (tmp_path / "watcher.db").write_bytes(b"not a database at all" * 100)
    code, _, err = run("status", "--config", place.config)
    assert code == 1
    assert "watcher.db is not a readable SQLite database" in err
    assert "Traceback" not in err


def test_an_empty_database_is_a_sentence(run, tmp_path):
    """A file without a byte, as a broken copy leaves one, is not called old."""
    place = Place(tmp_path, NOBODY, SCREEN)
    (tmp_path / "watcher.db").touch()
    code, _, err = run("status", "--config", place.config)
    assert code == 1
    assert "watcher.db is empty; `watcher run` fills it, or restore a backup" in err


def test_one_look_that_failed_says_why(run, tmp_path):
    """`run --once` without a network leaves its reason with `status`, instead of asking whether it ran."""
    place = Place(tmp_path, NOBODY, SCREEN)
    assert run("run", "--once", "--config", place.config)[0] == 1
    _, out, _ = run("status", "--config", place.config)
    assert "EDGAR's list was never read: EDGAR cannot be reached (it refuses the connection)" in out


def test_status_names_the_last_failure_at_once(run, tmp_path):
    """Minutes before a refusal makes the state late, `status` says that the last try failed, and why."""
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as edgar:
        place = Place(tmp_path, edgar.url, SCREEN)
        assert run("run", "--once", "--config", place.config)[0] == 0
        assert json.loads(run("status", "--json", "--config", place.config)[1])["last_poll_error"] == ""
        edgar.break_down(Fault("undeclared"))
        assert run("run", "--once", "--config", place.config)[0] == 1
    _, out, _ = run("status", "--config", place.config)
    assert re.search(r"last poll   20.*\n  the try after that failed: EDGAR takes the user agent", out)
    assert "set `user_agent`" in json.loads(run("status", "--json", "--config", place.config)[1])["last_poll_error"]


def test_csv_and_json_exclude_each_other(run):
    """Two formats on one stream are a usage error, before anything is read."""
    code, out, err = run("backtest", FIRST, "--rules", ROOT / "rules", "--csv", "--json")
    assert (code, out) == (2, "")
    assert "one of --csv and --json" in err


def test_the_demo_ends_by_itself_and_leaves_its_state(run):
    """The alerts with their evidence, a summary, and a database that the commands can look into, as documented."""
    code, out, _ = run("demo", "--folder", "shown")
    assert code == 0
    assert "CLRB · Cellectar Biosciences, Inc." in out
    assert "**License Agreement**" in out
    assert "4 alerts on 6 new filings" in out
    code, listed, _ = run("filings", "--json", "--config", "shown/config.toml")
    assert len(listed.splitlines()) == 7
    assert _undocumented_keys(run, "shown/config.toml") == set()
    code, _, err = run("demo", "--folder", ".")
    assert code == 2
    assert "holds other things" in err


def _undocumented_keys(run, config: str) -> set[str]:
    """The keys that commands print and that docs/json.md does not name in the section about them."""
    _, *parts = re.split(r"^## (.+)$", (ROOT / "docs" / "json.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = {name: text for names, text in zip(parts[::2], parts[1::2], strict=True) for name in names.split(", ")}
    arguments = {
        "read": (FIRST, "--text"),
        "explain": (FIRST,),
        "backtest": ("--against", ROOT / "rules" / "events.yaml"),
        "search": ("license",),
    }
    missing = set()
    for name, section in sections.items():
        printed = run(name, *arguments.get(name, ()), "--json", "--config", config)[1]
        assert printed, name
        # Evidence is told once for all.
        told = section + sections["explain"]
        keys = set().union(*(_keys(json.loads(line)) for line in printed.splitlines()))
        missing |= {f"{name}: {key}" for key in keys if f"`{key}`" not in told}
    return missing


def _keys(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    if not isinstance(value, dict):
        return set()
    by_topic = list(value.get("topic_evidence", {}).values())
    return set(value).union(*(_keys(by_topic if key == "topic_evidence" else inner) for key, inner in value.items()))


def test_importing_watcher_loads_nothing_that_talks(tmp_path):
    """`import watcher` is quick because no network library, parser or database comes with it."""
    heavy = "{'httpx', 'slack_sdk', 'feedparser', 'sqlite_utils', 'apscheduler', 'jinja2', 'rich', 'click'}"
    code = f"import sys, watcher; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_has_help():
    """`--help` of each command says on one screen what it does, with examples that name its own options."""
    from watcher.cli import _watcher

    runner = CliRunner()
    for name in _watcher.list_commands(None):
        shown = runner.invoke(_watcher, [name, "--help"], terminal_width=80)
        assert shown.exit_code == 0
        assert len(shown.output.splitlines()) <= 25
        assert "RANGE" not in shown.output
        examples = re.findall(rf"\n    watcher {name}(.*)", shown.output)
        assert examples
        known = {option for parameter in _watcher.get_command(None, name).params for option in parameter.opts}
        for example in examples:
            assert set(re.findall(r"--[a-z-]+", example)) <= known


def test_the_public_names_are_those_of_the_contract():
    """Every name in `watcher.__all__` can be had."""
    for name in watcher.__all__:
        assert getattr(watcher, name) is not None
