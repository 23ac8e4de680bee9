"""What the descriptions of both kinds of data share: strict sections and the types of their values."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Section(BaseModel):
    """A frozen part of a description that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
