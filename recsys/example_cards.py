"""Example users as cards of the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from recsys.example_users import TOP, ExampleUser

_BAR = 6.5
"""Width in rem of the column of scores, as the page's style has it; a bar fills a share of it."""


@dataclass(frozen=True)
class ExampleCards:
    """Users' histories and recommendations, a card each; a block of the report."""

    users: Sequence[ExampleUser]
    without_seen: bool
    title: str = "Recommendation examples"

    def html(self) -> str:
        """Return the cards; ids are escaped, whatever they hold."""
        seen = "left out of the lists" if self.without_seen else "not left out of the lists"
        note = (
            "Test users of short (the shortest 40 %), medium and long histories (the longest 10 %): of each a hit and "
            "a miss where there are any, those of the middle rank among some hundred users. Hits are more frequent "
            "here than in the results. "
            f"The held-out item is the user's last one; it is a hit among the first {TOP}. Items that the user "
            f"had are {seen}; “had” marks them. Scores have no unit; bars begin at the lowest score shown."
        )
        cards = "".join(_card(user) for user in self.users)
        return f'<div class="cards">{cards}</div><p class="note">{note}</p>'


def _card(user: ExampleUser) -> str:
    verdict, kind = (f"hit at rank {user.rank}", "hit") if user.is_hit else (f"miss, rank {user.rank:,}", "miss")
    earlier = f'<li class="more">{user.earlier:,} earlier</li>' if user.earlier else ""
    history = "".join(f"<li>{escape(item)}</li>" for item in user.last)
    items = f"{user.items:,} item{'' if user.items == 1 else 's'}"
    return (
        f'<article class="card"><h3>User {escape(user.user)}</h3>'
        f'<p>Held out: <span class="item">{escape(user.held_out)}</span>, <span class="{kind}">{verdict}</span></p>'
        f"<p>A {user.length} history of {items}, the newest at the end:</p>"
        f'<ol class="history">{earlier}{history}</ol>'
        '<table><thead><tr><th class="number">rank</th><th>recommended</th>'
        f'<th class="number">score</th></tr></thead><tbody>{_list(user)}</tbody></table>'
        "</article>\n"
    )


def _list(user: ExampleUser) -> str:
    scores = [score for _, score in user.top]
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    rows = []
    for place, (item, score) in enumerate(user.top, start=1):
        share = (score - low) / (high - low) if high > low else 0.0
        hit = item == user.held_out
        mark = ' class="target"' if hit else ""
        remark = " ✓" if hit else ' <span class="spread">had</span>' if item in user.had else ""
        rows.append(
            f'<tr{mark}><td class="number">{place}</td><td class="item">{escape(item)}{remark}</td>'
            f'<td class="number" style="background-size: {_BAR * share:.2f}rem 100%">{score:.3f}</td></tr>'
        )
    if not user.is_hit:
        rows.append(
            f'<tr class="missed"><td class="number">{user.rank:,}</td><td class="item">{escape(user.held_out)} ✗</td>'
            '<td class="number" style="background-size: 0 100%"></td></tr>'
        )
    return "".join(rows)
