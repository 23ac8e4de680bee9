"""What a loaded interaction log is: every user's items in time order, one after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.errors import UserError, closest


@dataclass(frozen=True, eq=False)
class SequenceDataset:
    """An interaction log in CSR form: U users, T interactions.

    `items` (T,) int64 holds item numbers from 1 to `num_items`, user after user, each user's in time order;
    number 0 is padding and the mask. `offsets` (U + 1,) int64: user u has `items[offsets[u]:offsets[u + 1]]`,
    at least one. `times` (T,), where known, are numbers as in the file, or seconds since 1970 where the file
    has dates. `user_ids` (U,) and `item_ids` (num_items,) are the names outside of this program, integers or
    text: item number i is `item_ids[i - 1]`. `checksum` (SHA-256, hex) changes when the file, an option or a
    generator parameter behind the log does. `best_hit_rates` maps k to the best HR@k that any ranking of the
    whole catalogue can expect on the last items, where a generator knows it.
    """

    name: str
    items: np.ndarray
    offsets: np.ndarray
    times: np.ndarray | None
    user_ids: np.ndarray
    item_ids: np.ndarray
    checksum: str
    best_hit_rates: Mapping[int, float] | None = None

    @property
    def num_users(self) -> int:
        """Number of users, U."""
        return len(self.user_ids)

    @property
    def num_items(self) -> int:
        """Number of items; the padding is none of them."""
        return len(self.item_ids)

    @property
    def num_interactions(self) -> int:
        """Number of interactions, T."""
        return len(self.items)

    @property
    def lengths(self) -> np.ndarray:
        """Interactions of every user, (U,) int64."""
        return np.diff(self.offsets)

    def user_number(self, raw: str) -> int:
        """Return the row, from 0, of the user whose id reads `raw`.

        Raises UserError with the closest ids where there is none.
        """
        row = self._user_rows.get(raw)
        if row is None:
            raise UserError(f"no user {raw!r} in {self.name}{closest(raw, tuple(self._user_rows))}")
        return row

    def item_numbers(self, raw: Sequence[str]) -> np.ndarray:
        """Return the numbers, int64 from 1, of the items whose ids read as in `raw`.

        Raises UserError that names every id which is none, with the closest ids for the first.
        """
        numbers = [self._item_numbers.get(one, 0) for one in raw]
        unknown = [one for one, number in zip(raw, numbers, strict=True) if not number]
        if unknown:
            named = ", ".join(dict.fromkeys(repr(one) for one in unknown))
            raise UserError(f"no item {named} in {self.name}{closest(unknown[0], tuple(self._item_numbers))}")
        return np.array(numbers, dtype=np.int64)

    # A server looks up a few ids at a time, for which a dictionary is far quicker than an index of pandas.

    @cached_property
    def _user_rows(self) -> dict[str, int]:
        return {raw: row for row, raw in enumerate(self.user_ids.astype(str).tolist())}

    @cached_property
    def _item_numbers(self) -> dict[str, int]:
        return {raw: number for number, raw in enumerate(self.item_ids.astype(str).tolist(), start=1)}
