import numpy as np

from core.metrics import clustering_agreement


def test_separate_classes_agree_fully_and_noise_does_not() -> None:
    generator = np.random.default_rng(0)
    classes = np.arange(120) % 3
    apart = np.eye(3)[classes] * 10 + generator.normal(size=(120, 3))
    found = clustering_agreement(apart, classes, repeats=2)
    assert found["nmi"] == 1.0
    assert found["ari"] == 1.0
    assert found["nmi_std"] == 0.0
    noise = clustering_agreement(generator.normal(size=(120, 3)), classes, repeats=2)
    assert abs(noise["ari"]) < 0.1
