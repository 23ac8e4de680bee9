"""Early stopping against its definition."""

import math

from hypothesis import given
from hypothesis import strategies as st

from core.early_stopping import EarlyStopping
from core.settings import TrainerSettings

scores = st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=1, max_size=30)


@given(scores, st.integers(1, 5), st.sampled_from(["min", "max"]))
def test_matches_a_naive_search(values: list[float], patience: int, mode: str) -> None:
    stopping = EarlyStopping(mode, patience)  # type: ignore[arg-type]
    for epoch, value in enumerate(values):
        stopping.observe(value, epoch)
        seen = [(score if mode == "min" else -score, when) for when, score in enumerate(values[: epoch + 1])]
        best = min(((score, when) for score, when in seen if not math.isnan(score)), default=(0.0, -1))
        assert stopping.best_epoch == best[1]
        assert stopping.should_stop() == (epoch - best[1] >= patience)


def test_without_patience_it_never_stops() -> None:
    stopping = EarlyStopping("min", None)
    for epoch in range(1000):
        stopping.observe(float(epoch), epoch)
    assert not stopping.should_stop()
    assert stopping.best_epoch == 0


def test_epochs_without_a_score_do_not_stop_it() -> None:
    stopping = EarlyStopping("max", 3)
    stopping.observe(1.0, 9)  # the first validation comes in epoch 10
    assert not stopping.should_stop()
    stopping.observe(0.5, 19)
    assert stopping.should_stop()


def test_state_goes_round() -> None:
    stopping, other = EarlyStopping("min", 3), EarlyStopping("min", 3)
    stopping.observe(1.0, 0)
    stopping.observe(2.0, 1)
    other.load_state_dict(stopping.state_dict())
    assert other == stopping


def test_the_monitored_number_says_which_end_is_better() -> None:
    assert TrainerSettings(monitor="loss").better == "min"
    assert TrainerSettings(monitor="valid/micro_f1").better == "max"
    assert TrainerSettings(monitor="valid/loss", mode="min").better == "min"
