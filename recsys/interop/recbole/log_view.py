"""An interaction log as RecBole's models ask it: numbers of users and items, batches of padded histories."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from core.errors import UserError
from datasets import SequenceDataset
from datasets.interop.recbole import import_recbole
from datasets.leave_one_out import Examples
from datasets.packing import PackedSequences, to_device
from recsys.encoders.padded_reference import pad


class LogView:
    """Stands for RecBole's data set in the constructors of its models, and makes the batches they take.

    A user's number is its row plus one, since RecBole keeps number 0 of users, too, for padding; items keep their
    numbers. What a log of interactions does not hold (item features, knowledge graphs) raises UserError.

    Args:
        dataset: the log.
        train: its training examples.
        config: RecBole's settings, with its names of fields.
        max_length: that histories are padded to.
    """

    def __init__(self, dataset: SequenceDataset, train: Examples, config: Mapping[str, Any], max_length: int) -> None:
        self._train = train
        self._model = config["model"]
        self._width = max_length
        self.user_field: str = config["USER_ID_FIELD"]
        self.item_field: str = config["ITEM_ID_FIELD"]
        self.negative_field: str = config["NEG_PREFIX"] + self.item_field
        self.list_field: str = self.item_field + config["LIST_SUFFIX"]
        self.length_field: str = config["ITEM_LIST_LENGTH_FIELD"]
        self.user_num = dataset.num_users + 1
        self.item_num = dataset.num_items + 1
        self.field2seqlen = {self.list_field: max_length}

    def num(self, field: str) -> int:
        """Return how many values a field takes, padding included."""
        counts = {self.user_field: self.user_num, self.item_field: self.item_num}
        if field not in counts:
            raise self._lacks(f"the field {field!r}")
        return counts[field]

    @cached_property
    def inter_feat(self) -> Any:
        """All training examples as one batch on the CPU, for models that look at other examples of the same item."""
        numbers = torch.arange(len(self._train))
        inputs = self._train.inputs(numbers).to("cpu")
        return self.batch(inputs, self._train.users(numbers), self._train.targets(numbers).cpu())

    def batch(
        self,
        histories: PackedSequences,
        users: Tensor | None = None,
        targets: Tensor | None = None,
        negatives: Tensor | None = None,
    ) -> Any:
        """Return RecBole's `Interaction` of B histories, on their device.

        Shapes:
            users: B int64, rows of the log, on the CPU; targets, negatives: B int64 item numbers, on any device.
        """
        device = histories.items.device
        fields = {self.list_field: pad(histories, self._width), self.length_field: to_device(histories.lengths, device)}
        if users is not None:
            fields[self.user_field] = to_device(users + 1, device)
        if targets is not None:
            fields[self.item_field] = targets.to(device)
        if negatives is not None:
            fields[self.negative_field] = to_device(negatives, device)
        return import_recbole("recbole.data.interaction").Interaction(fields)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise self._lacks(name)

    def _lacks(self, what: str) -> UserError:
        return UserError(
            f"RecBole's {self._model} learns from more than histories: it asks the data for {what} (features of items "
            "or a knowledge graph), which an interaction log does not hold; choose another, such as recbole:SASRec"
        )
