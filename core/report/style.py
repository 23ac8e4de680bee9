"""How the report looks: on a screen of any width, light or dark, and on paper."""

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d8dee4; --faint: #eaeef2;
        --page: #ffffff; --raised: #f6f8fa; --link: #0860ca; --bar: #cfe3f7; --hit: #116329; --hit-bar: #c8ecd0;
        --miss: #9a3412; }
@media (prefers-color-scheme: dark) {
:root { --ink: #d1d7e0; --soft: #9198a1; --line: #3d444d; --faint: #2a3038; --page: #14181d; --raised: #1c2128;
        --link: #6cb6ff; --bar: #1c3d5e; --hit: #6bc46d; --hit-bar: #1d4428; --miss: #f0a05a; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--ink);
       background: var(--page); margin: 0 auto; max-width: 78rem; padding: 2rem 1.25rem 4rem; }
a { color: var(--link); }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .9rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line);
     scroll-margin-top: 1rem; }
h3 { font-size: .95rem; margin: 0 0 .35rem; overflow-wrap: anywhere; }
p.lead { color: var(--soft); margin: 0; max-width: 62rem; overflow-wrap: anywhere; }
nav { margin: 1.2rem 0 0; font-size: .92rem; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
main { min-width: 0; }

.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .7rem; margin: 0 0 1.6rem; }
.tiles div { background: var(--raised); border: 1px solid var(--faint); border-radius: .5rem; padding: .6rem .8rem;
             display: flex; flex-direction: column; justify-content: space-between; }
.tiles dt { color: var(--soft); font-size: .82rem; line-height: 1.35; overflow-wrap: anywhere; }
.tiles dd { margin: 0; font-size: 1.45rem; font-variant-numeric: tabular-nums; line-height: 1.3; }
.tiles .spread { display: block; font-size: .85rem; line-height: 1.2; }
.tables { display: flex; flex-wrap: wrap; gap: 1.6rem 3rem; align-items: flex-start; }
.tables section { max-width: 100%; min-width: 0; }

table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); white-space: nowrap; vertical-align: bottom; }
th, td { padding: .26rem .55rem; border-bottom: 1px solid var(--faint); vertical-align: top; }
thead th { border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 0; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.spread { color: var(--soft); font-size: .86em; white-space: nowrap; }
.scroll { overflow-x: auto; max-width: 100%; }
table.keys { width: 100%; table-layout: fixed; margin-bottom: 1rem; break-inside: avoid; }
td.key, td.value { font-family: ui-monospace, Consolas, "DejaVu Sans Mono", monospace; font-size: .84rem;
                   overflow-wrap: anywhere; }
td.key { width: 48%; color: var(--soft); }
.wide td.key { width: 32%; }
.columns { column-width: 24rem; column-gap: 2.5rem; }
details { margin: 1.4rem 0 0; }
summary { cursor: pointer; color: var(--link); margin-bottom: .8rem; }

figure { margin: 0; }
figure img { display: block; max-width: 100%; height: auto; }
.panel img { width: 34rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1rem 1.2rem;
          align-items: center; }
.panels img { width: 100%; max-width: 30rem; }
figcaption, p.note { color: var(--soft); font-size: .9rem; margin: .6rem 0 0; max-width: 52rem; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1rem; }
.card { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem .9rem; min-width: 0;
        background: var(--raised); }
.card p { margin: 0 0 .5rem; font-size: .88rem; color: var(--soft); overflow-wrap: anywhere; }
.card ol.history { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem; margin: 0 0 .7rem; padding: 0; }
.history li, .item { font: .8rem/1.4 ui-monospace, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.history li { background: var(--page); border: 1px solid var(--line); border-radius: .3rem; padding: .05rem .35rem;
              min-width: 0; }
.history li.more { border-style: dashed; color: var(--soft); }
.card table { width: 100%; }
.card td { padding: .14rem .4rem; font-size: .88rem; }
.card th:first-child, .card td:first-child { width: 3.2rem; padding-right: .8rem; }
.card td.number:last-child { width: 6.5rem; background: linear-gradient(var(--bar), var(--bar)) no-repeat right; }
tr.target td { color: var(--hit); font-weight: 600; }
tr.missed td { color: var(--miss); border-top: 2px dotted var(--line); }
.hit { color: var(--hit); font-weight: 600; }
.miss { color: var(--miss); font-weight: 600; }

@media (min-width: 66rem) {
body { display: grid; grid-template-columns: 11.5rem minmax(0, 1fr); column-gap: 2.5rem; }
header, main { grid-column: 2; }
nav { grid-column: 1; grid-row: 1 / span 2; position: sticky; top: 2rem; align-self: start; margin: .5rem 0 0; }
nav ul { flex-direction: column; gap: .45rem; }
}
@media (max-width: 34rem) {
body { padding: 1.2rem 1rem 3rem; }
h1 { font-size: 1.4rem; }
th, td { padding: .26rem .4rem; }
.tables table { font-size: .9rem; }
td.number .spread { display: block; }
.tiles { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); }
}
@media print { nav { display: none; } body { display: block; } }
"""
