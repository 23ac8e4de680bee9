"""What a loaded interaction log is: every user's items in time order, one after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

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
        row = int(self._user_index.get_indexer([raw])[0])
        if row < 0:
            raise UserError(f"no user {raw!r} in {self.name}{closest(raw, self._user_index.tolist())}")
        return row

    def item_numbers(self, raw: Sequence[str]) -> np.ndarray:
        """Return the numbers, int64 from 1, of the items whose ids read as in `raw`.

        Raises UserError that names every id which is none, with the closest ids for the first.
        """
        rows = np.asarray(self._item_index.get_indexer(list(raw)), dtype=np.int64)
        unknown = [raw[place] for place in np.flatnonzero(rows < 0).tolist()]
        if unknown:
            named = ", ".join(dict.fromkeys(repr(one) for one in unknown))
            raise UserError(f"no item {named} in {self.name}{closest(unknown[0], self._item_index.tolist())}")
        return rows + 1

    @cached_property
    def _user_index(self) -> pd.Index:
        return pd.Index(self.user_ids.astype(str), dtype=object)

    @cached_property
    def _item_index(self) -> pd.Index:
        return pd.Index(self.item_ids.astype(str), dtype=object)
