"""A domain whose one model learns in milliseconds, to try the trainer and the command line on."""

from core.domain import Domain, ModelEntry
from core.registry import Registry

models: Registry[ModelEntry] = Registry("model", "tests.core.tiny_models")
domain = Domain("tiny", "graph", models)
