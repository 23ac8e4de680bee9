"""What is written down is read back, whatever files and columns are called."""

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from datasets.inference import infer_schema
from datasets.inference.writing import PathChoice, graph_yaml, log_yaml, plain
from tests.datasets.inference.tables import BUYS, GOODS, PEOPLE, write

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXTS)
def test_any_text_is_read_back(text: str) -> None:
    assert yaml.safe_load(f"{{{plain(text)}: [{plain(text)}, 1]}}") == {text: [text, 1]}


@given(st.lists(st.tuples(st.sampled_from(["user", "item", "time"]), TEXTS, TEXTS), unique_by=lambda line: line[0]))
def test_any_comment_stays_one(lines: list[tuple[str, object, str]]) -> None:
    found = yaml.safe_load(log_yaml("log.csv", lines))
    assert found.get("table", {}) == {key: value for key, value, _ in lines}


def test_a_long_name_does_not_swallow_its_comment(tmp_path: Path) -> None:
    name = "how_often_they_have_called_us_in_the_last_year"
    people = [f"{line},{number % 4 if number else name}" for number, line in enumerate(PEOPLE)]
    schema = infer_schema(write(tmp_path, customers__csv=people, products__csv=GOODS, purchases__csv=BUYS))
    choices = [
        PathChoice("CPC", ("customer", "product", "customer"), "taken"),
        PathChoice("no", ("customer",), "not", taken=False),
    ]
    content = yaml.safe_load(graph_yaml(schema, lambda path: path.name, choices, 4))
    assert content["nodes"]["customer"]["columns"] == {"age": "numeric", name: "numeric"}
    assert content["meta_paths"] == {"CPC": ["customer", "product", "customer"]}
