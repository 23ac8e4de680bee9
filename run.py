"""The front door: arguments in, a run folder out. See `python run.py --help`."""

import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def check_import_path() -> None:
    """Say plainly when another package called `datasets` would be imported instead of this checkout's."""
    sys.path[:] = [str(ROOT), *(entry for entry in sys.path if Path(entry or ".").resolve() != ROOT)]
    found = find_spec("datasets")
    if found is None or found.origin is None or Path(found.origin).parent != ROOT / "datasets":
        sys.exit(f"error: `datasets` would be imported from {found and found.origin}, not from {ROOT}")


if __name__ == "__main__":
    check_import_path()
    from core.command_line import main
    from graphcl.domain import domain as graphs
    from recsys.domain import domain as sequences

    sys.exit(main([graphs, sequences], ROOT / "configs"))
