"""A self-contained HTML page of tables and pictures: no script, no file beside it, nothing from elsewhere."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from core.report.block import Block
from core.report.metric_tables import metric_tables, shown
from core.report.style import STYLE
from core.report.table import Table, breakable, number_markup

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser is told to hold the page to: whatever a text in it tries, nothing is run and nothing is loaded."""


def report_page(
    title: str,
    lead: str,
    metrics: Mapping[str, float | None],
    blocks: Sequence[Block],
    settings: Mapping[str, Any],
    environment: Mapping[str, Any],
    headlines: Sequence[str] = (),
) -> str:
    """Return the report as one HTML text.

    Pictures are embedded and every text is escaped. Of the `headlines`, those that were measured are shown
    large.
    """
    sections = [
        ("Results", _results(metrics, [name for name in headlines if name in metrics])),
        *((block.title, block.html()) for block in blocks),
        ("Settings", _settings(settings)),
        ("Environment", f'<div class="wide">{_keys(dict(sorted(_flat(environment).items())))}</div>'),
    ]
    anchors = _anchors([name for name, _ in sections])
    contents = "".join(
        f'<li><a href="#{anchor}">{escape(name)}</a></li>' for anchor, (name, _) in zip(anchors, sections, strict=True)
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f'<header><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p></header>',
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav>',
        "<main>",
        *(
            f'<h2 id="{anchor}">{escape(name)}</h2>\n{markup}'
            for anchor, (name, markup) in zip(anchors, sections, strict=True)
        ),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _anchors(titles: Sequence[str]) -> list[str]:
    """Return a name for each title that a link can lead to; the place keeps equal ones apart."""
    return [f"{re.sub(r'[^a-z0-9]+', '-', title.lower())}-{place}" for place, title in enumerate(titles, start=1)]


def _results(metrics: Mapping[str, float | None], headlines: Sequence[str]) -> str:
    tables = metric_tables(metrics)
    tiles = "".join(
        f"<div><dt>{breakable(name)}</dt><dd>{number_markup(shown(metrics, name))}</dd></div>" for name in headlines
    )
    large = f'<dl class="tiles">{tiles}</dl>' if tiles else ""
    if not tables.details:
        return large + _side_by_side(tables.main)
    more = (
        f"<details><summary>By group ({len(tables.details)} tables)</summary>{_side_by_side(tables.details)}</details>"
    )
    return large + _side_by_side(tables.main) + more


def _side_by_side(tables: Sequence[Table]) -> str:
    each = "".join(f"<section><h3>{breakable(table.title)}</h3>{table.html()}</section>\n" for table in tables)
    return f'<div class="tables">{each}</div>'


def _settings(settings: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    sections = {key: value for key, value in settings.items() if isinstance(value, Mapping) and value}
    tables = [*([_keys(_flat(plain))] if plain else []), *(_keys(_flat({key: part})) for key, part in sections.items())]
    return f'<div class="columns">{"".join(tables)}</div>'


def _keys(values: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><td class="key">{breakable(key)}</td><td class="value">{escape(_text(value))}</td></tr>\n'
        for key, value in values.items()
    )
    return f'<table class="keys">{rows}</table>'


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
