"""The encoder as programs outside of this one call it: a rectangle of items in, vectors and scores out."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from recsys.encoders.padded_reference import padded_states
from recsys.encoders.sequence_encoder import SequenceEncoder


class PaddedEncoder(nn.Module):
    """Encodes histories that are padded to a common length by item 0, on whichever side.

    Of a history longer than the encoder sees, the most recent items count, as everywhere. One without items gets a
    zero vector.

    Args:
        encoder: that is called.
        outputs: what to return, "user_vectors", "scores" or both.

    Shapes:
        items: B x L int64, any L from 1; user_vectors: B x d; scores: B x (1 + num_items), where column 0, the
        padding, is -inf.
    """

    def __init__(self, encoder: SequenceEncoder, outputs: Sequence[str]) -> None:
        super().__init__()
        self.encoder = encoder
        self.outputs = tuple(outputs)

    def forward(self, items: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs, in the order that they were asked for."""
        longest = self.encoder.positions.num_embeddings
        places = torch.arange(items.shape[1], device=items.device)
        given = items != 0
        count = given.long().cumsum(dim=1)
        total = count[:, -1:]
        kept = given & (count > total - longest)
        positions = (count - 1 - (total - longest).clamp(min=0)).clamp(0, longest - 1)
        states = padded_states(self.encoder, items, positions, (places <= places[:, None]) & kept[:, None, :])
        last = (places * kept).amax(dim=1)
        vectors = states.gather(1, last[:, None, None].expand(-1, 1, states.shape[2])).squeeze(1) * (total > 0)
        found = {"user_vectors": vectors}
        if "scores" in self.outputs:
            scores = vectors @ self.encoder.table.T
            padding = torch.arange(scores.shape[1], device=scores.device) == 0
            found["scores"] = scores.masked_fill(padding, -torch.inf)
        return tuple(found[name] for name in self.outputs)
