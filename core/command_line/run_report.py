"""The report of a run, and of the same plan under several seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import datasets
from core.command_line.plan import Plan
from core.history import History
from core.report import Block, Picture, Table, curves, embedding_map, format_number, metric_rows, report_page
from core.report.numbers import CUTOFF, at_one_cutoff, is_deviation, natural_order
from core.run_folder import PROTOCOL

Metrics = Mapping[str, float | None]


def run_page(
    plan: Plan,
    metrics: Metrics,
    history: History,
    blocks: Sequence[Block],
    environment: Mapping[str, Any],
) -> str:
    """Return the page of one run; `blocks` stand below the curves, `environment` is as its file has it."""
    curve = curves({"": history}, kept_epoch(plan, history))
    epochs = metrics.get("epochs") or 0
    lead = f"{plan.entry.summary} ({plan.entry.paper}); seed {plan.settings.seed}, {epochs:.0f} epochs"
    lead += _protocol(environment)
    everything = [*([curve] if curve else []), *blocks]
    return report_page(
        plan.title, lead, metrics, everything, plan.record(), _shown(environment), plan.headlines_of(metrics)
    )


def seeds_page(
    plan: Plan,
    metrics: Metrics,
    runs: Mapping[int, tuple[Metrics, History]],
    environment: Mapping[str, Any],
) -> str:
    """Return the page of several seeds' means, `metrics`; `runs` are their own metrics and epochs.

    Of metrics at several cutoffs each seed's table has one; the seeds' own pages, to which it leads, have all.
    """
    ranked = [name for name in metrics if CUTOFF in name and name.count("/") < 2 and not is_deviation(name, metrics)]
    names = at_one_cutoff(sorted(ranked, key=natural_order)) + [row.name for row in metric_rows(metrics)]
    rows = [[name, *(format_number(own.get(name)) for own, _ in runs.values())] for name in names]
    links = {f"seed {seed}": f"seed-{seed}/report.html" for seed in runs}
    table = Table("Each seed", ["", *links], rows, links=links)
    curve = curves({f"seed {seed}": history for seed, (_, history) in runs.items()})
    settings = {"seeds": list(runs), **{key: value for key, value in plan.record().items() if key != "seed"}}
    seeds = ", ".join(str(seed) for seed in runs)
    lead = f"{plan.entry.summary} ({plan.entry.paper}); mean ± standard deviation over seeds {seeds}"
    lead += _protocol(environment)
    blocks: list[Block] = [*([curve] if curve else []), table]
    return report_page(plan.title, lead, metrics, blocks, settings, _shown(environment), plan.headlines_of(metrics))


def _protocol(environment: Mapping[str, Any]) -> str:
    protocol = environment.get(PROTOCOL)
    return f". {protocol}." if protocol else ""


def _shown(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the environment without what the page's head says already."""
    return {name: environment[name] for name in environment if name != PROTOCOL}


def kept_epoch(plan: Plan, history: History) -> int:
    """Return the epoch, from 1, whose parameters a run kept: the first of the best; 0 where it kept the last."""
    epochs, values = history.column(plan.trainer.monitor)
    if plan.trainer.keep != "best" or not values:
        return 0
    best = np.nanargmin if plan.trainer.better == "min" else np.nanargmax
    return epochs[int(best(values))] if not np.isnan(values).all() else 0


def map_of(vectors: np.ndarray, dataset: Any, method: str) -> Picture:
    """Return the map of the embeddings of a data set's target nodes, or of its items."""
    labels = getattr(dataset, "labels", None)
    fitting = np.asarray(labels) if labels is not None and len(labels) == len(vectors) else None
    rows_are = f"{dataset.target} nodes" if isinstance(dataset, datasets.GraphDataset) else "items"
    names = getattr(dataset, "class_names", ())
    return embedding_map(vectors, fitting, method=method, names=names, rows_are=rows_are)
