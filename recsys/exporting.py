"""A recommender with a sequence encoder in the form in which it leaves this program."""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from core.exporting import Example, ExportForm
from datasets import SequenceDataset
from datasets.packing import PackedSequences
from recsys.encoders import SequenceEncoder
from recsys.encoders.padded_encoder import PaddedEncoder
from recsys.encoders.padded_reference import pad
from recsys.recommending import histories_of, most_recent, select

_EXAMPLES = 64


def export_form(encoder: SequenceEncoder, dataset: SequenceDataset, outputs: Sequence[str]) -> ExportForm:
    """Return the encoder on padded histories, with users of the log, from short to long histories, as examples.

    What they should give is computed on packed histories, by the encoder itself.
    """
    encoder = deepcopy(encoder).cpu().eval()
    longest = encoder.positions.num_embeddings
    order = np.argsort(dataset.lengths, kind="stable")
    users = order[np.linspace(0, len(order) - 1, _EXAMPLES).round().astype(np.int64)]
    many = most_recent(histories_of(dataset, users), 2 * longest)
    few, one = select(many, torch.arange(_EXAMPLES)[-3:]), most_recent(select(many, torch.tensor([0])), 1)
    layouts = [
        (many, pad(many, max(2, int(many.lengths.max())))),
        (few, _pad_left(few, int(few.lengths.max()) + 1)),
        (one, pad(one, 1)),
    ]
    return ExportForm(
        module=PaddedEncoder(encoder, outputs).eval(),
        axes={"items": ("batch", "length")},
        outputs=tuple(outputs),
        examples=[Example({"items": items}, _answers(encoder, histories)) for histories, items in layouts],
        ids=np.asarray(dataset.item_ids),
        notes={
            "dataset": dataset.name,
            "dataset_checksum": dataset.checksum,
            "num_items": str(dataset.num_items),
            "max_length": str(longest),
            "items": "item numbers from 1, oldest first, padded with 0 on either side",
        },
    )


def _pad_left(histories: PackedSequences, width: int) -> Tensor:
    items = histories.items.new_zeros(histories.count, width)
    items[histories.rows, histories.positions + (width - histories.lengths)[histories.rows]] = histories.items
    return items


@torch.no_grad()
def _answers(encoder: SequenceEncoder, histories: PackedSequences) -> dict[str, Tensor]:
    vectors: Tensor = encoder(most_recent(histories, encoder.positions.num_embeddings))
    scores = vectors @ encoder.table.T
    scores[:, 0] = -torch.inf
    return {"user_vectors": vectors, "scores": scores}
