"""Slack's limits on a message's blocks, checked before Slack does: one bad block rejects the whole message.

Source: Slack's Block Kit reference. That all blocks together stay under about 13,000 characters is not
documented; it is what the API enforces (`msg_blocks_too_long`), so ours stay under 12,000.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_BLOCKS = 50
MAX_TOTAL = 12_000
MAX_TEXT = 3_000
MAX_HEADER = 150
MAX_FIELDS = 10
MAX_FIELD = 2_000
MAX_CONTEXT = 10
MAX_URL = 3_000
MAX_BLOCK_ID = 255

Block = Mapping[str, Any]

_KNOWN = {"header", "section", "context", "divider", "rich_text"}
_RICH_GROUPS = {"rich_text_section", "rich_text_quote", "rich_text_list", "rich_text_preformatted"}
_STYLES = {"bold", "italic", "strike", "code"}
# What a mrkdwn text may hold between `<` and `>`: links and dates. Mentions are never ours.
_TOKEN = re.compile(r"<(?:https?://[^<>|\s]+(?:\|[^<>|]*)?|!date\^\d+\^[^<>|]+\|[^<>|]+)>")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_QUOTE = re.compile(r"^> ?", re.MULTILINE)


def faults(blocks: Sequence[Block]) -> list[str]:
    """Everything that Slack would refuse or misread in these blocks, each as `/blocks/2/text: sentence`."""
    found = [fault for at, block in enumerate(blocks) for fault in _block_faults(block, f"/blocks/{at}")]
    if not blocks:
        found.append("/blocks: there are none")
    if len(blocks) > MAX_BLOCKS:
        found.append(f"/blocks: {len(blocks)} blocks, at most {MAX_BLOCKS}")
    if (total := length(blocks)) > MAX_TOTAL:
        found.append(f"/blocks: {total} characters in all, at most {MAX_TOTAL}")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(ids)) < len(ids):
        found.append("/blocks: two blocks have the same block_id")
    return found


def length(blocks: Sequence[Block]) -> int:
    """Characters of all texts and link targets of the blocks."""
    return sum(len(text) for block in blocks for text in _texts(block))


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("text", "url", "alt_text", "image_url") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for child in node:
            yield from _texts(child)


def _block_faults(block: Block, at: str) -> Iterator[str]:
    kind = block.get("type")
    if len(str(block.get("block_id", ""))) > MAX_BLOCK_ID:
        yield f"{at}/block_id: more than {MAX_BLOCK_ID} characters"
    if kind not in _KNOWN:
        yield f"{at}/type: {kind!r} is not a block of ours"
    elif kind == "header":
        yield from _text_faults(block.get("text"), f"{at}/text", MAX_HEADER, kinds=("plain_text",))
    elif kind == "section":
        yield from _section_faults(block, at)
    elif kind == "context":
        elements = block.get("elements") or []
        if not 1 <= len(elements) <= MAX_CONTEXT:
            yield f"{at}/elements: {len(elements)} elements, 1 to {MAX_CONTEXT} allowed"
        for number, element in enumerate(elements):
            yield from _text_faults(element, f"{at}/elements/{number}", MAX_TEXT)
    elif kind == "rich_text":
        yield from _rich_faults(block, at)


def _section_faults(block: Block, at: str) -> Iterator[str]:
    if "text" in block:
        yield from _text_faults(block["text"], f"{at}/text", MAX_TEXT)
    fields = block.get("fields") or []
    if not fields and "text" not in block:
        yield f"{at}: a section has a text or fields"
    if len(fields) > MAX_FIELDS:
        yield f"{at}/fields: {len(fields)} fields, at most {MAX_FIELDS}"
    for number, field in enumerate(fields):
        yield from _text_faults(field, f"{at}/fields/{number}", MAX_FIELD)


def _text_faults(node: Any, at: str, most: int, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Iterator[str]:
    if not isinstance(node, Mapping) or node.get("type") not in kinds:
        yield f"{at}/type: must be {' or '.join(kinds)}"
        return
    text = node.get("text")
    if not isinstance(text, str) or not text.strip():
        yield f"{at}/text: must be more than 0 characters"
        return
    if len(text) > most:
        yield f"{at}/text: must be less than {most + 1} characters"
    if node["type"] == "mrkdwn":
        if not node.get("verbatim"):
            yield f"{at}/verbatim: must be true, or Slack links words of the text by itself"
        rest = _QUOTE.sub("", _ENTITY.sub("", _TOKEN.sub("", text)))
        if any(mark in rest for mark in "<>&"):
            yield f"{at}/text: unescaped `<`, `>` or `&`"


def _rich_faults(block: Block, at: str) -> Iterator[str]:
    groups = block.get("elements") or []
    if not groups:
        yield f"{at}/elements: there are none"
    for number, group in enumerate(groups):
        yield from _group_faults(group, f"{at}/elements/{number}")


def _group_faults(group: Any, at: str) -> Iterator[str]:
    if group.get("type") not in _RICH_GROUPS:
        yield f"{at}/type: {group.get('type')!r} is not a group of rich text"
        return
    elements = group.get("elements") or []
    if not elements:
        yield f"{at}/elements: there are none"
    if group["type"] == "rich_text_list":
        for number, section in enumerate(elements):
            if section.get("type") != "rich_text_section":
                yield f"{at}/elements/{number}: a list holds sections"
            else:
                yield from _group_faults(section, f"{at}/elements/{number}")
        return
    for number, element in enumerate(elements):
        yield from _leaf_faults(element, f"{at}/elements/{number}")


def _leaf_faults(element: Any, at: str) -> Iterator[str]:
    kind = element.get("type")
    if kind not in ("text", "link"):
        yield f"{at}/type: {kind!r} is neither text nor link"
        return
    if not set(element.get("style", {})) <= _STYLES:
        yield f"{at}/style: unknown style"
    # Slack refuses an empty text, in links too: there it is left out instead.
    text = element.get("text", "" if kind == "text" else "link")
    if not isinstance(text, str) or not text:
        yield f"{at}/text: must be more than 0 characters"
    elif len(text) > MAX_TEXT:
        yield f"{at}/text: must be less than {MAX_TEXT + 1} characters"
    if kind == "link":
        url = element.get("url", "")
        if not url.startswith(("https://", "http://")) or len(url) > MAX_URL:
            yield f"{at}/url: must be a web address of at most {MAX_URL} characters"
