import numpy as np
import pytest
import scipy.sparse as sp

from datasets.sparse import symmetric

ADJACENCY = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 4.0], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("transpose", [True, False])
def test_symmetric_equals_the_dense_formula(transpose: bool) -> None:
    degree = ADJACENCY.sum(axis=1)
    scale = np.diag([d**-0.5 if d else 0.0 for d in degree])
    expected = scale @ ADJACENCY @ scale
    found = symmetric(sp.csr_matrix(ADJACENCY), transpose=transpose).toarray()
    np.testing.assert_allclose(found, expected.T if transpose else expected, rtol=1e-6)
