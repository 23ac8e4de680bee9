"""Models as ONNX: they answer what the module answers, or are refused."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from core import extras
from core.errors import UserError
from core.exporting import Example, ExportForm
from core.onnx_model import TOLERANCE, check_onnx, difference, onnx_model

INPUTS = [torch.randn(size, 3, generator=torch.Generator().manual_seed(size)) for size in (4, 1, 9)]


class Layer(nn.Module):
    """A linear layer and the sum of its outputs."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.layer(x)
        return y, y.sum(dim=1)


def made_form(error: float = 0.0) -> ExportForm:
    module = Layer().eval()
    with torch.no_grad():
        answers = [dict(zip(("y", "total"), module(x), strict=True)) for x in INPUTS]
    answers[-1]["total"][0] += error
    examples = [Example({"x": x}, answer) for x, answer in zip(INPUTS, answers, strict=True)]
    return ExportForm(module, {"x": ("batch", "width")}, ("y", "total"), examples, np.arange(2), {"made": "here"})


@pytest.fixture(scope="module")
def form() -> ExportForm:
    made = made_form()
    return dataclasses.replace(made, axes={"x": ("batch",)})


@pytest.fixture(scope="module")
def content(form: ExportForm) -> bytes:
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package)
    return onnx_model(form)


def test_the_file_answers_as_the_module_for_any_batch(form: ExportForm, content: bytes) -> None:
    assert 0 <= check_onnx(content, form) < 1e-6
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    onnx.checker.check_model(onnx.load_from_string(content))
    session = onnxruntime.InferenceSession(content)
    assert [(one.name, one.shape) for one in session.get_inputs()] == [("x", ["batch", 3])]
    assert [one.name for one in session.get_outputs()] == ["y", "total"]
    assert session.get_modelmeta().custom_metadata_map["made"] == "here"


def test_another_answer_is_refused(form: ExportForm, content: bytes) -> None:
    assert 0.5 * TOLERANCE < check_onnx(content, made_form(error=0.9 * TOLERANCE)) <= TOLERANCE
    for error in (3 * TOLERANCE, float("nan"), float("inf")):
        with pytest.raises(UserError, match=r"computes something else: .* nothing was written"):
            check_onnx(content, made_form(error=error))


def test_differences() -> None:
    one = np.array([1.0, -np.inf, 20.0])
    assert difference(one, one) == 0
    assert difference(np.array([1.5, -np.inf, 20.0]), one) == 0.5 / 20
    assert difference(np.array([0.25]), np.array([0.0])) == 0.25
    assert difference(np.array([-np.inf]), np.array([-np.inf])) == 0
    assert difference(np.array([1.0, np.inf, 20.0]), one) == np.inf
    assert difference(np.array([1.0]), one) == np.inf
    assert difference(np.array([np.nan, -np.inf, 20.0]), one) == np.inf


def test_a_missing_extra_is_named(form: ExportForm, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(extras.importlib, "import_module", missing)
    with pytest.raises(UserError, match=r"onnx cannot be imported .*pip install -e '\.\[onnx\]'"):
        onnx_model(form)
