"""Ranking quality of every sequential recommender on every interaction log, over several seeds.

    python benchmarks/sequence_quality.py run
    python benchmarks/sequence_quality.py table

`run` trains through the command line, a process for each data set, model and seed, into
runs/benchmark/<dataset>-<model>. It may be interrupted and called again: what is finished is skipped, what is not goes
on from its last checkpoint.
`table` adds the finished seeds to benchmarks/results/recsys.csv, which outlives run folders, and averages all of it
into benchmarks/results/recsys.md, beside the figures of benchmarks/published.yaml.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import command_line
from benchmarks.measurement import ROOT
from benchmarks.quality_command import Study
from benchmarks.quality_page import COST, Column, Layout
from recsys.domain import domain

LAYOUT = Layout(
    title="Sequential recommendation: quality, epochs, time and memory",
    introduction=(
        "Mean ± standard deviation over seeds, on the test targets: every user's last item, ranked among the whole "
        "catalogue with the user's earlier items left in. All models here share the encoder and the softmax over the "
        "whole catalogue; the epoch is chosen by MRR@10 on the validation targets. SASRec as published was trained "
        "with one sampled negative instead. Time and memory are those of one run while others shared the machine. A "
        "dash: not measured, or not entered here."
    ),
    columns={
        **{f"test/hr@{k}": Column(f"HR@{k}", 4) for k in (5, 10, 20)},
        **{f"test/ndcg@{k}": Column(f"NDCG@{k}", 4) for k in (5, 10, 20)},
        "test/mrr@10": Column("MRR@10", 4),
        **COST,
    },
)

STUDY = Study(
    script="benchmarks/sequence_quality.py",
    datasets="beauty,sports,yelp",
    models="sasrec,cl4srec,mclrec",
    output=ROOT / "benchmarks/results/recsys.md",
    layout=LAYOUT,
    domain=domain,
)

if __name__ == "__main__":
    command_line(STUDY.app(__doc__))
