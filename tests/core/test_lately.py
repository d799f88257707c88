"""What is remembered of the last texts."""

from __future__ import annotations

from watcher.text.lately import KEPT_LETTERS, KEPT_TEXTS, Lately


def test_the_last_texts_are_known_again_and_no_others():
    """The same object is not worked on twice while it is among the last; an equal one is not taken for it."""
    asked = []
    upper = Lately(lambda text: asked.append(text) or text.upper())
    texts = [f"{number} " * 1000 for number in range(KEPT_TEXTS)]
    for text in [*texts, texts[0]]:
        assert upper(text) == text.upper()
    assert asked == texts
    upper("again " * 1000)
    upper(texts[0])
    assert len(asked) == KEPT_TEXTS + 2


def test_long_and_short_texts_are_not_kept():
    """A long text would take much memory, and a short one no time."""
    asked = []
    length = Lately(lambda text: asked.append(text) or len(text))
    for text in ("a", "b" * (KEPT_LETTERS + 1)) * 2:
        length(text)
    assert len(asked) == 4
