"""What the command line asks of a model that recommends to many users at once: arrays instead of lists."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


@runtime_checkable
class BulkRecommender(Protocol):
    """What a task offers besides `core.task.Task` if its model can rank items for many users of its data at once."""

    def rank_items(self, rows: "np.ndarray", top: int, *, filter_seen: bool | None = None) -> "tuple[Tensor, Tensor]":
        """Return the numbers and scores of each user's `top` best items, best first, as `Recommender` orders them.

        The caller asks for as many users at a time as it can hold lists of.

        Shapes:
            rows: B int64, users by their place in the data -> two of B x k on any device, k = `top` or as many as
            there are items: int64, from 1 in the order of the data's items, 0 where no item is left; float.
        """
