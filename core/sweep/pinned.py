"""What a sweep was when it began, every cell's complete settings and the code: if it goes on, it must be the same."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.atomic import PART_SUFFIX, write_text
from core.environment import describe_code
from core.errors import UserError
from core.run_lock import LOCK
from core.settings_files import flatten, read_settings_file, write_settings
from core.sweep.cells import Cell

PINNED = "pinned.yaml"
_SHOWN = 12
"""Differences that are named; more are counted."""


def pin(cells: Sequence[Cell], output: Path, file: Path, *, extend: bool = False) -> list[str]:
    """Write what the cells are into `output`, or check that it is what stands there; return what to tell the user.

    With `extend`, cells and seeds may have been added. Another version of the code is told, not refused: every run
    says by which it was made.

    Raises:
        UserError: naming the differences; or when `output` holds something that is no sweep.
    """
    path, now = output / PINNED, _content(cells)
    if not path.is_file():
        if any(one.name != LOCK and not one.name.endswith(PART_SUFFIX) for one in output.iterdir()):
            raise UserError(f"{output}: holds no sweep (there is no {PINNED}), but is not empty; choose another output")
        _write(path, now)
        return []
    before = read_settings_file(path)
    added, changed = _differences(before.get("cells") or {}, now["cells"])
    if changed or (added and not extend):
        what = [*changed, *added]
        more = f"\n  and {len(what) - _SHOWN} more" if len(what) > _SHOWN else ""
        lines = "".join(f"\n  {line}" for line in what[:_SHOWN])
        remedy = "--extend adds it to the runs there are, and another" if not changed else "another"
        raise UserError(
            f"{file} and configs/ ask for something else than {path}, with which the sweep began:{lines}{more}\n"
            f"undo the change; {remedy} output begins a new sweep"
        )
    if added:
        _write(path, now)
    return _other_code(before.get("code") or {}, now["code"])


def _content(cells: Sequence[Cell]) -> dict[str, Any]:
    return {
        "code": describe_code(),
        "cells": {
            cell.runs.name: {
                "seeds": list(cell.runs.seeds),
                "settings": {key: value for key, value in cell.runs.plan.record().items() if key != "seed"},
            }
            for cell in cells
        },
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    write_text(path, write_settings(content))


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return what was added, and what was changed or taken away."""
    added = [f"{name} is new" for name in now if name not in before]
    changed = [f"{name} is gone" for name in before if name not in now]
    for name in (name for name in now if name in before):
        old_seeds, new_seeds = before[name]["seeds"], now[name]["seeds"]
        if old_seeds != new_seeds:
            more = set(old_seeds) < set(new_seeds)
            (added if more else changed).append(f"{name}: seeds were {old_seeds}, are {new_seeds}")
        old, new = dict(flatten(before[name]["settings"])), dict(flatten(now[name]["settings"]))
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                changed.append(f"{name}: {key} was {_said(old, key)}, is {_said(new, key)}")
    return added, changed


def _said(values: Mapping[str, Any], key: str) -> str:
    return repr(values[key]) if key in values else "not there"


def _other_code(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    old, new = dict(flatten(before)), dict(flatten(now))
    parts = [f"{key} was {old.get(key)}, is {new.get(key)}" for key in sorted(new) if old.get(key) != new.get(key)]
    return [f"the code is not the one with which the sweep began: {'; '.join(parts)}"] if parts else []
