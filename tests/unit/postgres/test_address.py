"""What of a PostgreSQL's address may be said, and how a connection is protected."""

from __future__ import annotations

import pytest

from pipelines.postgres.address import Address
from pipelines.postgres.connecting import parameters


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://bi:hem%2Flig@db.example.se:6432/syfte", "db.example.se:6432, database syfte"),
        ("postgres://db/syfte?password=hem%2Flig", "db, database syfte"),
        ("postgresql://a:hem%2Flig@one,two:1/syfte", "one, two:1, database syfte"),
        ("postgresql://?host=/run/pg&dbname=x&password=hem%2Flig", "/run/pg, database x"),
        ("postgresql://?sslmode=require", "the default host, the default database"),
    ],
)
def test_the_place_names_hosts_and_database_and_no_user_or_password(url, place):
    address = Address(url)
    assert address.place == f"PostgreSQL at {place}"
    assert "hem" not in f"{address!r}{address}"
    assert set(address.secrets()) == (
        {"hem/lig", "hem%2Flig"} if ":hem" in url else {"hem/lig"} if "hem" in url else set()
    )


@pytest.mark.parametrize(
    "url", ["postgresql://a:hem/lig@h/d", "postgresql://a:hem?lig@h/d", "postgresql://a:hem#lig@h/d", "mysql://hem",
            "postgresql://a:hem@lig@h/d", "host=h password=hem", "postgresql://[hem", "postgresql://a:h em@h/d"]
)  # fmt: skip
def test_an_address_that_would_be_read_otherwise_than_meant_is_refused_without_being_told(url):
    with pytest.raises(ValueError, match="must look like") as caught:
        Address(url)
    assert "hem" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql://db.example.se/x", "verify-full"),
        ("postgresql://127.0.0.1,db.example.se/x", "verify-full"),
        ("postgresql://db.example.se/x?sslmode=require", None),
        ("postgresql://localhost:5432/x", None),
        ("postgresql://127.0.0.1.example.se/x", "verify-full"),
        ("postgresql://[::1]:5432/x", None),
        ("postgresql://?host=/run/postgresql", None),
    ],
)
def test_another_machine_must_prove_who_it_is_unless_the_address_says_otherwise(monkeypatch, url, mode):
    pytest.importorskip("psycopg")
    monkeypatch.delenv("PGSSLMODE", raising=False)
    assert parameters(Address(url)).get("sslmode") == mode


def test_the_environment_may_say_how_a_connection_is_protected(monkeypatch):
    pytest.importorskip("psycopg")
    monkeypatch.setenv("PGSSLMODE", "verify-ca")
    assert "sslmode" not in parameters(Address("postgresql://db.example.se/x"))
    assert parameters(Address("postgresql://h/x?connect_timeout=3")).get("connect_timeout") is None
