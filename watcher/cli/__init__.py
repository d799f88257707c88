"""The command line: every command of `watcher`, each loaded only when it is asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from io import TextIOWrapper

import click

import watcher
from watcher.cli.output import show_mistakes, wanted_color
from watcher.errors import UsageError, UserFileError, WatcherError

# Exit codes: 0 yes or done, 1 no or failed, 2 usage, 78 a file of the user's is wrong (EX_CONFIG of sysexits.h).
FAILED, USAGE, FILE_IS_WRONG = 1, 2, 78

_COMMANDS = {
    "init": "setup",
    "check": "setup",
    "schema": "setup",
    "run": "run",
    "demo": "trying",
    "simulate": "trying",
    "send-test": "trying",
    "read": "reading",
    "explain": "reading",
    "backtest": "rehearsing",
    "filings": "looking",
    "deliveries": "looking",
    "search": "looking",
    "audit": "looking",
    "status": "looking",
    "backup": "looking",
}


class _Commands(click.Group):
    """Commands by the module that holds them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"watcher.cli.{_COMMANDS[name]}"), name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each command does in a whole sentence: click itself cuts them at the end of the line."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit=500)) for name, command in commands if command])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from watcher.spelling import nearest

        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], _COMMANDS)
            asked = f" Did you mean '{near}'?" if near else ""
            ctx.fail(f"There is no command '{args[0]}'.{asked}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(watcher.__version__, prog_name="watcher")
def _watcher() -> None:
    """Know about an SEC filing, and why it matters, before anyone else.

    \b
    Begin with:
      watcher demo                  see it work, without a network
      watcher init desk && cd desk  write a config and rules
      watcher check --online        see whether they are right
      watcher run                   watch
    """


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave the process with its exit code; an error is a sentence, never a traceback."""
    _print_what_can_be_printed()
    sys.exit(_run(arguments))


def _print_what_can_be_printed() -> None:
    """Have a terminal that lacks a character show `?` for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _run(arguments: list[str] | None) -> int:
    try:
        _watcher.main(arguments, prog_name="watcher", color=wanted_color())
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else (FAILED if leaving.code else 0)
    except UserFileError as error:
        show_mistakes(error.mistakes)
        return FILE_IS_WRONG
    except UsageError as error:
        click.echo(f"watcher: {error}", err=True)
        return USAGE
    except WatcherError as error:
        click.echo(f"watcher: {error}", err=True)
        return FAILED
    except Exception as error:
        if os.environ.get("WATCHER_TRACEBACK"):
            raise
        click.echo(f"watcher: {_sentence(error)}", err=True)
        return FAILED
    return 0


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.filename} cannot be used" if error.filename else "Something could not be read or written"
        return f"{what}: {error.strerror}."
    told = " ".join(str(error).split())
    named = f"{type(error).__name__}: {told}" if told else type(error).__name__
    return f"Something that should not happen did: {named}. Set WATCHER_TRACEBACK=1 to see where, and please report it."
