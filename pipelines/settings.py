"""All settings, read from `SYFTE_*` variables and the project's `.env`.

Nothing else reads the environment; only the project directory itself is found by `project.py`.

docs/settings.md says the same for people; a test holds the two together.
"""

from __future__ import annotations

import difflib
import os
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path  # noqa: TC003  # pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError

from pipelines.errors import ConfigurationError
from pipelines.http_settings import HttpSettings
from pipelines.notify_settings import NotifySettings
from pipelines.objects.location import checked_url, read_options, secrets_of
from pipelines.postgres.address import Address
from pipelines.schedule import Schedule, parse_schedule, usual_schedule
from pipelines.secret_files import FileSecrets, from_keyring
from pipelines.source_settings import (
    PREFIX,
    BlueskySettings,
    FacebookPagesSettings,
    InstagramSettings,
    LinkedInSettings,
    MastodonSettings,
    ScheduleText,
    SourceSettings,
    ThreadsSettings,
    TikTokSettings,
    TipsSettings,
    Token,
    XSettings,
    YouTubeSettings,
)
from pipelines.sources import redaction
from pipelines.spark_settings import SparkSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic.fields import FieldInfo
    from pydantic_settings import PydanticBaseSettingsSource

TESTS = f"{PREFIX}LIVE_"
"""Names that begin so are for tests against real servers, and no settings."""


def _checked_database(url: SecretStr) -> SecretStr:
    """Refuse what is no address of a PostgreSQL, in words without the password in it."""
    text = from_keyring(url.get_secret_value().strip())
    Address(text)
    return SecretStr(text)


def _checked_schema(name: str) -> str:
    """Refuse a schema that belongs to PostgreSQL, or a name that would need quotes in every query."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name) or name.startswith("pg_") or name == "information_schema":
        raise ValueError("must be a name in small letters, digits and _, and no schema of PostgreSQL's own")
    return name


def _checked_memory(size: str) -> str:
    """Refuse what is no size in DuckDB's words, or so little that a slip of the pen is likelier."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(MB|GB|TB)", size.strip().upper())
    if found is None or float(found[1]) * {"MB": 1, "GB": 1e3, "TB": 1e6}[found[2]] < 500:
        raise ValueError("must be a number of MB, GB or TB, such as 4GB, and 500MB or more")
    return f"{found[1]}{found[2]}"


def _checked_options(options: SecretStr) -> SecretStr:
    """Refuse what no filesystem could be opened with, in words without the keys in it."""
    text = from_keyring(options.get_secret_value().strip())
    read_options(text)
    return SecretStr(text)


class BackupSettings(BaseModel):
    """Where backups go and how long they are kept.

    Args:
        place: a folder, relative to the project; None makes none by schedule.
        keep_days: backups older than this are removed, but for the newest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    place: Path | None = None
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 35


class Settings(BaseSettings):
    """All settings.

    Args:
        project_dir: the directory that holds goals.yaml and data/.
        now: overrides the clock, for replays and the demo.
        post_window_days: posts younger than this are read again, because their counts still grow.
        schedule: how often, by their age; None reads the last 48 hours' hourly and the others daily.
        token_store: where renewed tokens are kept.
        pseudonym_key: turns the ids of people who comment into hashes; kept outside of the database.
        postgres_url: where every run pushes the published tables to; may hold a password.
        postgres_schema: the schema there that is ours alone.
        postgres_readers: a role that may read it.
        budget_url: where runs on several machines keep the ledger of allowances; may hold a password.
        engine: what computes the models' rows; `spark` needs the address of a server.
        memory_limit: what DuckDB may take while it loads and builds; None is its own four fifths of the machine's.
        accounts_per_run: pulls in Dagster are partitioned by account, and so many are read by a run; None reads all.
        landing_url: an object store that every run ships the landing to.
        published_url: one that every run writes the published tables to.
        storage_options: what opens both, as JSON; may hold keys.
        comment_days: only posts younger than this are asked for their comments.
        facebook_pages and the other sources: None means that the source is off.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # an error must never print a token
    )

    project_dir: Path
    now: AwareDatetime | None = None
    post_window_days: Annotated[int, Field(ge=1, le=3650)] = 28
    schedule: ScheduleText | None = None
    token_store: Literal["files", "keyring"] = "files"  # noqa: S105  # a place, not a token
    pseudonym_key: Token | None = None
    postgres_url: Annotated[SecretStr, AfterValidator(_checked_database)] | None = None
    postgres_schema: Annotated[str, AfterValidator(_checked_schema)] = "published"
    postgres_readers: str | None = None
    budget_url: Annotated[SecretStr, AfterValidator(_checked_database)] | None = None
    accounts_per_run: Annotated[int, Field(ge=1, le=1000)] | None = None
    landing_url: Annotated[str, AfterValidator(checked_url)] | None = None
    published_url: Annotated[str, AfterValidator(checked_url)] | None = None
    storage_options: Annotated[SecretStr, AfterValidator(_checked_options)] | None = None
    comment_days: Annotated[int, Field(ge=1, le=365)] = 14
    engine: Literal["duckdb", "spark"] = "duckdb"
    memory_limit: Annotated[str, AfterValidator(_checked_memory)] | None = None
    facebook_pages: FacebookPagesSettings | None = None
    instagram: InstagramSettings | None = None
    x: XSettings | None = None
    youtube: YouTubeSettings | None = None
    mastodon: MastodonSettings | None = None
    bluesky: BlueskySettings | None = None
    threads: ThreadsSettings | None = None
    tiktok: TikTokSettings | None = None
    linkedin: LinkedInSettings | None = None
    tips: TipsSettings | None = None
    http: HttpSettings = HttpSettings()
    spark: SparkSettings = SparkSettings()
    backup: BackupSettings = BackupSettings()
    notify: NotifySettings = NotifySettings()

    _origins: dict[str, str] = PrivateAttr(default_factory=dict[str, str])

    @property
    def clock_now(self) -> datetime:
        """The present: `now` if it is set, else our clock. UTC."""
        return self.now.astimezone(UTC) if self.now else datetime.now(UTC)

    @property
    def storage(self) -> dict[str, Any]:
        """What opens object stores, beside what their libraries find themselves."""
        return read_options(self.storage_options.get_secret_value()) if self.storage_options else {}

    def schedule_of(self, source: str) -> Schedule:
        """How often a source's posts are read: its own schedule, else the common one."""
        section = self.section_of(source)
        said = (section.schedule if section else None) or self.schedule
        return parse_schedule(said) if said else usual_schedule(self.post_window_days)

    @property
    def tokens_dir(self) -> Path:
        """Where renewed tokens, their locks and their hosts are kept."""
        return self.project_dir / "data" / "tokens"

    def learn_origins(self, origins: dict[str, str]) -> None:
        """Remember where each variable was set."""
        self._origins.update(origins)

    def origin_of(self, variable: str) -> str:
        """Where a variable was set, for people."""
        name = variable.upper()
        above = name.rsplit("__", 1)[0]
        return self._origins.get(name) or self._origins.get(above) or "set by the program"

    def secrets(self) -> Iterator[str]:
        """Every secret value, so that logs can mask it."""
        yield from (value for _, value in self.named_secrets())
        if self.http.proxy and (password := urlsplit(self.http.proxy.get_secret_value()).password):
            yield from (password, unquote(password))
        for url in (self.postgres_url, self.budget_url):
            if url:
                yield from Address(url.get_secret_value()).secrets()
        yield from self.spark.secrets()
        yield from secrets_of(self.storage)

    def named_secrets(self) -> Iterator[tuple[str, str]]:
        """The variable of every secret, and its value."""
        sections = [(f"{PREFIX}{name.upper()}__", getattr(self, name)) for name in type(self).model_fields]
        for prefix, section in ((PREFIX, self), *((name, one) for name, one in sections if isinstance(one, BaseModel))):
            for name in type(section).model_fields:
                held = getattr(section, name)
                table = cast("dict[str, Any]", held) if isinstance(held, dict) else {"": held}
                for key, one in table.items():
                    if isinstance(one, SecretStr):
                        yield f"{prefix}{name.upper()}{'__' if key else ''}{key}", one.get_secret_value()

    def sections(self) -> list[str]:
        """The sources that are switched on."""
        names = [name for name in type(self).model_fields if isinstance(getattr(self, name), SourceSettings)]
        return [name for name in names if self.section_of(name) is not None]

    def section_of(self, source: str) -> SourceSettings | None:
        """The settings of a source; None if it is off."""
        section: SourceSettings | None = getattr(self, source)
        return None if section is None or not getattr(section, "enabled", True) else section

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Init, environment, `.env`; from the last only what is ours: it may hold other tools' variables too.

        Variables that name the file of a secret are not among them: `FileSecrets` has read those.
        """
        del settings_cls, file_secret_settings
        names = {f"{name}_FILE" for name in secret_variables()}
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):
                own = {k: v for k, v in source.env_vars.items() if _is_ours(k)}
                source.env_vars = {k: v for k, v in own.items() if k.upper() not in names}
        return init_settings, env_settings, dotenv_settings


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX) and not name.upper().startswith(TESTS)


def load_settings(project_dir: Path) -> Settings:
    """Read the settings of a project directory, and teach the log filter its secrets.

    Raises:
        ConfigurationError: a variable is unknown, wrong or unreadable.
    """
    env_file = project_dir / ".env"
    lines = _lines_of(env_file)
    files = FileSecrets(project_dir, secret_variables())
    _refuse_unknown(env_file, lines, files)
    try:
        settings = Settings(_env_file=env_file, project_dir=project_dir, **files.nested(PREFIX))  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        raise _explained(error, env_file, lines, files) from None
    except SettingsError as error:
        field = re.search(r'"(\w+)"', str(error))
        name = PREFIX + (field[1].upper() if field else "")
        raise ConfigurationError(
            f"{name} or a variable below it is not the JSON it should be.",
            where=_place(name, env_file, lines),
            do="""Write it like SYFTE_FACEBOOK_PAGES__TOKENS='{"101": "..."}'.""",
        ) from None
    _refuse_short(settings, env_file, lines, files)
    redaction.install(settings.secrets())
    ours = [name.upper() for name in os.environ if name.upper().startswith(PREFIX)]
    settings.learn_origins(
        {name: f"{env_file}:{line}" for name, line in lines.items()}
        | {name: f"environment variable {name}" for name in ours}
        | {name.upper(): place for name, place in files.places.items()}
    )
    return settings


def _refuse_short(settings: Settings, env_file: Path, lines: dict[str, int], files: FileSecrets) -> None:
    """No platform has tokens so short, and a log filter that knew them would mask half of what is said."""
    for name, value in settings.named_secrets():
        if len(value) < redaction.SHORTEST:
            raise ConfigurationError(
                f"{name} has fewer than {redaction.SHORTEST} characters.",
                where=files.places.get(name) or _place(name, env_file, lines),
                do="Set the whole of it; a secret that is really so short could not be kept out of logs.",
            )


@cache
def known_variables() -> tuple[str, ...]:
    """Every variable that is understood, in capitals; those that take keys of their own end in `__*`."""
    found = {name for names, _ in _variables(PREFIX, Settings) for name in names}
    return tuple(sorted(found))


@cache
def secret_variables() -> tuple[str, ...]:
    """Every variable that holds a secret, as `known_variables` writes them."""
    return tuple(sorted(names[-1] for names, info in _variables(PREFIX, Settings) if "SecretStr" in str(info)))


def _variables(prefix: str, model: type[BaseModel]) -> Iterator[tuple[list[str], FieldInfo]]:
    """Every field, those of sections too: how it is written, last with keys of its own if it takes such."""
    for name, info in model.model_fields.items():
        full = prefix + name.upper()
        for kind in _kinds(info.annotation):
            if issubclass(kind, BaseModel):
                yield from _variables(f"{full}__", kind)
        yield [full, f"{full}__*"] if "dict" in str(info.annotation) else [full], info


def _kinds(annotation: Any) -> list[type]:  # noqa: ANN401  # whatever a field is annotated with
    inner = getattr(annotation, "__args__", (annotation,))
    return [kind for kind in inner if isinstance(kind, type)]


def _refuse_unknown(env_file: Path, lines: dict[str, int], files: FileSecrets) -> None:
    known = known_variables()
    open_ended = tuple(name[:-1] for name in known if name.endswith("*"))
    present = [name.upper() for name in (*os.environ, *lines) if name.upper() not in files.variables]
    for name in present:
        if _is_ours(name) and name not in known and not name.startswith(open_ended):
            near = difflib.get_close_matches(name, [k for k in known if not k.endswith("*")], n=1)
            advice = f"Did you mean {near[0]}?" if near else "docs/settings.md lists all variables."
            raise ConfigurationError(f"{name} is not a setting.", where=_place(name, env_file, lines), do=advice)


def _lines_of(env_file: Path) -> dict[str, int]:
    """Name of every variable in `.env`, in capitals, to its line."""
    if not env_file.is_file():
        return {}
    try:
        text = env_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f".env cannot be read ({type(error).__name__}).", where=str(env_file), do="Save it as UTF-8 text."
        ) from None
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=", line):
            found[match[1].upper()] = number
    return found


def _place(name: str, env_file: Path, lines: dict[str, int]) -> str:
    """Where a variable is set; else the first one below it, else the one above it whose JSON it is part of."""
    environment = sorted(key.upper() for key in os.environ)
    fits: list[Callable[[str], bool]] = [lambda key: key == name, lambda key: key.startswith(f"{name}__")]
    parts = name.split("__")
    above = {"__".join(parts[:length]) for length in range(1, len(parts))}
    for fit in (*fits, above.__contains__):
        if found := next(filter(fit, environment), None):
            return f"environment variable {found}"
        if found := next(filter(fit, lines), None):
            return f"{env_file}:{lines[found]}"
    return f"{name} (environment or {env_file})"


def _explained(error: ValidationError, env_file: Path, lines: dict[str, int], files: FileSecrets) -> ConfigurationError:
    first = error.errors(include_input=False, include_url=False)[0]
    parts = [str(part) for part in first["loc"]]
    name = PREFIX + "__".join(parts).upper()
    place = files.places.get(name) or _place(name, env_file, lines)
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        return ConfigurationError(f"{name} is missing.", where=place, do=f"Set {name} in .env.")
    return ConfigurationError(
        f"{name} is wrong: {message}.",
        where=place,
        do="Correct it; docs/settings.md says what it may be.",
    )
