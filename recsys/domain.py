"""Sequential recommendation as a domain of the command line."""

from core.domain import Domain, ModelEntry
from core.registry import Registry

models: Registry[ModelEntry] = Registry("model", "recsys.models")

domain = Domain(
    name="recsys",
    data_kind="sequence",
    models=models,
    headlines=("test/hr@10", "test/ndcg@10", "valid/mrr@10", "test/coverage@10"),
)
