"""A RecBole model behind our terms: a loss of examples, scores of all items, vectors of items."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import UserError
from datasets import SequenceDataset
from datasets.interop.recbole import import_recbole
from datasets.leave_one_out import Examples
from datasets.packing import PackedSequences
from recsys.interop.recbole.catalogue import framework_settings, model_settings
from recsys.interop.recbole.log_view import LogView
from recsys.interop.recbole.negatives import NegativeSampler
from recsys.interop.recbole.settings import RecboleSettings, model_name

_REFUSALS = (
    ArithmeticError,
    AssertionError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What models raise where a hyper-parameter makes no sense, in their constructors or at the first batch."""

_ONLY_IN_TRAINING = "mask_itemseq"
"""The transformation whose random masks no model reads when it ranks; RecBole makes them then, too."""


class _Config(dict[str, Any]):
    """RecBole's settings as its models read them: what is not set is None; a set key is an attribute, too."""

    def __missing__(self, key: str) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]


class RecboleModel:
    """Builds a sequential model of RecBole for a log and feeds it.

    Args:
        settings: names the model and holds its hyper-parameters.
        dataset: the log.
        train: its training examples.
        device: where the model lives.

    Raises:
        UserError: where RecBole is missing, for a model that does not rank the whole catalogue or needs other data
            than histories, and for hyper-parameters that the model refuses.
    """

    def __init__(
        self, settings: RecboleSettings, dataset: SequenceDataset, train: Examples, device: torch.device
    ) -> None:
        self._name = model_name(settings.model)
        self._hyper_parameters = settings.recbole
        self._config = _Config(
            framework_settings()
            | settings.recbole
            | {
                "model": self._name,
                "dataset": dataset.name,
                "device": device,
                "seed": settings.seed,
                "transform": model_settings(self._name).get("transform"),
                "MAX_ITEM_LIST_LENGTH": settings.batches.max_length,
                "train_batch_size": settings.batches.size,
            }
        )
        self._num_items = dataset.num_items
        self._view = LogView(dataset, train, self._config, settings.batches.max_length)
        self._transform = import_recbole("recbole.data.transform").construct_transform(self._config)
        self.module = self._build(device)
        self._negatives = NegativeSampler(dataset) if self._compares_pairs() else None

    def loss(self, examples: Examples, numbers: Tensor) -> Tensor:
        """Return the model's own loss of these training examples, a scalar."""
        users = examples.users(numbers)
        negatives = self._negatives.draw(users) if self._negatives else None
        batch = self._view.batch(examples.inputs(numbers), users, examples.targets(numbers), negatives)
        with self._own_errors("computes no loss"):
            loss = self.module.calculate_loss(self._transform(self._view, batch))
        parts = loss if isinstance(loss, tuple) else (loss,)
        return torch.cat([part.reshape(1) for part in parts]).sum()  # some are of shape (1,)

    def scores(self, histories: PackedSequences, users: Tensor | None) -> Tensor:
        """Return the model's score of every item after each of B histories.

        Shapes:
            histories: at most max_length items each; users: B int64, rows of the log, on the CPU, or None where they
            are none of the log's (see `needs_users`) -> B x (1 + num_items); column 0 is the padding.
        """
        # Some compute a loss on the way, and throw it away. RecBole hands them the target; nobody can peek at a 0.
        batch = self._view.batch(histories, users, histories.lengths.new_zeros(histories.count))
        if self._config["transform"] != _ONLY_IN_TRAINING:
            batch = self._transform(self._view, batch)
        scores: Tensor = self.module.full_sort_predict(batch)
        return scores.view(histories.count, self._num_items + 1)

    @cached_property
    def needs_users(self) -> bool:
        """Whether the model scores items for users of its log alone; found out by trying one history."""
        history = PackedSequences(torch.ones(1, dtype=torch.long, device=self._config["device"]), torch.tensor([1]))
        try:
            self.scores(history, None)
        except KeyError as error:
            if error.args != (self._view.user_field,):
                raise
            return True
        return False

    def knows_its_users_alone(self) -> str:
        """Return what to tell who asks a model that needs users for somebody new."""
        return f"RecBole's {self._name} has a vector for each user of its log and knows no others: ask for --user ID"

    def item_vectors(self) -> Tensor:
        """Return the vectors that the model looks up items by: its table called after items, or its only one.

        Shapes:
            num_items x d.
        """
        sizes = (self._num_items + 1, self._num_items + 2)  # some keep a row for a mask behind the items
        tables = [
            (name, one)
            for name, one in self.module.named_modules()
            if isinstance(one, nn.Embedding) and one.num_embeddings in sizes
        ]
        _, table = min(tables, key=lambda named: "item" not in named[0])
        return table.weight.detach()[1 : self._num_items + 1]

    def _build(self, device: torch.device) -> Any:
        model = getattr(import_recbole("recbole.model.sequential_recommender"), self._name)
        if "full_sort_predict" not in vars(model):
            raise UserError(
                f"RecBole's {self._name} scores single pairs of a user and an item and cannot rank a whole catalogue; "
                "choose another, such as recbole:SASRec"
            )
        with self._own_errors("cannot be built"):
            return model(self._config, self._view).to(device)

    @contextmanager
    def _own_errors(self, what: str) -> Iterator[None]:
        """Tell the user what RecBole's code refuses, mostly a hyper-parameter that makes no sense."""
        try:
            yield
        except torch.OutOfMemoryError:
            raise
        except _REFUSALS as error:
            raise UserError(
                f"RecBole's {self._name} {what}: {error}; its hyper-parameters stand under recbole: "
                f"{', '.join(f'{key}={value}' for key, value in self._hyper_parameters.items())}"
            ) from error

    def _compares_pairs(self) -> bool:
        pairwise = import_recbole("recbole.utils").InputType.PAIRWISE
        return getattr(self.module, "input_type", None) == pairwise or self._config["loss_type"] == "BPR"
