import pytest

from core.errors import UserError
from core.registry import Registry
from recsys.domain import models
from recsys.interop.recbole import catalogue
from recsys.interop.recbole.catalogue import complete_hyper_parameters, sequential_models
from tests.recsys.interop.recbole_runs import needs_recbole, settings_of


@needs_recbole
def test_the_installed_sequential_models_are_a_family() -> None:
    names = sequential_models()
    assert {"GRU4Rec", "SASRec", "NARM", "STAMP", "BERT4Rec", "FPMC"} <= set(names)
    assert not {"BPR", "LightGCN", "DeepFM"} & set(names)
    assert "recbole:GRU4Rec" in models
    entry = models.get("recbole:GRU4Rec")
    assert entry.name == "recbole:GRU4Rec"
    assert entry.settings.model_config["frozen"]
    assert {f"recbole:{name}" for name in names} <= set(models.members())
    assert not any(name.startswith("recbole") for name in models.names())


@needs_recbole
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("recbole:gru4rec", "unknown sequential model of RecBole 'gru4rec'; did you mean GRU4Rec"),
        ("recbole:SASRecs", r"did you mean SASRec.* Known: BERT4Rec, "),
        ("recbole:BPR", "unknown sequential model of RecBole 'BPR'"),
        ("recbole:", "unknown sequential model of RecBole ''"),
        ("GRU4Rec", r"unknown model 'GRU4Rec'; did you mean recbole:GRU4Rec.*Known: .*sasrec"),
        ("recbole", r"did you mean recbole:.*Known: .*recbole:NAME"),
    ],
)
def test_unknown_names_get_the_closest(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        models.get(name)


@pytest.mark.parametrize("name", ["GRU4Rec", "NoSuch"])
def test_without_recbole_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(catalogue, "package_folder", lambda _: None)
    assert sequential_models() == []
    with pytest.raises(UserError, match=rf"recbole:{name}.*not installed.*pip install -e '\.\[recbole\]'"):
        models.get(f"recbole:{name}")
    assert isinstance(models, Registry)
    assert not [one for one in models.members() if one.startswith("recbole:")]


@needs_recbole
def test_hyper_parameters_are_complete_and_recboles_defaults_unless_given() -> None:
    settings = settings_of("GRU4Rec", "own", recbole={"hidden_size": 32, "dropout_prob": 0})
    assert settings.recbole == {
        "embedding_size": 64,
        "hidden_size": 32,
        "num_layers": 1,
        "dropout_prob": 0,
        "loss_type": "CE",
    }
    assert settings_of("SASRec", "own").recbole["layer_norm_eps"] == 1e-12
    assert settings.batches.max_length == 10


@needs_recbole
@pytest.mark.parametrize("name", sequential_models())
def test_every_models_defaults_can_be_given_back(name: str) -> None:
    defaults = complete_hyper_parameters(name, {})
    assert complete_hyper_parameters(name, defaults) == defaults
    assert "transform" not in defaults


@needs_recbole
def test_a_key_that_only_the_models_code_reads_is_taken() -> None:
    assert complete_hyper_parameters("FEARec", {"contrast": "us_x", "tau": 1})["contrast"] == "us_x"


@needs_recbole
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"hiden_size": 3},
            r"recbole \(from the test\): unknown hyper-parameter of RecBole's GRU4Rec 'hiden_size'; did",
        ),
        ({"hidden_size": "big"}, "hidden_size expects a number"),
        ({"hidden_size": True}, "hidden_size expects a number"),
        ({"loss_type": 3}, "loss_type expects a text"),
        ({"device": "cuda"}, "unknown hyper-parameter"),
        ({"train_batch_size": 3}, "unknown hyper-parameter"),
    ],
)
def test_a_mistyped_hyper_parameter_is_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        settings_of("GRU4Rec", "own", recbole=given)
