"""The one exception that means "the user can mend this"."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_MOST_COMPARED = 20_000


class UserError(Exception):
    """A mistake in what the user gave: names the file, line or key and the remedy.

    The command line prints the message without a traceback and exits with code 2.
    """


def unknown_name(what: str, name: str, known: Iterable[str], unlisted: Iterable[str] = ()) -> UserError:
    """Return the error for a name that does not exist, with the closest names that do, upper and lower case alike.

    `unlisted` names are too many to list, but may be among the closest.

    >>> str(unknown_name("model", "mewo", ["meow", "adameow"]))
    "unknown model 'mewo'; did you mean meow? Known: adameow, meow"
    """
    names = sorted(known)
    spelled = {one.lower(): one for one in (*unlisted, *names)}
    close = [spelled[one] for one in get_close_matches(name.lower(), spelled, n=3, cutoff=0.5)]
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    return UserError(f"unknown {what} {name!r}{hint} Known: {', '.join(names)}")


def closest(raw: str, known: Sequence[str]) -> str:
    """Return the hint with the ids that look most like `raw`, to end a message with; of many, those that begin alike.

    >>> closest("ana", ["anna", "bert", "carl"])
    '; did you mean anna?'
    """
    alike = known if len(known) <= _MOST_COMPARED else [one for one in known if one.startswith(raw[:2])]
    close = get_close_matches(raw, alike[:_MOST_COMPARED], n=3)
    return f"; did you mean {' or '.join(close)}?" if close else f"; ids look like {', '.join(known[:3])}"
