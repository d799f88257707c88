"""Any of Apprise's services. Apprise says yes or no and never why: a no may have arrived all the same."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Collection
from datetime import datetime, timedelta

from watcher.connections import why_it_failed
from watcher.errors import CannotAsk, DeliveryUnknown, ReceiverBroken
from watcher.messages.wording import cut_end
from watcher.model import Message, Receipt
from watcher.settings import AppriseSettings

_MAX_BODY = 3_000


class AppriseNotifier:
    """What an Apprise address stands for."""

    can_find = False
    pace = timedelta()
    place = ""
    folds_repeats = False

    def __init__(self, settings: AppriseSettings) -> None:
        self._settings = settings
        # Apprise logs addresses, and the secrets are in them.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        self._wrong = ""
        try:
            with warnings.catch_warnings():
                # It loads its plugins late, and they look for modules that newer Pythons have dropped.
                warnings.simplefilter("ignore", DeprecationWarning)
                import apprise

                self._service = apprise.Apprise()
                if not self._service.add(settings.url.reveal()):
                    self._wrong = f"Apprise does not understand the address of {settings.name}; correct it."
        except ImportError:
            self._wrong = f"{settings.name} needs Apprise, which is not installed; install edgar-watcher[apprise]."

    def send(self, message: Message) -> Receipt:
        """Send subject and text."""
        self._require_service()
        try:
            taken = self._service.notify(
                title=message.subject,
                body=cut_end(message.text, _MAX_BODY),
                body_format="text",
                interpret_escapes=False,
            )
        except Exception as error:
            # Apprise's plugins raise whatever they like, with addresses in it.
            raise DeliveryUnknown(f"Apprise failed for {self._settings.name} ({why_it_failed(error)}).") from None
        if not taken:
            raise DeliveryUnknown(f"Apprise could not deliver to {self._settings.name}, and does not say why.")
        return Receipt(message.delivery_id)

    send_plain = send

    def _require_service(self) -> None:
        if self._wrong:
            raise ReceiverBroken(self._wrong)

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """Apprise cannot ask."""
        raise CannotAsk(f"{self._settings.name} goes through Apprise, and that cannot be asked.")

    def check(self) -> str:
        """See whether Apprise understands the address."""
        self._require_service()
        return f"{self._settings.name}: Apprise understands its address; only sending tries it"

    def close(self) -> None:
        """Nothing is kept open."""
