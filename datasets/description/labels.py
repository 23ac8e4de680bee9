"""The forms of labels and of splits: from array files, from a column, or, of splits, drawn."""

from typing import Annotated

from pydantic import Field, PositiveInt, model_validator

from datasets.description.section import Section, form, form_by_key
from datasets.description.tables import TargetColumn


class LabelFile(Section):
    """Class of every target node; `first` is the file's number for the first class."""

    file: str
    classes: Annotated[int, Field(ge=2)]
    first: int = 0


class LabelColumn(TargetColumn):
    """A column that names the class of every target node."""


Labels = Annotated[
    Annotated[LabelFile, form(LabelFile)] | Annotated[LabelColumn, form(LabelColumn)],
    form_by_key({"column": LabelColumn}, LabelFile),
]


class SplitFiles(Section):
    """Index files of one split."""

    train: str
    valid: str
    test: str


PARTS = {"train": "train", "training": "train", "valid": "valid", "val": "valid", "validation": "valid"}
PARTS |= {"dev": "valid", "test": "test", "testing": "test"}
"""What a column may call the parts of a split, and which each is."""


class SplitColumn(TargetColumn):
    """A column that says train, valid or test of every target node."""


class DrawnSplit(Section):
    """A split drawn from the labelled nodes by `seed`.

    Of every class, `per_class` nodes or that `share` of it train; of the others one half validates, the other
    tests, at most `most` nodes each.
    """

    per_class: PositiveInt | None = None
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    most: PositiveInt = 1000
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _one_size(self) -> "DrawnSplit":
        if (self.per_class is None) == (self.share is None):
            raise ValueError("give either 'per_class' or 'share'")
        return self


Split = Annotated[
    Annotated[SplitFiles, form(SplitFiles)]
    | Annotated[SplitColumn, form(SplitColumn)]
    | Annotated[DrawnSplit, form(DrawnSplit)],
    form_by_key({"column": SplitColumn, "per_class": DrawnSplit, "share": DrawnSplit}, SplitFiles),
]
