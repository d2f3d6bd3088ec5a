"""Text from anywhere, for terminals and for what reads Markdown: it stays text."""

from __future__ import annotations

import re
import unicodedata

_LINK = re.compile(r"(?i)\b(?:https?|ftp|mailto|xmpp):|\bwww\.|\w@(?=\w)")
"""What GitHub's Markdown and its like make a link of without being asked: the character that is the sign of it."""

_SPACES = dict.fromkeys(
    map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " "
)
"""Harmless, but not printable to Python, and numbers are full of them."""

_DANGEROUS = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that move the cursor, hide text or turn it around: controls, formats, surrogates, separators."""


def safe(text: str, *, keep: str = "") -> str:
    r"""Text with every control, bidirectional, invisible or broken character written out, such as `\x1b`.

    Args:
        text: from anywhere.
        keep: characters that stay as they are, such as a line break.
    """
    if text.isprintable():
        return text
    seen = text.translate(_SPACES)
    for character in keep:
        seen = seen.replace(character, " ")
    if seen.isprintable():
        return text
    return "".join(c if c in keep or unicodedata.category(c) not in _DANGEROUS else _written_out(c) for c in text)


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode()


def markdown_safe(text: str) -> str:
    """Text that Markdown takes for text."""
    escaped = re.sub(r"([\\`*\[\]|!{}$])", r"\\\1", safe(text, keep="\n")).replace("&", "&amp;")
    escaped = escaped.replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
    return _LINK.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", escaped)
