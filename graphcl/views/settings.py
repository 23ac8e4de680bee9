"""Which meta-paths become views, how they are sparsified and how their twins are masked."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from core.errors import UserError, unknown_name
from core.settings import Section

Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(ge=0, le=1)]
Value = TypeVar("Value", int, float)


class ViewSettings(Section):
    """The views of a model.

    `top_k` and `edge_mask` hold for every meta-path, or one value each by the meta-path's name.

    Attributes:
        meta_paths: names of the data set's meta-paths to use; null uses all.
        top_k: neighbours kept for a node, most similar by PathSim first.
        ties: which of equally similar neighbours stay: seeded-random ones, or those with the lowest numbers.
        transpose: propagate along the transposed adjacency, as MEOW's public code does.
        feature_mask: rate of the target's non-zero feature entries that the masked twins lose.
        edge_mask: rate of the edges that the masked twins lose.
        resample: draw the masks once, or anew in every epoch.
    """

    meta_paths: list[str] | None = None
    top_k: Count | dict[str, Count] = 100
    ties: Literal["random", "index"] = "random"
    transpose: bool = True
    feature_mask: Rate = 0.2
    edge_mask: Rate | dict[str, Rate] = 0.2
    resample: Literal["once", "epoch"] = "once"


def per_path(
    key: str, value: Value | Mapping[str, Value], names: Sequence[str], known: Sequence[str]
) -> dict[str, Value]:
    """Spread a setting over the meta-paths in use: one value for all, or a mapping that names each of them.

    The mapping may also name those of the data set (`known`) that are not in use.
    """
    if not isinstance(value, Mapping):
        return dict.fromkeys(names, value)
    for name in value:
        if name not in known:
            raise unknown_name(f"meta-path in views.{key}", name, known)
    missing = [name for name in names if name not in value]
    if missing:
        raise UserError(f"views.{key} has no value for meta-path {', '.join(missing)}; add it or give one number")
    return {name: value[name] for name in names}
