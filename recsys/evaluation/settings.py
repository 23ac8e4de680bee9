"""The settings of an evaluation over the whole catalogue."""

from typing import Annotated

from pydantic import Field

from core.settings import Section

Count = Annotated[int, Field(ge=1)]


class RankingSettings(Section):
    """How rankings are made and read.

    `filter_seen` takes what a user has already had out of the ranking; the public code of this line of work does
    not, and neither does the default. `groups` are the longest histories of the groups of users that are also
    reported apart: 5, 10, 20 gives 1-5, 6-10, 11-20 and 21+; an empty list reports none.
    `batch_tokens` are encoded at a time; `block` items are scored at a time (null: as many as suit the cache).
    Neither changes a number.
    """

    top_k: list[Count] = Field([5, 10, 20, 50], min_length=1)
    filter_seen: bool = False
    groups: list[Count] = Field([5, 10, 20])
    batch_tokens: int = Field(16384, ge=1)
    block: int | None = Field(None, ge=1)
