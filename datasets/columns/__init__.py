"""From a table's columns to features: standardised numbers, one-hot categories, weighted bags of words."""

from datasets.columns.categorical import categorical_features
from datasets.columns.numeric import numeric_features
from datasets.columns.stacking import stack_features
from datasets.columns.text import text_features

__all__ = ["categorical_features", "numeric_features", "stack_features", "text_features"]
