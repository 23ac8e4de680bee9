"""The rules of the house, held by reading the source: who imports whom, and what no module does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import datasets
from core.domain import Domain
from core.registry import family_of
from core.settings_files import read_settings_file
from core.settings_layers import model_layers, resolve
from graphcl.domain import domain as graphs
from recsys.domain import domain as sequences

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "datasets", "graphcl", "recsys")
DOMAINS = ("graphcl", "recsys")
OPTIONAL = {"dgl", "recbole", "optuna", "fastapi", "uvicorn", "hnswlib", "onnx", "onnxruntime", "onnxscript"}
LONGEST = 400

MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SOURCES = [ROOT / "run.py", *MODULES, *sorted((ROOT / "benchmarks").rglob("*.py"))]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def domain_of(model: str) -> Domain:
    return next(domain for domain in (graphs, sequences) if model in domain.models)


def reader_of(config: str) -> str:
    """Return a model that reads configs/<config>.yaml: the one of that name, or a member of the family."""
    members = [name for domain in (graphs, sequences) for name in domain.models.members()]
    readers = [config, *(name for name in members if family_of(name) == config)]
    found = [name for name in readers if any(name in domain.models for domain in (graphs, sequences))]
    if not found:
        pytest.skip(f"needs the package behind {config}:NAME")
    return found[0]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted names that are imported anywhere in `tree`; of `from a import b`, `a`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield str(node.module)


def top_level(tree: ast.Module) -> ast.Module:
    """Return `tree` without what stands in functions, or is there for the type checker alone."""
    kept = [
        node
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return ast.Module(kept, [])


def is_allowed(package: str, imported: str) -> bool:
    head = imported.split(".")[0]
    if head not in PACKAGES or head == package:
        return True
    if package == "core":
        return imported == "datasets"
    if package == "datasets":
        return imported == "core.errors"
    return head not in DOMAINS


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_packages_import_only_what_lies_below_them(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    tree = parse(path)
    assert [name for name in imports(tree) if not is_allowed(package, name)] == []
    assert [name for name in imports(tree) if name.split(".")[0] in ("tests", "benchmarks", "run")] == []


def test_the_import_rule_itself() -> None:
    assert is_allowed("graphcl", "core.losses")
    assert is_allowed("core", "datasets")
    assert not is_allowed("core", "datasets.graph")
    assert not is_allowed("core", "graphcl.domain")
    assert not is_allowed("datasets", "core.settings")
    assert not is_allowed("graphcl", "recsys.domain")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_modules_keep_the_rules_of_the_house(path: Path) -> None:
    text, tree = path.read_text(encoding="utf-8"), parse(path)
    assert len(text.splitlines()) < LONGEST
    assert path.stem not in ("utils", "helpers", "common", "misc")
    assert not any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree))
    assert not {"pickle", "cPickle", "dill", "joblib", "marshal"} & {name.split(".")[0] for name in imports(tree)}
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not calls & {"eval", "exec"}
    assert not OPTIONAL & {name.split(".")[0] for name in imports(top_level(tree))}
    assert re.findall(r"""["'](/(?:home|work|tmp|root|Users|mnt|data|opt)/[^"']*)""", text) == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_packages_raise_rather_than_assert(path: Path) -> None:
    assert not [node.lineno for node in ast.walk(parse(path)) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_fit_their_models(path: Path) -> None:
    content = read_settings_file(path)
    assert content["model"] == path.stem
    model = reader_of(path.stem)
    domain = domain_of(model)
    entry = domain.models.get(model)
    known = {one.name for one in datasets.available() if one.kind == domain.data_kind}
    blocks = content.get("datasets") or {}
    assert set(blocks) <= known
    for name in known:
        layers = model_layers(path, name)
        named = {"model": model, "dataset": name}
        settings = resolve(entry.settings, [*layers, type(layers[0])(named, "test")])
        for section, values in (blocks.get(name) or {}).items():
            for key, value in values.items():
                assert getattr(getattr(settings, section), key) == value


def test_every_model_has_its_config_and_the_other_way_round() -> None:
    models = [name for domain in (graphs, sequences) for name in (*domain.models.names(), *domain.models.families())]
    assert [path.stem for path in CONFIGS] == sorted(models)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_settings_by_meta_path_name_the_data_sets_own(path: Path) -> None:
    blocks = read_settings_file(path).get("datasets") or {}
    for name, block in blocks.items():
        catalogue = read_settings_file(ROOT / "datasets" / "catalogue" / f"{name}.yaml")
        for key in ("top_k", "edge_mask"):
            value = block.get("views", {}).get(key)
            if isinstance(value, dict):
                assert list(value) == list(catalogue["meta_paths"]), f"{name}: views.{key}"
