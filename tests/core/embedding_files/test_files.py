"""Embeddings as other programs read them: pyarrow a table, TensorBoard's own plugin a projector's folder."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from google.protobuf import text_format
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from werkzeug.test import Client

from core.embedding_files.format import EmbeddingFormat, choose_format
from core.embedding_files.parquet import write_parquet
from core.embedding_files.projector import write_projector
from core.errors import UserError

VECTORS = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
IDS = np.array(["a", "b\tc", 'd "e"', "f\ng", "ä"])


@pytest.mark.parametrize("ids", [np.arange(5) * 10, IDS, IDS.astype(object)])
def test_parquet_holds_an_id_and_a_vector_a_row(ids: np.ndarray, tmp_path: Path) -> None:
    write_parquet(ids, VECTORS, tmp_path / "e.parquet")
    table = pa.parquet.read_table(tmp_path / "e.parquet")
    assert table.column_names == ["id", "vector"]
    assert table["id"].to_pylist() == ids.tolist()
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 3)
    np.testing.assert_array_equal(np.stack(table["vector"].to_numpy()), VECTORS)
    assert [path.name for path in tmp_path.iterdir()] == ["e.parquet"]


def served(folder: Path) -> tuple[dict[str, Any], np.ndarray, list[str]]:
    """What TensorBoard's projector would show: its configuration, the tensor and the lines of the metadata."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(folder))
    plugin = ProjectorPlugin(TBContext(logdir=str(folder), data_provider=provider, multiplexer=multiplexer))
    apps = plugin.get_plugin_apps()

    def get(route: str, query: str = "") -> Any:
        answer = Client(apps[route]).get(query)
        assert answer.status_code == 200, answer.text
        return answer

    (run,) = get("/runs").json
    (config,) = get("/info", f"/?run={run}").json["embeddings"]
    query = f"/?run={run}&name={config['tensorName']}"
    tensor = np.frombuffer(get("/tensor", query).data, dtype=np.float32).reshape(config["tensorShape"])
    return config, tensor, get("/metadata", query).text.splitlines()


def test_tensorboard_shows_the_projectors_folder(tmp_path: Path) -> None:
    write_projector(VECTORS, {"id": IDS, "label": np.array([1, 0, -1, 2, 2])}, tmp_path / "p")
    config, tensor, lines = served(tmp_path / "p")
    assert config["tensorShape"] == [5, 3]
    np.testing.assert_array_equal(tensor, VECTORS)
    assert lines == ["id\tlabel", "a\t1", "b c\t0", "d 'e'\t-1", "f g\t2", "ä\t2"]
    parsed = text_format.Parse((tmp_path / "p" / "projector_config.pbtxt").read_text(), ProjectorConfig())
    assert parsed.embeddings[0].metadata_path == "metadata.tsv"


def test_a_single_column_has_no_header(tmp_path: Path) -> None:
    write_projector(VECTORS, {"id": np.arange(5)}, tmp_path / "p")
    assert served(tmp_path / "p")[2] == ["0", "1", "2", "3", "4"]


def test_a_projector_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    write_projector(VECTORS, {"id": np.arange(5)}, tmp_path / "p")
    write_projector(VECTORS[:2], {"id": np.arange(2)}, tmp_path / "p")
    assert len(served(tmp_path / "p")[1]) == 2
    (tmp_path / "p" / "mine.txt").touch()
    with pytest.raises(UserError, match=r"holds other files \(mine.txt\)"):
        write_projector(VECTORS, {"id": np.arange(5)}, tmp_path / "p")
    assert (tmp_path / "p" / "mine.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_the_name_decides_the_format_unless_it_is_given() -> None:
    assert choose_format(None, None) is EmbeddingFormat.npz
    assert choose_format(None, Path("a.NPZ")) is EmbeddingFormat.npz
    assert choose_format(None, Path("a.parquet")) is EmbeddingFormat.parquet
    assert choose_format(EmbeddingFormat.projector, Path("folder")) is EmbeddingFormat.projector
    assert choose_format(EmbeddingFormat.parquet, None) is EmbeddingFormat.parquet
    with pytest.raises(UserError, match="cannot be seen from the name"):
        choose_format(None, Path("vectors.tsv"))
    with pytest.raises(UserError, match=r"a\.npz is no name for --format parquet"):
        choose_format(EmbeddingFormat.parquet, Path("a.npz"))
