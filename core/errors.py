"""The one exception that means "the user can mend this"."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_MOST_COMPARED = 20_000
_MOST_ALIKE = 100
_CUTOFF = 0.6


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
    close = get_close_matches(raw, _sharing_letters(raw, alike[:_MOST_COMPARED]), n=3, cutoff=_CUTOFF)
    return f"; did you mean {' or '.join(close)}?" if close else f"; ids look like {', '.join(known[:3])}"


def _sharing_letters(raw: str, known: Sequence[str]) -> Sequence[str]:
    """Return the ids that share the most letters with `raw`, wherever they stand, in their own order.

    Shared letters bound what difflib computes from above. It needs some 20 microseconds an id, so that a server would
    hold still for the better part of a second at every unknown one.
    """
    if len(known) <= _MOST_ALIKE:
        return known
    import numpy as np  # noqa: PLC0415 - not needed for names, which the command line must check at once

    shortest, longest = len(raw) * _CUTOFF / (2 - _CUTOFF), len(raw) * (2 - _CUTOFF) / _CUTOFF
    fitting = [one for one in known if shortest <= len(one) <= longest]
    if len(fitting) <= _MOST_ALIKE:
        return fitting
    ids = np.array(fitting)
    letters = ids.view(np.uint32).reshape(len(ids), -1)
    shared = np.zeros(len(ids), dtype=np.int64)
    for letter in set(raw):
        shared += np.minimum((letters == ord(letter)).sum(axis=1), raw.count(letter))
    bound = 2 * shared / (len(raw) + np.char.str_len(ids))
    alike = np.sort(np.argsort(-bound, kind="stable")[:_MOST_ALIKE])
    return [fitting[place] for place in alike[bound[alike] >= _CUTOFF].tolist()]
