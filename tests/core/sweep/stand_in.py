"""A stand-in for run.py without torch: takes its arguments, keeps its files, and does what its settings say.

`pause` seconds pass before a run is finished, once its settings are written; a `seed` in `fails` fails.
"""

import json
import sys
import time
from pathlib import Path

import yaml


def value_of(name: str) -> str | None:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None


def finish(folder: Path, settings: dict) -> None:
    calls = Path(__file__).parent / "calls.txt"
    with calls.open("a") as file:
        file.write(" ".join(sys.argv[1:]) + "\n")
    if settings["seed"] in settings["data"].get("fails", ()) and "seeds" not in settings:
        sys.exit("no such data")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
    try:
        time.sleep(0 if "seeds" in settings else settings["pause"])
    except KeyboardInterrupt:
        print("interrupted")
        sys.exit(130)
    (folder / "environment.json").write_text(json.dumps({"dataset_checksum": "same", "protocol": "Ranked"}))
    metrics = {
        "test/ndcg@10": settings["optimizer"]["lr"] + settings["seed"] / 100,
        "threads": int(value_of("--threads") or 0),
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))
    print("finished on", value_of("--device"))


if __name__ == "__main__":
    resumed = value_of("--resume")
    if resumed:
        finish(Path(resumed), yaml.safe_load((Path(resumed) / "settings.yaml").read_text()))
    else:
        read = yaml.safe_load(Path(value_of("--config") or "").read_text())
        read.pop("seeds")
        finish(Path(value_of("--output") or ""), {**read, "seed": int(value_of("--seed") or 0)})
