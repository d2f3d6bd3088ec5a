"""What is set for digests: whom they reach by mail, which webhook takes them. `settings.py` reads it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from pipelines.source_settings import Token  # noqa: TC001  # pydantic reads the annotations

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _checked_mail(text: str) -> str:
    """Refuse what would begin another header, or is no address."""
    for one in text.split(","):
        if not re.fullmatch(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+", one.strip()):
            raise ValueError("must be addresses such as press@example.se, with commas between them")
    return text


def _checked_webhook(address: SecretStr) -> SecretStr:
    """Its path is its key: it may go over no wire that others read."""
    found = urlsplit(address.get_secret_value())
    if not found.hostname or (found.scheme != "https" and found.hostname not in _LOOPBACK):
        raise ValueError("must begin with https://")
    return address


class NotifySettings(BaseModel):
    """Where digests go; without a mail address and a webhook nobody is told anything.

    Args:
        lang: language of the digest.
        stale_hours: an account that nothing was read of for so long is told.
        webhook: address of an incoming webhook; it is a secret.
        webhook_kind: slack (also Mattermost, Rocket.Chat), or teams.
        mail_to: addresses, with commas between them.
        mail_from: who it is from.
        smtp_host: the mail server.
        smtp_port: its port.
        smtp_security: starttls, tls, or none for a server of one's own.
        smtp_user: for servers that want one.
        smtp_password: the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    lang: Literal["sv", "en"] = "sv"
    stale_hours: Annotated[int, Field(ge=1, le=8760)] = 36
    webhook: Annotated[Token, AfterValidator(_checked_webhook)] | None = None
    webhook_kind: Literal["slack", "teams"] = "slack"
    mail_to: Annotated[str, AfterValidator(_checked_mail)] | None = None
    mail_from: Annotated[str, AfterValidator(_checked_mail)] | None = None
    smtp_host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$")] | None = None
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.mail_to and not (self.mail_from and self.smtp_host):
            raise ValueError("MAIL_TO needs MAIL_FROM and SMTP_HOST too")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("SMTP_USER and SMTP_PASSWORD go together")
        if self.smtp_user and self.smtp_security == "none" and self.smtp_host not in _LOOPBACK:
            raise ValueError("a password may not go over an open line: SMTP_SECURITY must be starttls or tls")
        return self

    @property
    def channels(self) -> tuple[Literal["mail", "webhook"], ...]:
        """The ways that are set."""
        return (*(("mail",) if self.mail_to else ()), *(("webhook",) if self.webhook else ()))
