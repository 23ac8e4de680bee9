"""What every run logs of its vectors."""

import torch
from torch.nn import functional

from core.diagnosis import diagnose
from core.losses import alignment, tolerance, uniformity


def test_the_numbers_are_those_of_unit_vectors() -> None:
    torch.manual_seed(0)
    rows, twins, labels = 3 * torch.randn(30, 5), torch.randn(30, 5), torch.arange(30) % 4 - 1
    found = diagnose(rows.requires_grad_(), twins, labels)
    units = functional.normalize(rows.detach(), dim=1)
    expected = {
        "diagnostics/alignment": alignment(units, functional.normalize(twins, dim=1)),
        "diagnostics/uniformity": uniformity(units),
        "diagnostics/tolerance": tolerance(units, labels),
    }
    assert found == expected
    assert not any(value.requires_grad for value in found.values())


def test_what_is_not_there_is_left_out() -> None:
    assert diagnose(torch.eye(4)).keys() == {"diagnostics/uniformity"}


def test_many_rows_are_thinned_evenly() -> None:
    torch.manual_seed(0)
    rows = torch.randn(50, 4)
    found = diagnose(rows, most=20)["diagnostics/uniformity"]
    torch.testing.assert_close(found, uniformity(functional.normalize(rows[::3], dim=1)))
