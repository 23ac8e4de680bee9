"""What the fast and the naive form took, side by side."""

from dataclasses import replace

import pytest
import typer

from benchmarks import comparison
from benchmarks.comparison import Comparison, compare, exit_if_wrong
from benchmarks.measurement import Job, Measurement

JOB = Job("planted-graph", "meow")
FOUND = Comparison(
    JOB,
    fast=Measurement(size=40, step_s=0.5),
    naive=Measurement(size=40, step_s=6.0),
    check=Measurement(size=40, loss_difference=2e-8, gradient_difference=3e-7),
)


def test_ratios_need_both_numbers() -> None:
    assert FOUND.ratio(lambda one: one.step_s) == "12.0x"
    assert FOUND.ratio(lambda one: one.peak_mb) == "-"
    assert replace(FOUND, naive=Measurement(failure="not run")).ratio(lambda one: one.step_s) == "-"


def test_agreement_says_on_how_many_nodes() -> None:
    assert FOUND.agreement == "loss 2.0e-08, gradients 3.0e-07 (relative, against float64 on 40 nodes)"
    assert replace(FOUND, check=Measurement(failure="out of memory")).agreement == "out of memory"


@pytest.mark.parametrize("naive", [True, False])
def test_only_the_asked_forms_are_measured(naive: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    forms: list[str] = []

    def measured(job: Job) -> Measurement:
        forms.append(job.form)
        return Measurement(size=40)

    monkeypatch.setattr(comparison, "measure", measured)
    found = compare(JOB, naive=naive)
    assert forms == ["prepare", "fast", *(["naive", "check"] if naive else [])]
    assert found.fast.failure == ""
    assert found.naive.failure == found.check.failure == ("" if naive else "not run")


def test_a_wrong_form_ends_with_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    exit_if_wrong([FOUND])
    with pytest.raises(typer.Exit) as ended:
        exit_if_wrong([FOUND, replace(FOUND, check=Measurement(size=9, gradient_difference=1e-3))])
    assert ended.value.exit_code == 1
    assert "meow on 9 nodes" in capsys.readouterr().err
