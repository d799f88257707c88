"""What systemd is told about a service of `Type=notify`.

Source: sd_notify(3): datagrams of `KEY=value` to the socket that $NOTIFY_SOCKET names; an `@` stands for the abstract
namespace's zero byte.
"""

from __future__ import annotations

import os
import socket

READY = "READY=1"
ALIVE = "WATCHDOG=1"
STOPPING = "STOPPING=1"


def tell_systemd(state: str) -> None:
    """Send a state to the service manager; does nothing where none listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.sendto(state.encode(), address)
    except OSError:
        # A manager that does not hear us restarts us; nothing else can be done about it here.
        return
