import pytest

from core.losses import ConstantTemperature, CosineTemperature, LinearTemperature


def test_constant() -> None:
    assert [ConstantTemperature(0.3)(step) for step in (0, 1, 10**9)] == [0.3] * 3


@pytest.mark.parametrize(("start", "end"), [(0.1, 0.9), (0.9, 0.1), (0.4, 0.4)])
def test_linear_is_a_line_and_then_its_end(start: float, end: float) -> None:
    schedule = LinearTemperature(start, end, steps=50)
    assert schedule(0) == start
    assert schedule(20) == pytest.approx(start + 0.4 * (end - start))
    assert schedule(50) == schedule(51) == schedule(1000) == end
    assert schedule(-1) == start


def test_cosine_swings_between_high_and_low() -> None:
    schedule = CosineTemperature(0.1, 1.0, period=400)
    assert [schedule(step) for step in (0, 100, 200, 300, 400, 600)] == pytest.approx([1.0, 0.55, 0.1, 0.55, 1.0, 0.1])
    swing = [schedule(step) for step in range(401)]
    assert swing[:201] == sorted(swing[:201], reverse=True)
    assert swing == pytest.approx(swing[::-1])
    assert (min(swing), max(swing)) == pytest.approx((0.1, 1.0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ConstantTemperature(0.0), "temperature"),
        (lambda: ConstantTemperature(float("nan")), "temperature"),
        (lambda: LinearTemperature(0.1, -0.1, steps=5), "end"),
        (lambda: LinearTemperature(0.1, 0.2, steps=0), "steps"),
        (lambda: CosineTemperature(0.0, 0.2, period=5), "low"),
        (lambda: CosineTemperature(0.1, 0.2, period=0), "period"),
        (lambda: CosineTemperature(0.3, 0.2, period=5), "exceed"),
    ],
)
def test_refuses(make, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        make()
