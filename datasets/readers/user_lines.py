"""Logs with a user a line: `user item item item ...`, whole numbers, items in time order."""

import re
from pathlib import Path

import numpy as np

from core.errors import UserError
from datasets.interactions import Interactions

_LONGEST_NUMBER = 18  # digits that surely fit int64
_KIND = np.zeros(256, dtype=np.uint8)
_KIND[list(b"0123456789")] = 1
_KIND[list(b" \t\r\n")] = 2


def read_user_lines(path: Path) -> Interactions:
    """Return the log, users in the order of the lines, items by number.

    User ids are whole numbers from 0, item ids from 1 (such files keep 0 for padding). Blank lines are skipped.
    Raises UserError naming file and line for anything else, a user without items, and a user with two lines.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    letters = np.frombuffer(content, dtype=np.uint8)
    blank = np.concatenate([[True], _KIND[letters] == 2, [True]])
    starts, ends = (np.flatnonzero(edge) for edge in (blank[:-1] & ~blank[1:], ~blank[:-1] & blank[1:]))
    if not _KIND[letters].all() or not len(starts) or (ends - starts).max() > _LONGEST_NUMBER:
        raise _explain(path)
    numbers = np.fromstring(content.decode("ascii"), dtype=np.int64, sep=" ")
    lines = np.searchsorted(np.flatnonzero(letters == ord("\n")), starts)
    heads = np.flatnonzero(np.diff(lines, prepend=-1))
    counts = np.diff(heads, append=len(numbers)) - 1
    user_ids, raw_items = numbers[heads], np.delete(numbers, heads)
    if (counts == 0).any() or (raw_items == 0).any() or len(np.unique(user_ids)) < len(user_ids):
        raise _explain(path)
    item_ids, items = np.unique(raw_items, return_inverse=True)
    return Interactions(np.repeat(np.arange(len(heads)), counts), items, None, user_ids, item_ids)


def _explain(path: Path) -> UserError:
    """Return the error that names the first bad line. Reads line by line: only ever called on a bad file."""
    first_lines: dict[int, int] = {}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            fields = re.findall(r"[^ \t\r\n]+", line)
            if not fields:
                continue
            problem = _line_problem(fields)
            if problem is None and int(fields[0]) in first_lines:
                problem = f"user {fields[0]} is also on line {first_lines[int(fields[0])]}; join the two lines"
            if problem:
                return UserError(f"{path}, line {number}: {problem}")
            first_lines[int(fields[0])] = number
    return UserError(f"{path}: holds no line; expected one a user: user item item ...")


def _line_problem(fields: list[str]) -> str | None:
    for field, what in zip(fields, ("user", *["item"] * len(fields))):
        if not (field.isascii() and field.isdigit()):
            return f"{what} id {field[:40]!r} is no whole number from {0 if what == 'user' else 1}"
        if len(field) > _LONGEST_NUMBER:
            return f"{what} id {field[:40]} has more than {_LONGEST_NUMBER} digits"
        if what == "item" and int(field) == 0:
            return "item id 0 stands for padding; number items from 1"
    return None if len(fields) > 1 else f"user {fields[0]} has no items; remove the line"
