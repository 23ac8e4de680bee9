"""A page as Markdown, as LaTeX to paste into a paper, and as CSV for other programs."""

import csv
import io
import re
from collections.abc import Sequence

from core.comparison.sheet import Cell, Page, Sheet
from core.report.plain_tables import markdown_table

_MARKUP = re.compile(r"[\\|`*\[]|<(?=[a-zA-Z/!?])|(?<!\w)_|_(?!\w)")
"""What means something else in Markdown; an underscore within a word, as in macro_f1, does not."""

_LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "±": r"$\pm$",
    "†": r"$^{\dagger}$",
    "‡": r"$^{\ddagger}$",
}


def markdown(page: Page) -> str:
    """Return a section for each sheet; the best numbers are bold."""
    parts = []
    for sheet in page.sheets:
        rows = [[_markdown_cell(cell) for cell in row] for row in sheet.rows]
        parts += [f"## {_markdown_text(sheet.title)}", *([f"{_markdown_text(sheet.lead)}."] if sheet.lead else [])]
        parts.append(markdown_table([_markdown_text(one) for one in sheet.header], rows, texts=sheet.texts))
        parts += [_markdown_list(sheet.notes)] if sheet.notes else []
    parts += [_markdown_list(page.notes)] if page.notes else []
    return "\n\n".join(parts) + "\n"


def latex(page: Page) -> str:
    r"""Return a booktabs table for each sheet, for a document with ``\usepackage{booktabs}``; notes are comments."""
    parts = ["% needs \\usepackage{booktabs}", *_latex_comments(page.notes)]
    for sheet in page.sheets:
        parts += ["", *_latex_comments(sheet.notes), *_latex_table(sheet)]
    return "\n".join(parts) + "\n"


def comma_separated(page: Page) -> str:
    """Return the records, a line each, numbers in full; an empty field is what is not known."""
    text = io.StringIO(newline="")
    columns = list(page.records[0]) if page.records else []
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(page.records)
    return text.getvalue()


def plain_cell(cell: Cell, best: tuple[str, str] = ("*", "*")) -> str:
    """Return a cell as text, the best between the two given signs."""
    before, after = best if cell.is_best else ("", "")
    spread = f" ± {cell.spread}" if cell.spread else ""
    return f"{before}{cell.text}{after}{spread}{cell.marks}"


def _markdown_cell(cell: Cell) -> str:
    return plain_cell(Cell(_markdown_text(cell.text), cell.spread, cell.is_best, cell.marks), ("**", "**"))


def _markdown_text(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.splitlines()))


def _markdown_list(notes: Sequence[str]) -> str:
    return "\n".join(f"- {_markdown_text(note)}" for note in notes)


def _latex_comments(notes: Sequence[str]) -> list[str]:
    return [f"% {' '.join(note.splitlines())}" for note in notes]


def _latex_table(sheet: Sheet) -> list[str]:
    columns = "l" * sheet.texts + "r" * (len(sheet.header) - sheet.texts)
    caption = f"{sheet.title}. {sheet.lead}." if sheet.lead else f"{sheet.title}."
    return [
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{_latex_text(caption)}}}",
        f"  \\begin{{tabular}}{{{columns}}}",
        "    \\toprule",
        f"    {' & '.join(_latex_text(one) for one in sheet.header)} \\\\",
        "    \\midrule",
        *(f"    {' & '.join(_latex_cell(cell) for cell in row)} \\\\" for row in sheet.rows),
        "    \\bottomrule",
        "  \\end{tabular}",
        "\\end{table}",
    ]


def _latex_cell(cell: Cell) -> str:
    text = _latex_text(cell.text)
    if text[:1] == "-" and text[1:2].isdigit():  # a minus sign, not a hyphen
        text = f"$-${text[1:]}"
    shown = f"\\textbf{{{text}}}" if cell.is_best else text
    spread = f" {{\\scriptsize $\\pm$ {cell.spread}}}" if cell.spread else ""
    return f"{shown}{spread}{_latex_text(cell.marks)}"


def _latex_text(text: str) -> str:
    line = " ".join(text.splitlines())
    protected = "{[}" if line[:1] == "[" else ""  # after the end of a row a bracket would be a length
    return protected + "".join(_LATEX.get(sign, sign) for sign in line[len(protected) > 0 :])
