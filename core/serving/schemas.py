"""What requests and answers look like; the OpenAPI page is made from these."""

from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.config import JsonDict

from core.recommending import Query
from core.serving.limits import MAX_HISTORY, MAX_ID, MAX_TOP, MAX_USERS


def _without_point(value: object) -> object:
    """Turn 7.0 into 7, which JSON does not tell apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_text(value: object) -> object:
    value = _without_point(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if abs(value) > _LARGEST:
        raise ValueError("write an id of more than 15 digits as text, since not every client can hold the number")
    return str(value)


_LARGEST = 2**53 - 1
"""Up to here all whole numbers are numbers in every JSON."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID)]
Id = Annotated[
    Text,
    BeforeValidator(_as_text),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": MAX_ID},
                {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST},
            ]
        }
    ),
]
"""As in the data set; a number means the id that reads like it."""

_MORE: JsonDict = {
    "anyOf": [{"required": ["users"]}, {"required": ["histories"]}],
    "examples": [{"users": [7], "histories": [["12", "4"]], "top": 5}],
}
"""What the schema of a request says beyond its fields."""


class RecommendRequest(BaseModel):
    """Whom to recommend to: users of the data by id, new ones by what they have had, or both."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra=_MORE)

    # Of a list the first mistake is told: a large body full of mistakes would take long.
    users: Annotated[list[Id], FailFast(), Field(min_length=1, max_length=MAX_USERS, description="Ids of users.")] = (
        Field(default_factory=list)
    )
    histories: Annotated[
        list[Annotated[list[Id], FailFast(), Field(min_length=1, max_length=MAX_HISTORY)]],
        FailFast(),
        Field(min_length=1, max_length=MAX_USERS, description="Ids of items, a list for each user, oldest first."),
    ] = Field(default_factory=list)
    top: Annotated[int, Field(ge=1, le=MAX_TOP, description="Items for each."), BeforeValidator(_without_point)] = 10
    filter_seen: Annotated[
        bool | None, Field(description="Leave out the items of the history; null does as the run's settings say.")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _has_few_fields(cls, value: object) -> object:
        if isinstance(value, dict) and len(value) > 2 * len(cls.model_fields):
            raise ValueError(f"{len(value)} fields, of which there are {len(cls.model_fields)}")
        return value

    @model_validator(mode="after")
    def _has_a_query(self) -> "RecommendRequest":
        if not (self.users or self.histories):
            raise ValueError("name whom to recommend to: users, histories, or both")
        return self

    def queries(self) -> list[Query]:
        """Return the users, then the histories."""
        return [
            *(Query(user=user) for user in self.users),
            *(Query(history=tuple(history)) for history in self.histories),
        ]


class ScoredItem(BaseModel):
    """An item and its score, by the model's measure: of use in comparisons within a list."""

    id: str
    score: float


class Answer(BaseModel):
    """A list of items, best first; shorter than asked for where there are no more."""

    user: Annotated[str | None, Field(description="The user's id; null where a history was given.")]
    items: list[ScoredItem]
    without_seen: Annotated[bool, Field(description="Whether items of the history were left out.")]


class RecommendResponse(BaseModel):
    """An answer for every user, then for every history, in the request's order."""

    answers: list[Answer]


class NeighborsRequest(BaseModel):
    """Of which node or item."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[Text, Field(description="Id of a node or item, as in the data set.")]
    top: Annotated[int, Field(ge=1, le=MAX_TOP, description="How many.")] = 10


class Neighbor(BaseModel):
    """A node or item and the cosine between its embedding and that of the one asked for."""

    id: str
    cosine: float


class NeighborsResponse(BaseModel):
    """The nearest nodes or items, nearest first."""

    id: str
    neighbors: list[Neighbor]


class Health(BaseModel):
    """What is served, and whether questions are being answered."""

    status: str
    model: str
    dataset: str


class Problem(BaseModel):
    """Why a request was not answered, and what would help."""

    detail: str
