"""A digest as plain text, Markdown, HTML, and as what Slack and Teams take. What stands in it stays text everywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Literal

from pipelines.notices.digest import KINDS, Digest, Kind
from pipelines.plain_text import markdown_safe, safe

if TYPE_CHECKING:
    from pipelines.wording import Language

WebhookKind = Literal["slack", "teams"]

_TITLES: dict[Kind, tuple[str, str]] = {
    "verdict": ("Omdömen som har ändrats", "Verdicts that have changed"),
    "stale": ("Källor som inte har lästs", "Sources that were not read"),
    "token": ("Token som någon måste se till", "Tokens that somebody must see to"),
    "retired": ("Mått och gränssnitt som upphör", "Metrics and interfaces that end"),
}


def title_of(kind: Kind, lang: Language) -> str:
    """The heading of a kind."""
    return _TITLES[kind][lang == "en"]


def subject(digest: Digest, lang: Language) -> str:
    """One line that says what there is: what matters most first."""
    parts = [f"{title_of(kind, lang)} ({len(found)})" for kind in KINDS if (found := digest.of(kind))]
    name = digest.organisation[lang == "en"]
    return safe(f"{name}: {', '.join(parts[:1] + [part[0].lower() + part[1:] for part in parts[1:]])}")


def as_text(digest: Digest, lang: Language) -> str:
    """For a terminal and for mail programs that show no HTML."""
    blocks = [
        "\n".join([title_of(kind, lang), *(f"- {safe(said)}" for said in digest.sentences(kind, lang))])
        for kind in KINDS
        if digest.of(kind)
    ]
    return "\n\n".join([subject(digest, lang), *blocks, _foot(digest, lang)]) + "\n"


def as_markdown(digest: Digest, lang: Language) -> str:
    """For whatever reads Markdown."""
    blocks = [
        "\n".join(
            [f"## {title_of(kind, lang)}", "", *(f"- {markdown_safe(said)}" for said in digest.sentences(kind, lang))]
        )
        for kind in KINDS
        if digest.of(kind)
    ]
    return "\n\n".join([f"# {markdown_safe(subject(digest, lang))}", *blocks, _foot(digest, lang)]) + "\n"


def as_html(digest: Digest, lang: Language) -> str:
    """A whole page without scripts, pictures or addresses: mail programs show it at once, and nobody is asked."""
    sections = "".join(
        f"<h2>{escape(title_of(kind, lang))}</h2>\n<ul>\n"
        + "".join(f"<li>{escape(safe(said))}</li>\n" for said in digest.sentences(kind, lang))
        + "</ul>\n"
        for kind in KINDS
        if digest.of(kind)
    )
    title = escape(subject(digest, lang))
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="color-scheme" content="light dark">\n</head>\n'
        '<body style="font-family: system-ui, sans-serif; line-height: 1.5; max-width: 40em">\n'
        f"<h1>{title}</h1>\n{sections}<p>{escape(_foot(digest, lang))}</p>\n</body>\n</html>\n"
    )


def as_webhook(digest: Digest, lang: Language, kind: WebhookKind) -> dict[str, Any]:
    """The JSON that an incoming webhook of Slack (or what understands it), or of Teams' workflows, takes."""
    return _teams(digest, lang) if kind == "teams" else {"text": _slack(digest, lang)}


def _slack(digest: Digest, lang: Language) -> str:
    blocks = [f"*{_slack_safe(subject(digest, lang))}*"]
    for kind in KINDS:
        if found := digest.sentences(kind, lang):
            lines = [f"• {_slack_safe(safe(said))}" for said in found]
            blocks.append("\n".join([f"*{title_of(kind, lang)}*", *lines]))
    return "\n\n".join([*blocks, _foot(digest, lang)])


def _slack_safe(text: str) -> str:
    """Slack makes links, mentions and calls to everybody of what stands in angle brackets alone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(digest: Digest, lang: Language) -> dict[str, Any]:
    def block(text: str, **more: str) -> dict[str, Any]:
        return {"type": "TextBlock", "wrap": True, "text": text, **more}

    body = [block(markdown_safe(subject(digest, lang)), size="Large", weight="Bolder")]
    for kind in KINDS:
        if found := digest.sentences(kind, lang):
            body.append(block(title_of(kind, lang), weight="Bolder"))
            body += [block(markdown_safe(said)) for said in found]
    body.append(block(_foot(digest, lang), isSubtle="true"))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _foot(digest: Digest, lang: Language) -> str:
    if digest.as_of is None:
        return "Inget är publicerat ännu." if lang == "sv" else "Nothing has been published yet."
    at = f"{digest.as_of:%Y-%m-%d %H:%M} UTC"
    return f"Publicerat läge: {at}." if lang == "sv" else f"Published as of {at}."
