"""What is said of a device."""

import pytest

from core.devices import open_fabric
from core.errors import UserError


@pytest.mark.parametrize("device", ["gpu", "cpu:1", "cuda:x"])
def test_a_device_that_is_none_is_refused(device: str) -> None:
    with pytest.raises(UserError, match="unknown device"):
        open_fabric(device)
