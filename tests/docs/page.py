"""A tutorial as a list of examples: what it tells its reader to run, to write and to expect.

- ```console: lines after "$ " are commands, the lines below each what it prints, shortened by lines of "..." and by
  lines that end so.
- ```python: a program; a ```text block right after it is what it prints.
- Any block right below a line "`some/file.csv`:" is that file's content.
- A comment before a block, `<!-- needs NAME -->` or `<!-- not run: REASON -->`, leaves it out where a package is
  missing, or always.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^`([^`\s]+)`:$")
_NEEDS = re.compile(r"<!-- needs ([\w, ]+) -->")
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")
_SECONDS = re.compile(r"\d+(?:\.\d+)? ?s\b")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")


@dataclass(frozen=True)
class Example:
    """A command, a program (`language` says which) or a file to write.

    Attributes:
        line: of the page, where its block begins.
        text: the command, the program, or the content of `file`.
        expected: lines that are printed, in this order; "..." stands for any number of others.
        needs: packages without which it is left out.
    """

    line: int
    language: str
    text: str
    file: str | None = None
    expected: list[str] = field(default_factory=list)
    needs: tuple[str, ...] = ()


def read_examples(path: Path) -> list[Example]:
    """Return the examples of a page, in order."""
    text, examples, end = path.read_text(encoding="utf-8"), list[Example](), 0
    for block in _FENCE.finditer(text):
        before, language, content = text[end : block.start()].strip(), *block.groups()
        line, end = text.count("\n", 0, block.start()) + 1, block.end()
        lines = before.splitlines() or [""]
        file = _FILE.match(lines[-1])
        notes = "\n".join(lines[-3:])
        if _NOT_RUN.search(notes):
            continue
        found = _NEEDS.search(notes)
        needs = tuple(name.strip() for name in found[1].split(",")) if found else ()
        if file:
            examples.append(Example(line, language, content, file[1], needs=needs))
        elif language == "console":
            examples += _commands(content, line, needs)
        elif language == "text" and not before and examples and examples[-1].language == "python":
            examples[-1].expected.extend(content.splitlines())
        elif language == "python":
            examples.append(Example(line, language, content, needs=needs))
    return examples


def _commands(content: str, line: int, needs: tuple[str, ...]) -> list[Example]:
    examples: list[Example] = []
    for number, text in enumerate(content.splitlines(), start=line + 1):
        if text.startswith("$ "):
            examples.append(Example(number, "console", text[2:], needs=needs))
        elif examples:
            examples[-1].expected.append(text)
    return examples


def missing_lines(expected: list[str], printed: str) -> list[str]:
    """Return the expected lines that are not printed in this order.

    Spaces and seconds may differ, and so may decimals, by 0.03 and a twentieth: as far as another processor takes a
    short training, and not so far that a figure on the page could be of something else. Whole numbers are counts, and
    may not.

    >>> missing_lines(["loss  0.52", "...", "3 users (0.1 s)"], "loss 0.55\\nmuch else\\n3 users (7.2 s)\\n")
    []
    >>> missing_lines(["loss 0.52", "3 users (0.1 s)"], "loss 0.62\\n4 users (0.1 s)")
    ['loss 0.52', '3 users (0.1 s)']
    >>> missing_lines(["loss 0.5 ..."], "loss 0.5   time 3")
    []
    >>> missing_lines(["done", "loss 0.5"], "loss 0.5\\ndone")
    ['loss 0.5']
    """
    left, missing = printed.splitlines(), []
    for line in expected:
        if line.strip() in ("", "..."):
            continue
        place = _place(line, left)
        if place is None:
            missing.append(line)
        else:
            left = left[place + 1 :]
    return missing


def _place(line: str, printed: Iterable[str]) -> int | None:
    """Return the place of the first printed line that agrees with an expected one."""
    words, numbers = _parts(line.removesuffix(" ..."))
    for place, one in enumerate(printed):
        others, figures = _parts(one)
        alike = others.startswith(words) if line.endswith(" ...") else others == words
        if alike and all(map(_agree, numbers, figures)):
            return place
    return None


def _parts(line: str) -> tuple[str, list[str]]:
    """Return a line's words, with runs of spaces made alike and # for each number, and the numbers."""
    line = re.sub(r"[\s─]+", " ", _SECONDS.sub("some seconds", line)).strip()
    return _NUMBER.sub("#", line), _NUMBER.findall(line)


def _agree(expected: str, printed: str) -> bool:
    if "." not in expected + printed:
        return expected == printed
    return abs(float(expected) - float(printed)) <= 0.03 + abs(float(expected)) / 20
