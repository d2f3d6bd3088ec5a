from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.errors import ConfigurationError, CredentialError
from pipelines.settings import Settings, known_variables, load_settings, secret_variables

SECRET = "EAAsentinelTOKEN0123456789"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in [name for name in os.environ if name.upper().startswith("SYFTE_")]:
        monkeypatch.delenv(name)


def dotenv(directory, *lines):
    (directory / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return directory


def refusal(directory):
    with pytest.raises(ConfigurationError) as caught:
        load_settings(directory)
    assert caught.value.where
    assert caught.value.do
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value)
    return caught.value


def test_without_any_variable_every_source_is_off(tmp_path):
    settings = load_settings(tmp_path)
    assert (settings.facebook_pages, settings.instagram, settings.x, settings.tips) == (None, None, None, None)
    assert settings.project_dir == tmp_path


def test_a_token_in_dotenv_switches_its_source_on_and_is_never_printed(tmp_path):
    settings = load_settings(dotenv(tmp_path, f"SYFTE_FACEBOOK_PAGES__TOKEN={SECRET}"))
    assert settings.facebook_pages.token_for("101").get_secret_value() == SECRET
    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()
    assert list(settings.secrets()) == [SECRET]


def test_an_account_of_its_own_token_uses_it_and_the_others_the_default(tmp_path):
    lines = ["SYFTE_INSTAGRAM__TOKEN=default-token", """SYFTE_INSTAGRAM__TOKENS='{"1784": "own-token"}'"""]
    instagram = load_settings(dotenv(tmp_path, *lines)).instagram
    assert instagram.token_for("1784").get_secret_value() == "own-token"
    assert instagram.token_for("99").get_secret_value() == "default-token"


def test_an_account_without_any_token_is_told_which_variables_there_are(tmp_path):
    facebook = load_settings(dotenv(tmp_path, """SYFTE_FACEBOOK_PAGES__TOKENS='{"1": "own-token"}'""")).facebook_pages
    with pytest.raises(CredentialError, match="SYFTE_FACEBOOK_PAGES__TOKENS"):
        facebook.token_for("2")


def test_the_environment_goes_before_dotenv(tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_POST_WINDOW_DAYS", "7")
    assert load_settings(dotenv(tmp_path, "SYFTE_POST_WINDOW_DAYS=14")).post_window_days == 7


def test_other_tools_may_keep_their_variables_in_dotenv(tmp_path):
    assert load_settings(dotenv(tmp_path, "DAGSTER_HOME=/srv/dagster", "PAGER=less")).x is None


def test_a_variable_left_empty_is_not_set(tmp_path):
    settings = load_settings(dotenv(tmp_path, "SYFTE_NOW=", "SYFTE_POST_WINDOW_DAYS="))
    assert settings.now is None
    assert settings.post_window_days == 28


def test_a_token_is_stripped_of_the_line_break_its_file_ended_with(tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_TIPS__TOKEN", f" {SECRET}\n")
    monkeypatch.setenv("SYFTE_TIPS__BASE_URL", "https://intake.example.se")
    assert load_settings(tmp_path).tips.token_for("tips").get_secret_value() == SECRET


@pytest.mark.parametrize("token", [f"{SECRET}\nX-Evil: 1", f"{SECRET} {SECRET}", f"{SECRET}\u200b", f"{SECRET}å"])
def test_a_token_with_a_space_or_a_line_break_inside_is_refused_without_printing_it(tmp_path, monkeypatch, token):
    monkeypatch.setenv("SYFTE_X__TOKEN", token)
    error = refusal(tmp_path)
    assert "SYFTE_X__TOKEN is wrong" in error.what
    assert error.where == "environment variable SYFTE_X__TOKEN"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("SYFTE_FACEBOK_PAGES__TOKEN=x", "SYFTE_FACEBOOK_PAGES__TOKEN"),
        ("SYFTE_INSTAGRAM__TOKN=x", "SYFTE_INSTAGRAM__TOKEN"),
        ("export syfte_post_window_day=3", "SYFTE_POST_WINDOW_DAYS"),
    ],
)
def test_a_misspelt_variable_is_an_error_with_its_line_and_the_likely_name(tmp_path, line, meant):
    error = refusal(dotenv(tmp_path, "# tokens", "", line))
    assert error.where == f"{tmp_path / '.env'}:3"
    assert error.do == f"Did you mean {meant}?"


def test_what_tests_against_real_servers_are_told_by_is_no_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_LIVE_MASTODON_URL", "https://social.example")
    (tmp_path / ".env").write_text("SYFTE_LIVE_MASTODON_TOKEN=x\n", encoding="utf-8")
    assert load_settings(tmp_path).mastodon is None


def test_a_misspelt_variable_in_the_environment_is_an_error_too(tmp_path, monkeypatch):
    monkeypatch.setenv("SYFTE_QUARANTINE", "1")
    assert refusal(tmp_path).where == "environment variable SYFTE_QUARANTINE"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("SYFTE_HTTP__CONCURRENCY=0", "SYFTE_HTTP__CONCURRENCY is wrong"),
        ("SYFTE_POST_WINDOW_DAYS=many", "SYFTE_POST_WINDOW_DAYS is wrong"),
        ("SYFTE_NOW=2026-11-20T10:00:00", "SYFTE_NOW is wrong"),
        ("SYFTE_FACEBOOK_PAGES__API_VERSION=26", "SYFTE_FACEBOOK_PAGES__API_VERSION is wrong"),
        (f"""SYFTE_INSTAGRAM__TOKENS='{{"1": "{SECRET}"'""", "is not the JSON it should be"),
        (f"""SYFTE_FACEBOOK_PAGES='{{"tokn": "{SECRET}"}}'""", "SYFTE_FACEBOOK_PAGES__TOKN is wrong"),
    ],
)
def test_a_wrong_value_is_an_error_with_its_line(tmp_path, line, what):
    error = refusal(dotenv(tmp_path, "# first line", line))
    assert what in error.what
    assert error.where == f"{tmp_path / '.env'}:2"


def test_a_proxy_without_its_scheme_is_refused_and_its_password_not_told(tmp_path):
    error = refusal(dotenv(tmp_path, f"SYFTE_HTTP__PROXY=user:{SECRET}@proxy.example:3128"))
    assert error.what.startswith("SYFTE_HTTP__PROXY is wrong: must start with http://")
    assert SECRET not in repr(error)


def test_an_intake_without_an_address_is_told_what_is_missing(tmp_path):
    assert refusal(dotenv(tmp_path, f"SYFTE_TIPS__TOKEN={SECRET}")).what == "SYFTE_TIPS__BASE_URL is missing."


def test_a_dotenv_that_is_not_utf8_is_an_error_with_its_path(tmp_path):
    (tmp_path / ".env").write_bytes(b"SYFTE_NOW=\xff\xfe\n")
    assert refusal(tmp_path).where == str(tmp_path / ".env")


def test_now_is_the_replayed_moment_in_utc(tmp_path):
    settings = load_settings(dotenv(tmp_path, "SYFTE_NOW=2026-11-20T10:00:00+01:00"))
    assert settings.clock_now == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert settings.clock_now.tzinfo is UTC


def test_every_setting_is_documented_and_nothing_else_is():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `SYFTE_")}
    leaves = {
        name for name in known_variables() if not any(other.startswith(f"{name}__") for other in known_variables())
    }
    tables = {name for name in known_variables() if f"{name}__*" in known_variables()}
    assert documented == {name for name in leaves if not name.endswith("*")} | tables


def test_the_example_file_names_only_settings_that_exist():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = {line.lstrip("# ").split("=")[0] for line in lines if line.lstrip("# ").startswith("SYFTE_")}
    assert named
    assert named <= set(known_variables())


def test_a_validation_error_itself_does_not_hold_the_token_beside_the_mistake(tmp_path):
    with pytest.raises(ValidationError) as caught:
        Settings(project_dir=tmp_path, tips={"token": SECRET, "base_ulr": SECRET}, post_window_days=SECRET)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("SYFTE_X__TOKEN=abc12", "SYFTE_X__TOKEN"),
        ("SYFTE_X__TOKENS__101=abc12", "SYFTE_X__TOKENS__101"),
        ("SYFTE_PSEUDONYM_KEY=abc12", "SYFTE_PSEUDONYM_KEY"),
    ],
)
def test_a_secret_too_short_to_be_masked_is_refused(tmp_path, line, name):
    error = refusal(dotenv(tmp_path, "#", line))
    assert name in error.what
    assert "abc12" not in str(error)
    assert error.where == f"{tmp_path / '.env'}:2"


@pytest.mark.parametrize("name", sorted(n for n in {*known_variables()} - {*secret_variables()} if n.endswith("_URL")))
@pytest.mark.parametrize("address", [f"https://u:{SECRET}@h.example", f"https://h.example/?a={SECRET}", "https://h#a"])
def test_an_address_with_credentials_in_it_is_refused_when_settings_are_read(tmp_path, name, address):
    error = refusal(dotenv(tmp_path, f'{name}="{address}"'))
    assert "must be a plain address" in error.what
    assert name in error.what


@pytest.mark.parametrize("host", [f"u:{SECRET}@h.example", "https://h.example", "h.example/path", "h.example:8443"])
def test_a_host_that_is_more_than_a_name_is_refused(tmp_path, host):
    assert "SYFTE_HTTP__EXTRA_HOSTS" in refusal(dotenv(tmp_path, f"SYFTE_HTTP__EXTRA_HOSTS='[\"{host}\"]'")).what


@pytest.mark.parametrize(("said", "meant"), [("4GB", "4GB"), ("1.5 gb", "1.5GB"), ("500MB", "500MB"), ("", None)])
def test_a_limit_of_memory_is_a_size(tmp_path, said, meant):
    assert load_settings(dotenv(tmp_path, f"SYFTE_MEMORY_LIMIT={said}")).memory_limit == meant


@pytest.mark.parametrize("size", ["4", "80%", "499MB", "0.4GB", "4GB; drop", "-4GB"])
def test_what_is_no_size_or_too_little_memory_is_refused(tmp_path, size):
    assert "SYFTE_MEMORY_LIMIT" in refusal(dotenv(tmp_path, f"SYFTE_MEMORY_LIMIT={size}")).what


def test_the_password_of_a_proxy_is_a_secret_too(tmp_path):
    found = load_settings(dotenv(tmp_path, "SYFTE_HTTP__PROXY=http://user:pass%2Fword@proxy.example:3128"))
    assert {"pass%2Fword", "pass/word"} <= set(found.secrets())


def test_the_token_in_the_address_of_spark_is_a_secret_too(tmp_path):
    found = load_settings(
        dotenv(tmp_path, "SYFTE_SPARK__REMOTE=sc://h.example/;use_ssl=true;token=abc%2Fdefgh;user_id=a")
    )
    assert {"abc%2Fdefgh", "abc/defgh"} <= set(found.secrets())


@pytest.mark.parametrize(
    "address",
    [
        "spark.example.se:15002",
        f"https://u:{SECRET}@h.example",
        "sc://",
        "sc://h.example:port",
        f"sc://h.example;token={SECRET}",
    ],
)
def test_what_is_no_address_of_spark_connect_is_refused_and_not_shown(tmp_path, address):
    error = refusal(dotenv(tmp_path, f"SYFTE_SPARK__REMOTE={address}"))
    assert "sc://host:15002" in error.what
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (f'["{SECRET}"]', "must be JSON"),
        (f"key={SECRET}", "must be JSON"),
        (f'{{"key":"{SECRET}","client_kwargs":{{"endpoint_url":"http://s3.example.se"}}}}', "begins with https://"),
    ],
)
def test_options_that_would_open_no_store_or_send_keys_in_the_clear_are_refused(tmp_path, options, message):
    error = refusal(dotenv(tmp_path, f"SYFTE_STORAGE_OPTIONS='{options}'"))
    assert message in error.what
    assert SECRET not in str(error)


def test_each_key_of_an_object_store_is_a_secret_and_where_it_is_may_be_said(tmp_path):
    options = '{"key":"the-key-id","secret":"the-secret","client_kwargs":{"endpoint_url":"http://127.0.0.1:9"}}'
    found = load_settings(dotenv(tmp_path, f"SYFTE_STORAGE_OPTIONS='{options}'"))
    assert {"the-key-id", "the-secret"} <= set(found.secrets())
    assert "http://127.0.0.1:9" not in set(found.secrets())
    assert found.storage["client_kwargs"] == {"endpoint_url": "http://127.0.0.1:9"}


def test_every_secret_is_known_by_the_variable_that_holds_it(tmp_path):
    lines = {}
    for number, name in enumerate(secret_variables()):
        value = {
            "SYFTE_HTTP__PROXY": "http://u:password@h.example",
            "SYFTE_POSTGRES_URL": "postgres://u:password@h",
            "SYFTE_BUDGET_URL": "postgres://u:password@h/budget",
            "SYFTE_SPARK__REMOTE": "sc://spark.example.se:15002/;use_ssl=true;token=abc%2Fdefgh",
            "SYFTE_NOTIFY__WEBHOOK": "https://hooks.example.se/T0/B0",
            "SYFTE_STORAGE_OPTIONS": '{"secret":"of-the-store"}',
        }.get(name, f"secret-number-{number}")
        lines[name.replace("__*", "__101")] = value
    own = [
        f"{name.rsplit('__', 1)[0]}__ENABLED=true"
        for name in lines
        if name in ("SYFTE_X__TOKEN", "SYFTE_TIKTOK__TOKEN")
    ]
    found = load_settings(
        dotenv(
            tmp_path,
            *(f"{k}={v}" for k, v in lines.items()),
            *own,
            "SYFTE_TIPS__BASE_URL=https://tips.example.se",
            "SYFTE_NOTIFY__SMTP_USER=syfte",
        )
    )
    assert dict(found.named_secrets()) == lines
