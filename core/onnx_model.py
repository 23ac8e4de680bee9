"""A model as ONNX, checked by ONNX Runtime before anyone gets it. Needs the extra `onnx`."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from core.errors import UserError
from core.exporting import ExportForm
from core.extras import import_extra

TOLERANCE = 1e-4
"""Largest difference of an answer, relative to the largest number of its kind where that is above 1."""


def onnx_model(form: ExportForm) -> bytes:
    """Return the module as a single ONNX file's content, with the notes among its properties.

    Raises UserError where the extra is missing, and for a model that no single file can hold.
    """
    for package in ("onnx", "onnxscript", "onnxruntime"):
        import_extra(package, "onnx")
    example = tuple(form.examples[0].inputs.values())
    axes = {name: {place: torch.export.Dim(axis) for place, axis in enumerate(of)} for name, of in form.axes.items()}
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            form.module,
            example,
            dynamo=True,
            input_names=list(form.axes),
            output_names=list(form.outputs),
            dynamic_shapes=axes,
            verbose=False,
        )
    model: Any = program.model_proto  # type: ignore[union-attr]
    for key, value in form.notes.items():
        model.metadata_props.add(key=key, value=value)
    try:
        content: bytes = model.SerializeToString()
    except ValueError as error:  # protobuf's limit
        raise UserError(f"the model is too large for one ONNX file, which holds 2 GiB ({error})") from None
    return content


def check_onnx(model: bytes, form: ExportForm) -> float:
    """Run the examples through ONNX Runtime and return the largest difference from the model's own answers.

    Raises UserError where that is above the tolerance.
    """
    runtime = import_extra("onnxruntime", "onnx")
    session = runtime.InferenceSession(model, providers=["CPUExecutionProvider"])
    largest = 0.0
    for example in form.examples:
        answers = session.run(list(form.outputs), {name: value.numpy() for name, value in example.inputs.items()})
        for name, answer in zip(form.outputs, answers, strict=True):
            largest = max(largest, difference(answer, example.answers[name].numpy()))
    if not largest <= TOLERANCE:
        raise UserError(
            f"the exported model computes something else: the largest difference is {largest:.1e}, more than "
            f"{TOLERANCE:.0e}; nothing was written. Another release of torch or onnxruntime may translate it rightly"
        )
    return largest


def difference(answer: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference, relative where numbers are above 1; numbers that are not finite must be equal.

    >>> difference(np.array([3.0, -np.inf]), np.array([4.0, -np.inf]))
    0.25
    """
    finite = np.isfinite(expected)
    if answer.shape != expected.shape or not np.array_equal(answer[~finite], expected[~finite]):
        return float("inf")
    if not np.isfinite(answer[finite]).all():
        return float("inf")
    scale = np.abs(expected[finite]).max(initial=1.0)
    return float(np.abs(answer[finite] - expected[finite]).max(initial=0.0) / scale)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep notices to themselves that torch's exporter makes about its own progress and packages."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
