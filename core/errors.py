"""The one exception that means "the user can mend this"."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in what the user gave: names the file, line or key and the remedy.

    The command line prints the message without a traceback and exits with code 2.
    """


def unknown_name(what: str, name: str, known: Iterable[str]) -> UserError:
    """Return the error for a name that does not exist, with the closest names that do.

    >>> str(unknown_name("model", "mewo", ["meow", "adameow"]))
    "unknown model 'mewo'; did you mean meow? Known: adameow, meow"
    """
    names = sorted(known)
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    return UserError(f"unknown {what} {name!r}{hint} Known: {', '.join(names)}")
