"""The same encoder in its usual, padded form: slow, obvious, and what tests and benchmarks compare against."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from datasets.packing import PackedSequences
from recsys.encoders.sequence_encoder import SequenceEncoder
from recsys.encoders.transformer_block import TransformerBlock


def pad(sequences: PackedSequences, width: int) -> Tensor:
    """Lay sequences out as a rectangle with zeros on the right: B x width."""
    items = sequences.items.new_zeros(sequences.count, width)
    items[sequences.rows, sequences.positions] = sequences.items
    return items


def padded_user_vectors(encoder: SequenceEncoder, items: Tensor, lengths: Tensor) -> Tensor:
    """Return what ``encoder`` returns, computed on padded sequences by torch's own attention, all positions in full.

    Shapes:
        items: B x L, padded on the right by any item; lengths: B -> B x d.
    """
    places = torch.arange(items.shape[1], device=items.device)
    lengths = lengths.to(items.device)
    seen = (places[None, :] <= places[:, None]) & (places < lengths[:, None, None])
    if encoder.hide_masked:
        seen &= items[:, None, :] != 0
    x = padded_states(encoder, items, places.expand_as(items), seen)
    return x[torch.arange(len(items), device=items.device), lengths - 1]


def padded_states(encoder: SequenceEncoder, items: Tensor, positions: Tensor, seen: Tensor) -> Tensor:
    """Return the state of every place after the last block.

    Shapes:
        items, positions: B x L; seen: B x L x L bool, whether the place of the row sees that of the column. A
        place that would see nothing sees itself, so that its state is finite -> B x L x d.
    """
    x = encoder.norm(encoder.items(items) + encoder.positions(positions))
    x = functional.dropout(x, encoder.dropout, encoder.training)
    itself = torch.eye(items.shape[1], dtype=torch.bool, device=items.device)
    seen = seen | (itself & ~seen.any(dim=2, keepdim=True))
    for block in encoder.blocks:
        x = _block(block, x, seen)
    return x


def _block(block: nn.Module, x: Tensor, seen: Tensor) -> Tensor:
    if not isinstance(block, TransformerBlock):
        raise TypeError(f"expected a TransformerBlock, got {type(block).__name__}")
    attention, (count, length, width) = block.attention, x.shape
    q, k, v = (
        layer(x).view(count, length, attention.heads, -1).transpose(1, 2)
        for layer in (attention.query, attention.key, attention.value)
    )
    dropout = attention.dropout if block.training else 0.0
    mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen[:, None], dropout_p=dropout)
    attended = attention.output(mixed.transpose(1, 2).reshape(count, length, width))
    x = block.attention_norm(x + functional.dropout(attended, block.dropout, block.training))
    fed = block.contract(functional.gelu(block.expand(x)))
    result: Tensor = block.output_norm(x + functional.dropout(fed, block.dropout, block.training))
    return result
