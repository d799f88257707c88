"""The dashboard, `/healthz` and `/metrics`: what the watcher sees and does, for people and for their monitoring.

Everything is read from the database through a connection of its own that cannot write.
"""

from watcher.dashboard.server import Server, serve

__all__ = ["Server", "serve"]
