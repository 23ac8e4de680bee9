"""Classification and clustering quality of every graph model on every graph data set, over several seeds.

    python benchmarks/graph_quality.py run
    python benchmarks/graph_quality.py table

`run` trains through the command line, a process for each data set, model and seed, into
runs/benchmark/<dataset>-<model>. It may be interrupted and called again: what is finished is skipped, what is not goes
on from its last checkpoint.
`table` adds the finished seeds to benchmarks/results/graph.csv, which outlives run folders, and averages all of it
into benchmarks/results/graph.md, beside the figures of benchmarks/published.yaml.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import command_line
from benchmarks.measurement import ROOT
from benchmarks.quality_command import Study
from benchmarks.quality_page import COST, Column, Layout
from graphcl.domain import domain

LAYOUT = Layout(
    title="Graphs: quality, epochs, time and memory",
    introduction=(
        "Mean ± standard deviation over seeds. Classification: Macro-F1, Micro-F1 and AUC in percent, for 20, 40 and "
        "60 labelled nodes a class; clustering: NMI and ARI in percent. Time and memory are those of one run while the "
        "others shared the machine. A dash: not measured, or not entered here."
    ),
    columns={
        **{
            f"classification/{split}/{metric}": Column(f"{title} {split}", 1, 100)
            for split in (20, 40, 60)
            for metric, title in (("macro_f1", "Ma-F1"), ("micro_f1", "Mi-F1"), ("auc", "AUC"))
        },
        "clustering/nmi": Column("NMI", 1, 100),
        "clustering/ari": Column("ARI", 1, 100),
        **COST,
    },
)

STUDY = Study(
    script="benchmarks/graph_quality.py",
    datasets="acm,dblp,aminer,imdb",
    models="meow,adameow,metapath2vec,raw-features",
    output=ROOT / "benchmarks/results/graph.md",
    layout=LAYOUT,
    domain=domain,
)

if __name__ == "__main__":
    command_line(STUDY.app(__doc__))
