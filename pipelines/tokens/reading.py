"""Reading an account with a token that is good: renewed in time, and once more if the platform refuses it early."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.errors import CredentialError, StorageError
from pipelines.sources.refusals import TokenRefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from pipelines.sources.base import Account, Clients, PullPlan, Source
    from pipelines.sources.stream import Page
    from pipelines.tokens.keeper import Keeper

_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG})


async def reading(
    keeper: Keeper, source: Source, clients: Clients, account: Account, plan: PullPlan
) -> AsyncIterator[Page]:
    """As `Source.pull`, and with its errors; a page may come again after a renewal, which loading does not mind."""
    with _of_the_token():
        used = await keeper.ready(source, account)
    try:
        async for page in source.pull(clients, account, plan):
            yield page
    except TokenRefusedError:
        with _of_the_token():
            is_new = used is not None and await keeper.renew_now(source, account, refused=used)
        if not is_new:
            raise
        async for page in source.pull(clients, account, plan):
            yield page
    if plan.young_only_hours is None:
        with _of_the_token():
            await keeper.look(source, account)


class TokenDiskError(StorageError):
    """The disk failed at a token's own file: one account's matter while the others go on, with the disk's code."""


@contextmanager
def _of_the_token() -> Generator[None]:
    """A token's file that cannot be read or written is one account's matter, and no failure of the landing."""
    try:
        yield
    except StorageError as error:
        cause = error.__context__
        if isinstance(cause, OSError) and cause.errno in _OF_THE_DISK:
            raise TokenDiskError(error.what, where=error.where, do=error.do) from None
        raise CredentialError(error.what, where=error.where, do=error.do) from None
