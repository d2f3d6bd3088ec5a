"""Sending a digest: by mail over SMTP, or to an incoming webhook. No password and no webhook's address in any error."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.errors import CredentialError, SourceError
from pipelines.notices.rendering import as_html, as_text, as_webhook, subject

if TYPE_CHECKING:
    from pipelines.notices.digest import Digest
    from pipelines.notify_settings import NotifySettings
    from pipelines.wording import Language

_PATIENCE_S = 20.0
_GONE = (401, 403, 404, 410)
"""What a webhook answers whose address is wrong, or was withdrawn."""


def send_mail(digest: Digest, settings: NotifySettings, lang: Language) -> None:
    """Send it to everybody in one message, as text and as HTML.

    Raises:
        CredentialError: the server refuses the user or the password.
        SourceError: it cannot be reached, or takes no mail from us or for them.
    """
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    message = EmailMessage()
    message["Subject"] = subject(digest, lang)
    message["From"], message["To"] = settings.mail_from, settings.mail_to
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="syfte.invalid")
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's absence answers it
    message.set_content(as_text(digest, lang))
    message.add_alternative(as_html(digest, lang), subtype="html")
    try:
        with _connected(settings) as server:
            if settings.smtp_user is not None and settings.smtp_password is not None:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise CredentialError(
            f"The mail server refuses the user (SMTP {error.smtp_code}).",
            where=where,
            do="Correct SYFTE_NOTIFY__SMTP_USER and SYFTE_NOTIFY__SMTP_PASSWORD.",
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise SourceError(
            "The mail server does not offer what is asked of it.",
            where=where,
            do="SYFTE_NOTIFY__SMTP_SECURITY must be what it offers: starttls (mostly port 587), tls (465) or none.",
        ) from None
    except (smtplib.SMTPException, OSError) as error:  # its own words may hold addresses of people
        code = f", SMTP {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        raise SourceError(
            f"The mail was not taken ({type(error).__name__}{code}).",
            where=where,
            do="Look at SYFTE_NOTIFY__SMTP_HOST, SYFTE_NOTIFY__SMTP_PORT and the addresses; it is tried again later.",
        ) from None


def _connected(settings: NotifySettings) -> smtplib.SMTP:
    host, port = settings.smtp_host or "", settings.smtp_port
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=_PATIENCE_S, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=_PATIENCE_S)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def send_webhook(digest: Digest, settings: NotifySettings, lang: Language, *, proxy: str | None = None) -> None:
    """Post it to the webhook. Its address is its key, so it is told to nobody.

    Raises:
        CredentialError: the address is wrong, or was withdrawn.
        SourceError: it cannot be reached, or does not take the message.
    """
    import httpx  # noqa: PLC0415  # heavy, and seldom needed

    assert settings.webhook is not None  # noqa: S101  # whoever calls has looked
    url = settings.webhook.get_secret_value()
    where = f"SYFTE_NOTIFY__WEBHOOK, {urlsplit(url).hostname}"
    try:
        answer = httpx.post(
            url, json=as_webhook(digest, lang, settings.webhook_kind), timeout=_PATIENCE_S, proxy=proxy, trust_env=False
        )
    except httpx.HTTPError as error:  # its text may hold the address
        raise SourceError(
            f"The webhook cannot be reached ({type(error).__name__}).",
            where=where,
            do="Look whether this machine may reach it; it is tried again next time.",
        ) from None
    if answer.status_code in _GONE:
        raise CredentialError(
            f"The webhook is not there, or does not know us (HTTP {answer.status_code}).",
            where=where,
            do="Make a new one in Slack or Teams, and set SYFTE_NOTIFY__WEBHOOK to its address.",
        )
    if not answer.is_success:
        raise SourceError(
            f"The webhook did not take the message (HTTP {answer.status_code}).",
            where=where,
            do="SYFTE_NOTIFY__WEBHOOK_KIND must be what it is, slack or teams; it is tried again next time.",
        )
