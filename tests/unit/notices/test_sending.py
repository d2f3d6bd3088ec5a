"""Digests over real sockets: a mail server and a webhook on loopback, in all the ways they may refuse."""

from __future__ import annotations

import email
import email.policy
import socket
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from pipelines.errors import CredentialError, SourceError
from pipelines.notices.digest import Digest, stale_notice
from pipelines.notices.sending import send_mail, send_webhook
from pipelines.notify_settings import NotifySettings
from tests.webhook import SECRET, webhook

DIGEST = Digest(
    ("Polisen", "The police"),
    datetime(2026, 3, 2, 6, tzinfo=UTC),
    (stale_notice("x", "x:1", datetime(2026, 2, 27, 6, tzinfo=UTC)),),
)
PASSWORD = "a-password-of-the-mail-server"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Inbox:
    """Keeps what it takes."""

    def __init__(self):
        self.messages = []
        self.envelopes = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  # aiosmtpd's name
        if "full@example.se" in envelope.rcpt_tos:
            return "452 4.2.2 full@example.se has no room"
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"


@pytest.fixture
def served():
    """Starts mail servers: `served(**options)` gives an inbox and its port."""
    running = []

    def start(**options):
        inbox = Inbox()
        server = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
        server.start()
        running.append(server)
        return inbox, server.port

    yield start
    for server in running:
        server.stop()


def settings(port, **more):
    usual = {"mail_to": "a@example.se, b@example.se", "mail_from": "syfte@example.se", "smtp_security": "none"}
    return NotifySettings(smtp_host="127.0.0.1", smtp_port=port, **(usual | more))


def test_everybody_gets_one_mail_as_text_and_as_html(served):
    inbox, port = served()
    send_mail(DIGEST, settings(port), "sv")
    assert inbox.envelopes == [("syfte@example.se", ["a@example.se", "b@example.se"])]
    [message] = inbox.messages
    assert message["Subject"] == "Polisen: Källor som inte har lästs (1)"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "lästes senast 2026-02-27 06:00 UTC" in text
    assert "<li>x, x:1: lästes senast" in html


def test_a_wrong_password_is_told_without_the_password(served):
    def refuse(server, session, envelope, mechanism, data):
        return AuthResult(success=False, handled=False)

    _, port = served(authenticator=refuse, auth_require_tls=False)
    with pytest.raises(CredentialError, match="SMTP 535") as caught:
        send_mail(DIGEST, settings(port, smtp_user="syfte", smtp_password=PASSWORD), "sv")
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"smtp_security": "starttls"}, "does not offer"),
        ({"mail_to": "full@example.se"}, "SMTP 452"),
        ({"smtp_security": "tls"}, "not taken"),
    ],
)
def test_a_server_that_does_not_take_it_is_told_without_anybodys_address(served, more, said):
    inbox, port = served()
    with pytest.raises(SourceError, match=said) as caught:
        send_mail(DIGEST, settings(port, **more), "sv")
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "@" not in str(caught.value)
    assert inbox.messages == []


def test_no_server_is_an_error_of_its_own():
    with pytest.raises(SourceError, match="not taken"):
        send_mail(DIGEST, settings(9), "sv")


@pytest.fixture
def hook():
    with webhook() as state:
        yield state


def test_slack_gets_text_and_teams_a_card(hook):
    send_webhook(DIGEST, NotifySettings(webhook=hook["url"]), "en")
    send_webhook(DIGEST, NotifySettings(webhook=hook["url"], webhook_kind="teams"), "en")
    slack, teams = hook["bodies"]
    assert slack["text"].startswith("*The police: Sources that were not read (1)*")
    assert teams["attachments"][0]["content"]["body"][2]["text"].startswith("x, x:1: was last read")
    assert hook["paths"] == [f"/services/{SECRET}"] * 2


@pytest.mark.parametrize(
    ("status", "kind"), [(404, CredentialError), (410, CredentialError), (500, SourceError), (302, SourceError)]
)
def test_a_webhook_that_refuses_is_told_without_its_address(hook, status, kind):
    hook["status"] = status
    with pytest.raises(kind, match=str(status)) as caught:
        send_webhook(DIGEST, NotifySettings(webhook=hook["url"]), "en")
    assert SECRET not in str(caught.value)
    assert len(hook["bodies"]) == 1  # no redirection is followed


def test_a_webhook_that_is_not_there_is_told_without_its_address():
    with pytest.raises(SourceError, match="cannot be reached") as caught:
        send_webhook(DIGEST, NotifySettings(webhook=f"http://127.0.0.1:9/{SECRET}"), "en")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("https", {"webhook": "http://hooks.example.se/x"}),
        ("MAIL_FROM", {"mail_to": "a@example.se"}),
        ("addresses", {"mail_to": "a@example.se\nBcc: b@example.se", "mail_from": "a@b.se", "smtp_host": "m"}),
        ("go together", {"smtp_user": "u"}),
        (
            "open line",
            {
                "mail_to": "a@b.se", "mail_from": "a@b.se", "smtp_host": "mail.example.se", "smtp_user": "u",
                "smtp_password": PASSWORD, "smtp_security": "none",
            },
        ),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_or_would_give_something_away_are_refused(said, wrong):
    with pytest.raises(ValueError, match=said) as caught:
        NotifySettings(**wrong)
    assert PASSWORD not in str(caught.value)
