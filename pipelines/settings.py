"""All settings, read from `SYFTE_*` variables and the project's `.env`.

Nothing else reads the environment; only the project directory itself is found by `project.py`.

docs/settings.md says the same for people; a test holds the two together.
"""

from __future__ import annotations

import difflib
import os
import re
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  # pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict, SettingsError

from pipelines.errors import ConfigurationError, CredentialError
from pipelines.sources import redaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "SYFTE_"


def _checked_token(token: SecretStr) -> SecretStr:
    """Strip, and refuse what no token holds: a line break in a header makes HTTP libraries print the whole header."""
    text = token.get_secret_value().strip()
    if not text:
        raise ValueError("is empty; leave the variable out instead")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("holds a space, a line break or a letter that no token has")
    return SecretStr(text)


Token = Annotated[SecretStr, AfterValidator(_checked_token)]


class SourceSettings(BaseModel):
    """One source.

    Args:
        base_url: where it answers.
        token: the default token.
        tokens: native account id to a token of its own.
        comments: whether comments are read, as far as response times need them; needs `pseudonym_key`.
        section: the common part of its variables' names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str
    token: Token | None = None
    tokens: dict[str, Token] = Field(default_factory=dict[str, Token])
    comments: bool = False

    section: ClassVar[str]

    def token_for(self, native_id: str) -> SecretStr:
        """The account's own token, else the default one.

        Raises:
            CredentialError: there is neither.
        """
        token = self.tokens.get(native_id, self.token)
        if token is None:
            raise CredentialError(
                f"There is no token for account {native_id}.",
                where=f"{PREFIX}{self.section}__TOKEN or {PREFIX}{self.section}__TOKENS",
                do="Issue a token with reading rights only and set one of the two in .env.",
            )
        return token


class GraphSettings(SourceSettings):
    """A source on Meta's Graph API.

    Args:
        api_version: asked for; the version that answered is kept with every page.
        app_secret: if set, every request is signed with it (`appsecret_proof`).
    """

    base_url: str = "https://graph.facebook.com"
    api_version: Annotated[str, Field(pattern=r"^v[0-9]+\.[0-9]+$")] = "v26.0"
    app_secret: Token | None = None


class FacebookPagesSettings(GraphSettings):
    """Facebook Pages."""

    section: ClassVar[str] = "FACEBOOK_PAGES"


class InstagramSettings(GraphSettings):
    """Instagram professional accounts, by the Facebook host."""

    section: ClassVar[str] = "INSTAGRAM"


class XSettings(SourceSettings):
    """X.

    Args:
        enabled: X's terms restrict use by public bodies: switched on only after a legal check.
        api_version: part of the path.
        vocabulary: the words to ask in; both are understood in the answer.
    """

    base_url: str = "https://api.x.com"
    enabled: bool = False
    api_version: Annotated[str, Field(pattern=r"^[0-9]+$")] = "2"
    vocabulary: Annotated[str, Field(pattern=r"^(tweet|post)$")] = "tweet"

    section: ClassVar[str] = "X"


class YouTubeSettings(SourceSettings):
    """YouTube: the Data API with an API key or an OAuth token, the Analytics API with an OAuth token only.

    Args:
        api_key: for what is public; tokens are for what is the owner's.
        analytics_url: where the Analytics API answers.
    """

    base_url: str = "https://youtube.googleapis.com"
    analytics_url: str = "https://youtubeanalytics.googleapis.com"
    api_key: Token | None = None

    section: ClassVar[str] = "YOUTUBE"


class MastodonSettings(SourceSettings):
    """Mastodon: every account lives on a server of its own, which its id names (`109@social.example`).

    Args:
        base_url: empty asks each account's own server; an address (a gateway, the sandbox) is asked for all.
    """

    base_url: str = ""

    section: ClassVar[str] = "MASTODON"


class BlueskySettings(SourceSettings):
    """Bluesky: what is public is read from the AppView without a token.

    Args:
        login_url: the server that accounts log in to, for what only they may see.
        tokens: did to an app password; never the account's own password.
    """

    base_url: str = "https://public.api.bsky.app"
    login_url: str = "https://bsky.social"

    section: ClassVar[str] = "BLUESKY"


class ThreadsSettings(GraphSettings):
    """Threads."""

    base_url: str = "https://graph.threads.net"
    api_version: Annotated[str, Field(pattern=r"^v[0-9]+\.[0-9]+$")] = "v1.0"

    section: ClassVar[str] = "THREADS"


class TikTokSettings(SourceSettings):
    """TikTok. Many public bodies may not use it: switched on only by a decision.

    Args:
        api: `display` (own public videos) or `business` (reach, comments and daily figures; partner approval).
        business_url: where the Business API answers.
    """

    base_url: str = "https://open.tiktokapis.com"
    business_url: str = "https://business-api.tiktok.com"
    enabled: bool = False
    api: Annotated[str, Field(pattern=r"^(display|business)$")] = "display"

    section: ClassVar[str] = "TIKTOK"


class LinkedInSettings(SourceSettings):
    """LinkedIn.

    Args:
        api_version: sent as `Linkedin-Version`.
    """

    base_url: str = "https://api.linkedin.com"
    api_version: Annotated[str, Field(pattern=r"^20[0-9]{4}$")] = "202607"

    section: ClassVar[str] = "LINKEDIN"


class TipsSettings(SourceSettings):
    """The institution's own intake; `base_url` has no default, because there is none."""

    section: ClassVar[str] = "TIPS"


class HttpSettings(BaseModel):
    """How we talk to all of them.

    Args:
        concurrency: requests under way at once, per source.
        proxy: address of the way out, if there must be one.
        extra_hosts: hosts that may receive tokens besides the platforms' own: an institution's gateway.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    proxy: SecretStr | None = None
    extra_hosts: frozenset[str] = frozenset()


class Settings(BaseSettings):
    """All settings.

    Args:
        project_dir: the directory that holds goals.yaml and data/.
        now: overrides the clock, for replays and the demo.
        post_window_days: posts younger than this are read again at each pull, because their counts still grow.
        pseudonym_key: turns the ids of people who comment into hashes; kept outside of the database.
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
    pseudonym_key: Token | None = None
    comment_days: Annotated[int, Field(ge=1, le=365)] = 14
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

    @property
    def clock_now(self) -> datetime:
        """The present: `now` if it is set, else our clock. UTC."""
        return self.now.astimezone(UTC) if self.now else datetime.now(UTC)

    def secrets(self) -> Iterator[str]:
        """Every secret value, so that logs can mask it."""
        sections = [getattr(self, name) for name in type(self).model_fields]
        for section in (self, *(one for one in sections if isinstance(one, BaseModel))):
            held = [getattr(section, name) for name in type(section).model_fields]
            held.extend(
                token for one in held if isinstance(one, dict) for token in cast("dict[str, Any]", one).values()
            )
            yield from (one.get_secret_value() for one in held if isinstance(one, SecretStr))

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
        """Init, environment, `.env`; from the last only what is ours: it may hold other tools' variables too."""
        del settings_cls, file_secret_settings
        if isinstance(dotenv_settings, DotEnvSettingsSource):
            own = {k: v for k, v in dotenv_settings.env_vars.items() if k.upper().startswith(PREFIX)}
            dotenv_settings.env_vars = own
        return init_settings, env_settings, dotenv_settings


def load_settings(project_dir: Path) -> Settings:
    """Read the settings of a project directory, and teach the log filter its secrets.

    Raises:
        ConfigurationError: a variable is unknown, wrong or unreadable.
    """
    env_file = project_dir / ".env"
    lines = _lines_of(env_file)
    _refuse_unknown(env_file, lines)
    try:
        settings = Settings(_env_file=env_file, project_dir=project_dir)  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        raise _explained(error, env_file, lines) from None
    except SettingsError as error:
        field = re.search(r'"(\w+)"', str(error))
        name = PREFIX + (field[1].upper() if field else "")
        raise ConfigurationError(
            f"{name} or a variable below it is not the JSON it should be.",
            where=_place(name, env_file, lines),
            do="""Write it like SYFTE_FACEBOOK_PAGES__TOKENS='{"101": "..."}'.""",
        ) from None
    redaction.install(settings.secrets())
    return settings


def known_variables() -> list[str]:
    """Every variable that is understood, in capitals; those that take keys of their own end in `__*`."""
    return sorted(_names(PREFIX, Settings))


def _names(prefix: str, model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        full = prefix + name.upper()
        yield full
        inner = [kind for kind in _kinds(info.annotation) if issubclass(kind, BaseModel)]
        for kind in inner:
            yield from _names(f"{full}__", kind)
        if "dict" in str(info.annotation):
            yield f"{full}__*"


def _kinds(annotation: Any) -> list[type]:  # noqa: ANN401  # whatever a field is annotated with
    inner = getattr(annotation, "__args__", (annotation,))
    return [kind for kind in inner if isinstance(kind, type)]


def _refuse_unknown(env_file: Path, lines: dict[str, int]) -> None:
    known = known_variables()
    open_ended = tuple(name[:-1] for name in known if name.endswith("*"))
    present = [name.upper() for name in (*os.environ, *lines)]
    for name in present:
        if name.startswith(PREFIX) and name not in known and not name.startswith(open_ended):
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


def _explained(error: ValidationError, env_file: Path, lines: dict[str, int]) -> ConfigurationError:
    first = error.errors(include_input=False, include_url=False)[0]
    parts = [str(part) for part in first["loc"]]
    name = PREFIX + "__".join(parts).upper()
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        return ConfigurationError(f"{name} is missing.", where=_place(name, env_file, lines), do=f"Set {name} in .env.")
    return ConfigurationError(
        f"{name} is wrong: {message}.",
        where=_place(name, env_file, lines),
        do="Correct it; docs/settings.md says what it may be.",
    )
