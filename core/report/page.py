"""A self-contained HTML page of tables and pictures: no script, no file beside it, nothing from elsewhere."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from core.report.numbers import cutoff_table, metric_rows
from core.report.picture import Picture

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1f2328;
       background: #fff; max-width: 62rem; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; border-bottom: 1px solid #d8dee4; padding-bottom: .3rem; }
p.lead { color: #59636e; margin: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: #59636e; }
th, td { padding: .28rem 1.1rem .28rem 0; border-bottom: 1px solid #eaeef2; vertical-align: top; }
th.number { text-align: right; }
td.number { text-align: right; padding-right: .4rem; white-space: nowrap; }
td.deviation { color: #59636e; white-space: nowrap; }
tr.first td { border-top: 2px solid #d8dee4; }
td.key, td.value { font-family: ui-monospace, Consolas, "DejaVu Sans Mono", monospace; font-size: .86rem; }
td.key { width: 15rem; }
td.value { overflow-wrap: anywhere; }
div.columns { column-width: 26rem; column-gap: 2.5rem; }
div.columns table { width: 100%; margin-bottom: 1rem; break-inside: avoid; }
figure { margin: 1rem 0; }
img { max-width: 100%; height: auto; }
figcaption { color: #59636e; font-size: .9rem; }
"""


@dataclass(frozen=True)
class Table:
    """A plain table with a header; the first column is text, the others are numbers."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def html(self) -> str:
        """Return the table's markup."""
        head = "".join(f"<th>{escape(cell)}</th>" for cell in self.header)
        body = "".join(
            f"<tr><td>{escape(row[0])}</td>{''.join(_number_cell(cell) for cell in row[1:])}</tr>" for row in self.rows
        )
        return f"<h2>{escape(self.title)}</h2>\n<table><tr>{head}</tr>{body}</table>\n"


def report_page(
    title: str,
    lead: str,
    metrics: Mapping[str, float | None],
    pictures: Sequence[Picture],
    settings: Mapping[str, Any],
    environment: Mapping[str, Any],
    tables: Sequence[Table] = (),
) -> str:
    """Return the report as one HTML text; pictures are embedded as PNG, every text is escaped."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="lead">{escape(lead)}</p>',
        f"<h2>Results</h2>\n{_metrics_table(metrics)}",
        *(table.html() for table in tables),
        *(_picture(picture) for picture in pictures),
        f"<h2>Settings</h2>\n{_settings_tables(settings)}",
        f"<h2>Environment</h2>\n{_key_values(_flat(environment))}",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _metrics_table(metrics: Mapping[str, float | None]) -> str:
    return _cutoff_table(metrics) + _plain_table(metrics)


def _cutoff_table(metrics: Mapping[str, float | None]) -> str:
    found = cutoff_table(metrics)
    if found is None:
        return ""
    head = "".join(f'<th class="number">@{cutoff}</th>' for cutoff in found.cutoffs)
    lines, group = [], None
    for name, values in found.rows:
        mark = ' class="first"' if group is not None and name.rpartition("/")[0] != group else ""
        group = name.rpartition("/")[0]
        lines.append(f"<tr{mark}><td>{escape(name)}</td>{''.join(_number_cell(value) for value in values)}</tr>")
    return f"<table><tr><th></th>{head}</tr>{''.join(lines)}</table><br>"


def _plain_table(metrics: Mapping[str, float | None]) -> str:
    lines, group = [], None
    for row in metric_rows(metrics):
        mark = ' class="first"' if group is not None and row.group != group else ""
        group = row.group
        lines.append(
            f"<tr{mark}><td>{escape(row.name)}</td>{_number_cell(row.value)}"
            f'<td class="deviation">{escape(row.deviation)}</td></tr>'
        )
    return f"<table>{''.join(lines)}</table>"


def _number_cell(text: str) -> str:
    return f'<td class="number">{escape(text)}</td>'


def _picture(picture: Picture) -> str:
    buffer = io.BytesIO()
    picture.figure.savefig(buffer, format="png", dpi=130)
    data = base64.b64encode(buffer.getvalue()).decode()
    title, caption = escape(picture.title), escape(picture.caption)
    return (
        f'<h2>{title}</h2>\n<figure><img alt="{title}" src="data:image/png;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _settings_tables(settings: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    sections = {key: value for key, value in settings.items() if isinstance(value, Mapping) and value}
    tables = [_key_values(_flat(plain)), *(_key_values(_flat({key: part})) for key, part in sections.items())]
    return f'<div class="columns">{"".join(tables)}</div>'


def _key_values(values: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><td class="key">{escape(key)}</td><td class="value">{escape(_text(value))}</td></tr>'
        for key, value in values.items()
    )
    return f"<table>{rows}</table>"


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
