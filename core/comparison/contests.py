"""Which runs may stand in one table: those on the same data, evaluated in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.comparison.entries import Entry, entry_labels
from core.errors import UserError


@dataclass(frozen=True)
class Contest:
    """Entries that compare: the data set, how the figures are made, and a label for each entry."""

    dataset: str
    protocol: str
    entries: tuple[Entry, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def find(self, label: str) -> int | None:
        """Return the place of the entry with a label, None if there is none."""
        return self.labels.index(label) if label in self.labels else None


def make_contests(entries: Sequence[Entry]) -> list[Contest]:
    """Return the contests that the entries make, in the order of their first entries.

    Runs whose data have the same name but not the same checksum do not meet, nor do runs evaluated in different
    ways. A run that does not say how it was evaluated joins the others on its data if those agree.
    """
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(_place(entry, entries), []).append(entry)
    titles = [_title(key, list(groups)) for key in groups]
    return [
        Contest(title, protocol, tuple(its), tuple(entry_labels(its)), _notes(its, protocol))
        for title, ((_, _, protocol), its) in zip(titles, groups.items(), strict=True)
    ]


def gaps(contest: Contest, metrics: Sequence[str]) -> list[str]:
    """Return a note for each entry that has some of the metrics under some of its seeds alone."""
    notes = []
    for label, entry in zip(contest.labels, contest.entries, strict=True):
        partial = [name for name in metrics if 0 < len(entry.by_seed(name)) < len(entry.runs)]
        if partial:
            notes.append(f"{label}: averaged over the seeds that have it, not all: {', '.join(partial)}")
    return notes


def why_apart(contests: Sequence[Contest]) -> str | None:
    """Return a line that says why there are several tables; None for one."""
    if len(contests) < 2:
        return None
    data = {(one.entries[0].runs[0].dataset, one.entries[0].runs[0].checksum) for one in contests}
    reasons = []
    if len(data) > 1:
        names = dict.fromkeys(contest.dataset for contest in contests)
        reasons.append(f"runs on different data do not compare; a table for each of: {', '.join(names)}")
    if len(data) < len(contests):
        reasons.append("runs that were evaluated in different ways do not compare; a table for each way")
    return "; ".join(reasons)


def only(contests: Sequence[Contest], dataset: str) -> list[Contest]:
    """Return the contests on a data set; raises UserError naming those there are if it has none."""
    found = [one for one in contests if one.entries[0].runs[0].dataset == dataset]
    if not found:
        known = sorted({one.entries[0].runs[0].dataset for one in contests})
        raise UserError(f"no finished run on {dataset!r}; there are runs on: {', '.join(known) or 'nothing'}")
    return found


def _place(entry: Entry, entries: Sequence[Entry]) -> tuple[str, str, str]:
    run = entry.runs[0]
    if run.protocol:
        return run.dataset, run.checksum, run.protocol
    told = {
        other.runs[0].protocol
        for other in entries
        if (other.runs[0].dataset, other.runs[0].checksum) == (run.dataset, run.checksum)
    } - {""}
    return run.dataset, run.checksum, told.pop() if len(told) == 1 else ""


def _title(key: tuple[str, str, str], keys: Sequence[tuple[str, str, str]]) -> str:
    dataset, checksum, _ = key
    versions = {other[1] for other in keys if other[0] == dataset}
    return dataset if len(versions) == 1 else f"{dataset} (data {checksum[:8] or 'of unknown checksum'})"


def _notes(entries: Sequence[Entry], protocol: str) -> tuple[str, ...]:
    notes = []
    silent = [str(entry.folder) for entry in entries if protocol and not entry.runs[0].protocol]
    if silent:
        notes.append(f"how it was evaluated is not recorded, taken as the others: {', '.join(silent)}")
    environments = [run.environment for entry in entries for run in entry.runs]
    commits = {_short(str(one.get("git_commit"))) for one in environments}
    if len(commits) > 1:
        which = f": {', '.join(sorted(commits))}" if len(commits) <= 3 else ""
        notes.append(f"made by {len(commits)} versions of the code{which}")
    machines = {f"{one.get('device')}, {one.get('threads')} threads" for one in environments}
    if len(machines) > 1:
        notes.append(f"times and memory do not compare, made on: {'; '.join(sorted(machines))}")
    return tuple(notes)


def _short(commit: str) -> str:
    number, dash, dirty = commit.partition("-")
    return f"{number[:9]}{dash}{dirty}"
