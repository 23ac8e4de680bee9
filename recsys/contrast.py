"""An objective at work on user vectors."""

from torch import Tensor, nn

from core.objectives import ObjectiveSettings, Offer, Views, build_objective
from datasets import SequenceDataset
from datasets.leave_one_out import training_examples
from recsys.settings import SequenceSettings, smallest_batch


class Contrast(nn.Module):
    """The objective that settings choose, with rows compared as they say.

    `epoch` (counted from 0) is what a temperature's schedule follows; the learner keeps it up.

    Shapes:
        views: B x d each, two or more -> scalar.
    """

    def __init__(self, settings: ObjectiveSettings, offer: Offer) -> None:
        super().__init__()
        self.epoch = 0
        self._by_cosine = settings.similarity == "cosine"
        self.objective = build_objective(settings, offer)

    def forward(self, first: Tensor, second: Tensor, *more: Tensor) -> Tensor:
        """Return the loss of the views."""
        views = Views(first, second, more, epoch=self.epoch)
        return self.objective(views.normalised() if self._by_cosine else views)["loss"]


def offer_of(settings: SequenceSettings, dataset: SequenceDataset, *, views: int = 2) -> Offer:
    """Return what a recommender can give an objective: batches of histories, different ones in every step."""
    return Offer(
        place=f"{settings.model} on {dataset.name}",
        width=settings.encoder.hidden,
        rows=smallest_batch(training_examples(dataset), settings.batches.size),
        rows_are="histories in a batch",
        views=views,
        seed=settings.seed,
    )
