"""The names of what an exported model can give."""

from enum import StrEnum


class ExportOutputs(StrEnum):
    """What an exported recommender returns for a history."""

    vectors = "vectors"
    scores = "scores"
    both = "both"

    @property
    def names(self) -> tuple[str, ...]:
        """The outputs' names in the model."""
        named = {"vectors": ("user_vectors",), "scores": ("scores",)}
        return named.get(self.value, ("user_vectors", "scores"))
