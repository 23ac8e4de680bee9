"""The transformer over item sequences that all models share: from packed histories to user vectors."""

from pydantic import Field, model_validator
from torch import Tensor, nn

from core.dropout import dropout
from core.settings import Section
from datasets.packing import PackedSequences
from recsys.encoders.encoder_input import EncoderInput
from recsys.encoders.transformer_block import NORM_EPS, TransformerBlock


class EncoderSettings(Section):
    """The encoder's sizes and dropout rates.

    Attributes:
        max_length: how many of the most recent items it sees.
        hide_masked: whether attention passes over items that an augmentation masked, as in MCLRec's public code, for
            which they are padding; otherwise they are seen like others, as in CL4SRec's paper.
    """

    max_length: int = Field(50, ge=1)
    hidden: int = Field(64, ge=1)
    inner: int = Field(256, ge=1)
    layers: int = Field(2, ge=1)
    heads: int = Field(2, ge=1)
    dropout: float = Field(0.5, ge=0, lt=1)
    attention_dropout: float = Field(0.5, ge=0, lt=1)
    hide_masked: bool = False

    @model_validator(mode="after")
    def _heads_divide(self) -> "EncoderSettings":
        if self.hidden % self.heads:
            raise ValueError(f"hidden ({self.hidden}) must be a multiple of heads ({self.heads})")
        return self


class SequenceEncoder(nn.Module):
    """Item and position embeddings, then causal transformer blocks; the last item's state is the user vector.

    SASRec (Kang and McAuley, *Self-Attentive Sequential Recommendation*, ICDM 2018) in the form of MCLRec's public
    code: GELU, norms after the sums. Only the last item's state is used, so the last block computes no other:
    the values are the same.

    Args:
        num_items: items are numbered from 1; number 0, padding and mask, keeps its first, small random vector
            unless weights decay.
        settings: sizes and dropout.

    Shapes:
        sequences: B packed sequences, at least one item and at most ``max_length`` items each -> B x d;
        table: (num_items + 1) x d.
    """

    def __init__(self, num_items: int, settings: EncoderSettings) -> None:
        super().__init__()
        d = settings.hidden
        self.items = nn.Embedding(num_items + 1, d, padding_idx=0)
        self.positions = nn.Embedding(settings.max_length, d)
        self.norm = nn.LayerNorm(d, eps=NORM_EPS)
        self.blocks = nn.ModuleList(
            TransformerBlock(d, settings.inner, settings.heads, settings.dropout, settings.attention_dropout)
            for _ in range(settings.layers)
        )
        self.dropout = settings.dropout
        self.hide_masked = settings.hide_masked
        self.apply(_initialise)

    @property
    def table(self) -> Tensor:
        """The item vectors, which score an item by their product with a user vector."""
        return self.items.weight

    def prepare(self, sequences: PackedSequences) -> EncoderInput:
        """Lay a batch out once for several passes."""
        return EncoderInput.of(sequences, self.positions.num_embeddings, hide_masked=self.hide_masked)

    def forward(self, batch: PackedSequences | EncoderInput) -> Tensor:
        """Encode the sequences as user vectors."""
        prepared = batch if isinstance(batch, EncoderInput) else self.prepare(batch)
        sequences, groups, last = prepared.sequences, prepared.groups, prepared.last
        x = self.norm(self.items(sequences.items) + self.positions(sequences.positions))
        x = dropout(x, self.dropout, self.training)
        for block in self.blocks[:-1]:
            x = block(x, groups, last)
        result: Tensor = self.blocks[-1](x, groups, last, queries="last")
        return result[: prepared.count]


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
