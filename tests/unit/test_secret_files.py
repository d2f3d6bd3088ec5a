from __future__ import annotations

import os

import keyring
import pytest

from pipelines.errors import ConfigurationError
from pipelines.settings import load_settings, secret_variables
from tests.unit.tokens.test_store import Ring

SECRET = "EAAsentinelTOKEN0123456789"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in [name for name in os.environ if name.upper().startswith("SYFTE_")]:
        monkeypatch.delenv(name)


def secret(path, text=f"{SECRET}\n", mode=0o600):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def refusal(folder):
    with pytest.raises(ConfigurationError) as told:
        load_settings(folder)
    assert SECRET not in str(told.value)
    assert told.value.do
    return told.value


def token_of(folder):
    return load_settings(folder).x.token.get_secret_value()


def test_a_token_may_stand_in_a_file_that_a_variable_names(tmp_path, monkeypatch):
    path = secret(tmp_path / "elsewhere" / "x")
    monkeypatch.setenv("SYFTE_X__TOKEN_FILE", str(path))
    settings = load_settings(tmp_path)
    assert settings.x.token.get_secret_value() == SECRET
    assert settings.origin_of("SYFTE_X__TOKEN") == str(path)
    assert list(settings.secrets()) == [SECRET]


def test_the_path_may_stand_in_dotenv_and_be_relative_to_the_project(tmp_path):
    secret(tmp_path / "keys" / "x")
    (tmp_path / ".env").write_text("SYFTE_X__TOKEN_FILE=keys/x\nSYFTE_X__ENABLED=true\n", encoding="utf-8")
    assert token_of(tmp_path) == SECRET
    assert load_settings(tmp_path).x.enabled


def test_a_folder_of_secrets_holds_tokens_of_single_accounts_whose_ids_keep_their_case(tmp_path):
    secret(tmp_path / "secrets" / "SYFTE_X__TOKEN")
    secret(tmp_path / "secrets" / "SYFTE_BLUESKY__TOKENS__did:plc:Abc", "aaaa-bbbb-cccc-dddd")
    secret(tmp_path / "secrets" / ".hidden", "an editor's")
    settings = load_settings(tmp_path)
    assert settings.x.token.get_secret_value() == SECRET
    assert [*settings.bluesky.tokens] == ["did:plc:Abc"]


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path, mode):
    path = secret(tmp_path / "secrets" / "SYFTE_X__TOKEN", mode=mode)
    error = refusal(tmp_path)
    assert error.what == f"Others may read a secret (mode {mode:04o})."
    assert f"chmod 600 {path}" in error.do


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("SYFTE_X__TOKN", SECRET, "named like no secret"),
        ("SYFTE_X__BASE_URL", "https://api.x.com", "named like no secret"),
        ("SYFTE_X__TOKEN", " \n", "is empty"),
        ("SYFTE_X__TOKEN", SECRET * 3000, "longer than any token"),
        ("SYFTE_X__TOKEN", f"{SECRET} {SECRET}", "SYFTE_X__TOKEN is wrong"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_path(tmp_path, name, text, what):
    path = secret(tmp_path / "secrets" / name, text)
    error = refusal(tmp_path)
    assert what in error.what
    assert error.where == str(path)


def test_a_secret_that_is_said_twice_is_an_error(tmp_path, monkeypatch):
    secret(tmp_path / "secrets" / "SYFTE_X__TOKEN")
    monkeypatch.setenv("SYFTE_X__TOKEN", SECRET)
    assert "said twice" in refusal(tmp_path).what


def test_a_file_that_is_not_there_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_X__TOKEN_FILE", "nowhere")
    assert "cannot be read" in refusal(tmp_path).what


def test_a_variable_for_the_file_of_something_that_is_no_secret_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_X__BASE_URL_FILE", "x")
    assert "is not a setting" in refusal(tmp_path).what


def test_a_token_may_be_the_name_of_an_entry_in_the_keyring(tmp_path, monkeypatch):
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    try:
        ring.held["syfte", "x-main"] = SECRET
        monkeypatch.setenv("SYFTE_X__TOKEN", "keyring:x-main")
        assert token_of(tmp_path) == SECRET
        monkeypatch.setenv("SYFTE_X__TOKEN", "keyring:x-other")
        assert "the keyring has no entry of this name" in refusal(tmp_path).what
    finally:
        keyring.set_keyring(before)


def test_every_secret_can_stand_in_a_file():
    found = set(secret_variables())
    assert {"SYFTE_PSEUDONYM_KEY", "SYFTE_HTTP__PROXY", "SYFTE_X__TOKENS__*", "SYFTE_TIKTOK__CLIENT_SECRET"} <= found
    assert not {
        name
        for name in found
        if name.endswith(("BASE_URL", "LOGIN_URL", "VERSION", "ENABLED", "CLIENT_ID", "TOKEN_STORE"))
    }
