"""What Slack's error codes ask us to do. Source: the error table of chat.postMessage and the webhooks' bodies."""

from __future__ import annotations

from datetime import timedelta

from watcher.errors import DeliveryDeferred, DeliveryError, DeliveryRejected, DeliveryUnknown, ReceiverBroken
from watcher.notify.answers import RATE_LIMIT_PAUSE

_RATE = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_TRANSIENT = {"request_timeout", "team_added_to_org", "org_login_required"}
_AMBIGUOUS = {"fatal_error", "internal_error", "service_unavailable", "rollup_error"}
_CREDENTIALS = {
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "ekm_access_denied",
    "team_access_not_granted",
    "two_factor_setup_required",
    "access_denied",
    "invalid_token",
    "no_service",
    "no_active_hooks",
    "no_team",
    "no_service_id",
    "action_prohibited",
}
# Posting may work all the same where reading does not.
_UNREADABLE = {"missing_scope", "not_in_channel", "channel_not_found"}
_DESTINATION = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "channel_is_archived",
    "messages_tab_disabled",
    "posting_to_general_channel_denied",
    "user_not_found",
}
_THREAD = {"thread_not_found", "cannot_reply_to_message", "message_not_found"}


class NotReadable(ReceiverBroken):
    """We may not read the channel, or there is none of that name for us."""


class ThreadGone(DeliveryRejected):
    """The message that this one answers is not there any more."""


def error_of(code: str, *, receiver: str, place: str, waits: timedelta | None = None) -> DeliveryError:
    """The error to raise for one of Slack's codes; `place` names the channel, `waits` is `Retry-After`."""
    # An answer may hold anything; a code is one word.
    code = code if code.replace("_", "").isalnum() and len(code) < 60 else "an answer that is no error code"
    if code in _RATE or waits is not None:
        pause = waits or RATE_LIMIT_PAUSE
        seconds = f"{pause.total_seconds():.0f} s"
        sentence = f"Slack limits {receiver} ({code}); it is left alone for {seconds}."
        return DeliveryDeferred(sentence, retry_after=pause, charged=False)
    if code in _TRANSIENT:
        return DeliveryDeferred(f"Slack did not take the message for {receiver} this time ({code}).", alone=True)
    broken = NotReadable if code in _UNREADABLE else ReceiverBroken
    if code in _CREDENTIALS:
        return broken(f"Slack does not let {receiver} post ({code}); renew its credentials or the app's scopes.")
    if code in _DESTINATION or code.startswith("restricted_action"):
        return broken(
            f"Slack cannot post to {place} for {receiver} ({code}); invite the app there, or name another channel."
        )
    if code in _THREAD:
        return ThreadGone(f"The message that {receiver} was to answer is gone ({code}).")
    if code in _AMBIGUOUS:
        return DeliveryUnknown(f"Slack answered {code} to {receiver}: the message may have been posted.")
    return DeliveryRejected(f"Slack refuses the message for {receiver} in this form ({code}).")
