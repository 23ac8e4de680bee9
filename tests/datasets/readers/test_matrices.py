from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from core.errors import UserError
from datasets.readers import read_dense, read_sparse

DENSE = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 3.0]])


@pytest.mark.parametrize("layout", ["csr", "csc", "coo"])
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_sparse_reads_what_scipy_saves(tmp_path: Path, layout: str, dtype: type) -> None:
    file = tmp_path / "x.npz"
    sp.save_npz(file, sp.csr_matrix(DENSE.astype(dtype)).asformat(layout))
    matrix = read_sparse(file, 3)
    assert matrix.format == "csr"
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix.toarray(), DENSE)


def test_sparse_takes_text_formats_and_drops_duplicates_and_zeros(tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    parts = {"row": [0, 0, 1], "col": [2, 2, 0], "data": [1.0, 1.0, 0.0], "shape": [2, 3]}
    np.savez(file, format=np.array(["coo"]), **{name: np.array(value) for name, value in parts.items()})
    matrix = read_sparse(file, 2)
    assert matrix.toarray().tolist() == [[0, 0, 2], [0, 0, 0]]
    assert matrix.nnz == 1


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_truncated_archive_is_named(tmp_path: Path, share: float) -> None:
    file = tmp_path / "x.npz"
    sp.save_npz(file, sp.random(50, 40, 0.3, format="csr", random_state=0))
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UserError, match=r"x\.npz: truncated"):
        read_sparse(file, 50)


def test_pickles_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="pickle"):
        read_dense(tmp_path / "x.npy", 1)
    np.savez(tmp_path / "x.npz", format=np.array([{"a": 1}], dtype=object))
    with pytest.raises(UserError, match="pickle"):
        read_sparse(tmp_path / "x.npz", 1)


def test_sparse_parts_must_fit(tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    good = {"data": np.ones(2), "indices": np.array([0, 1]), "indptr": np.array([0, 1, 2]), "shape": np.array([2, 2])}
    for name, broken in (("indices", [0, 9]), ("indptr", [0, 5, 2]), ("indptr", [0, 2]), ("shape", [-2, 2])):
        np.savez(file, format="csr", **{**good, name: np.array(broken)})
        with pytest.raises(UserError, match=r"x\.npz: the parts"):
            read_sparse(file, 2)
    np.savez(file, format="csr", **{name: good[name] for name in ("data", "indices", "shape")})
    with pytest.raises(UserError, match="without the arrays indptr"):
        read_sparse(file, 2)
    np.savez(file, format="dia", **good)
    with pytest.raises(UserError, match="'dia'"):
        read_sparse(file, 2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_values_that_are_not_finite_are_named_by_row(tmp_path: Path, value: float) -> None:
    broken = DENSE.copy()
    broken[2, 0] = value
    sp.save_npz(tmp_path / "x.npz", sp.csr_matrix(broken))
    with pytest.raises(UserError, match=r"x\.npz: -?(nan|inf) in row 2"):
        read_sparse(tmp_path / "x.npz", 3)
    np.save(tmp_path / "x.npy", broken)
    with pytest.raises(UserError, match=r"x\.npy: -?(nan|inf) in row 2"):
        read_dense(tmp_path / "x.npy", 3)


def test_rows_must_match_nodes(tmp_path: Path) -> None:
    sp.save_npz(tmp_path / "x.npz", sp.csr_matrix(DENSE))
    with pytest.raises(UserError, match="3 feature rows for 4 nodes"):
        read_sparse(tmp_path / "x.npz", 4)
    np.save(tmp_path / "x.npy", DENSE)
    with pytest.raises(UserError, match="3 feature rows for 2 nodes"):
        read_dense(tmp_path / "x.npy", 2)


def test_dense_and_sparse_are_not_confused(tmp_path: Path) -> None:
    file = tmp_path / "feat.npz"
    with file.open("wb") as stream:
        np.save(stream, DENSE)  # a single array under the other suffix
    np.testing.assert_array_equal(read_dense(file, 3), DENSE.astype(np.float32))
    with pytest.raises(UserError, match="single array"):
        read_sparse(file, 3)
    sp.save_npz(file, sp.csr_matrix(DENSE))
    with pytest.raises(UserError, match="archive"):
        read_dense(file, 3)


def test_any_flipped_bit_of_a_header_is_a_users_error_or_harmless(tmp_path: Path) -> None:
    file = tmp_path / "x.npy"
    np.save(file, DENSE)
    sound, errors = file.read_bytes(), []
    for position in range(8 * 128):
        damaged = bytearray(sound)
        damaged[position // 8] ^= 1 << position % 8
        file.write_bytes(damaged)
        try:
            read_dense(file, 3)
        except UserError as error:
            errors.append(str(error))
    assert len(errors) > 100
    assert all(str(file) in error for error in errors)


def test_features_without_a_column_are_none(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 0)))
    with pytest.raises(UserError, match=r"x\.npy: features without a column; leave `features` out"):
        read_dense(tmp_path / "x.npy", 3)
    sp.save_npz(tmp_path / "x.npz", sp.csr_matrix((3, 0)))
    with pytest.raises(UserError, match=r"x\.npz: features without a column"):
        read_sparse(tmp_path / "x.npz", 3)
