"""A user's mistakes with recommenders: a clear message, exit code 2, no traceback, and nothing left behind."""

from pathlib import Path

import pytest

from tests.end_to_end.command import SMALL_SEQUENCES, settings
from tests.end_to_end.refusal import check_refused


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--model", "mclrek"], ["unknown model 'mclrek'", "did you mean mclrec"]),
        (["--dataset", "beuty", "--model", "sasrec"], ["unknown dataset 'beuty'", "did you mean beauty"]),
        (["--dataset", "planted-sequences", "--model", "meow"], ["meow learns from graph data", "planted-graph"]),
        (["--dataset", "planted-graph", "--model", "mclrec"], ["mclrec learns from sequence data", "beauty"]),
        (["--model", "mclrec", "--set", "contrast.meta_wieght=1"], ["did you mean contrast.meta_weight"]),
        (["--model", "mclrec", "--set", "contrast.strategy=both"], ["contrast.strategy", "'meta', 'joint'"]),
        (["--model", "sasrec", "--set", "augmentation.crop=0.5"], ["unknown setting augmentation"]),
        (["--model", "cl4srec", "--set", "augmentation.operators=[crop, crop]"], ["operators", "named twice"]),
        (["--model", "cl4srec", "--set", "augmentation.operators=[cut]"], ["augmentation.operators", "'crop', 'mask'"]),
        (["--model", "sasrec", "--set", "encoder.max_length=0"], ["encoder.max_length (from --set)", "equal to 1"]),
        (["--model", "sasrec", "--set", "encoder.heads=3"], ["hidden (64) must be a multiple of heads (3)", "encoder"]),
        (["--model", "sasrec", "--set", "encoder.dropout=1"], ["encoder.dropout (from --set)", "less than 1"]),
        (["--model", "popularity", "--precision", "bf16-mixed"], ["popularity does not train", "out --precision"]),
        (["--model", "sasrec", "--set", "batches.size=1"], ["batches.size (from --set)", "equal to 2"]),
        (["--model", "sasrec", "--set", "data.itmes=50"], ["itmes", "did you mean items"]),
        (["--model", "sasrec", "--set", "evaluation.top_k=[0]"], ["evaluation.top_k"]),
        (["--model", "sasrec", "--set", "trainer.monitor=valid/mrr@7"], ["'valid/mrr@7'", "valid/mrr@10"]),
    ],
)
def test_mistakes_in_the_arguments(
    arguments: list[str], parts: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--set", "data.users=40", "--set", "data.items=50"] if "trainer.monitor=valid/mrr@7" in arguments else []
    check_refused([*arguments, *small, "--output", here / "out"], here, capsys, *parts)


def test_histories_that_are_too_short_to_learn_from(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = settings(SMALL_SEQUENCES, data__shortest=3, data__longest=3)
    check_refused(
        ["--model", "sasrec", *short, "--output", here / "out"], here, capsys, "0 training examples", "four items"
    )
