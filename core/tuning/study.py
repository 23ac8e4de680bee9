"""The study that processes share: opened, or checked to be the one that was begun."""

import json
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.errors import UserError
from core.extras import import_extra
from core.settings_files import flatten

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import RDBStorage

_PINNED = "began with"
_SHOWN = 12
"""Differences that are named; more are counted."""
_HEARTBEAT = 30
"""Seconds between a running trial's signs of life."""
DEAD = 180
"""Seconds without one after which a trial is taken to have died with its process."""
_SQLITE_WAIT = 60
"""Seconds to wait for another process's writing."""
_OPENINGS = 6
"""Processes that make the tables of a new file at the same time get into each other's way, and try again."""

_FIRST_PRUNED = 5
"""Complete trials before the first is pruned."""


@dataclass(frozen=True)
class StudyName:
    """A study of a storage (a URL as Optuna takes it), and whether trials without prospects are pruned."""

    storage: str
    name: str
    prune: bool = True


def import_optuna() -> Any:
    """Return Optuna, silent; raises UserError that says how to install it."""
    optuna = import_extra("optuna", "tune")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna


@contextmanager
def database_failures() -> Iterator[None]:
    """Say in a UserError that a study's database fails, whatever is done with the study in the block."""
    try:
        yield
    except Exception as error:
        # Optuna, while it tidies up after such a failure, may fail in another way.
        kind = import_optuna().exceptions.StorageInternalError
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, kind):
            cause = cause.__context__
        if cause is None:
            raise
        raise UserError(
            f"the study's database fails ({first_line(cause)}); what it holds is whole, and the same command goes on "
            "when it is back"
        ) from None


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, with the kind of one that is not written for users."""
    text = str(error).strip().partition("\n")[0]
    return text if isinstance(error, UserError) else f"{type(error).__name__}: {text}"


def open_study(named: StudyName, better: Literal["min", "max"], epochs: int, pinned: Mapping[str, Any]) -> "Study":
    """Open a study, or begin it; `pinned` says what all its trials share, as plain values.

    Pruning waits for a tenth of the epochs, at most ten, and for the first complete trials; then a trial ends whose
    best value is worse than the median of the others at the same epoch.

    Raises:
        UserError: when the storage cannot be opened, or the study began with something else, naming the differences.
    """
    optuna = import_optuna()
    pruner = optuna.pruners.NopPruner()
    if named.prune:
        warm_up = min(10, epochs // 10)
        pruner = optuna.pruners.MedianPruner(n_startup_trials=_FIRST_PRUNED, n_warmup_steps=warm_up)
    study: Study = optuna.create_study(
        storage=_open_storage(named.storage),
        study_name=named.name,
        direction="minimize" if better == "min" else "maximize",
        pruner=pruner,
        load_if_exists=True,
    )
    before, now = study.user_attrs.get(_PINNED), json.loads(json.dumps(pinned))
    if before is None:
        if study.get_trials(deepcopy=False):
            raise UserError(f"study {named.name}: its trials were not made by this command; choose another --study")
        study.set_user_attr(_PINNED, now)
    else:
        _check_same(before, now, named.name)
    return study


def _open_storage(url: str) -> "RDBStorage":
    optuna = import_optuna()
    options = {"connect_args": {"timeout": _SQLITE_WAIT}} if url.startswith("sqlite") else {}
    attempt = 1
    while True:
        try:
            return optuna.storages.RDBStorage(
                url, engine_kwargs=options, heartbeat_interval=_HEARTBEAT, grace_period=DEAD
            )
        except ImportError as error:
            raise UserError(f"--storage: this kind of database needs a package that is not there: {error}") from None
        except Exception as error:  # of SQLAlchemy or of the database's driver
            if "already exists" not in str(error) or attempt == _OPENINGS:
                # Another URL may hold a password.
                place, reason = url if url.startswith("sqlite:") else "--storage", str(error).partition("\n")[0]
                raise UserError(
                    f"{place}: the database cannot be opened ({reason}): does another program write to it, "
                    "or is it something else? --storage takes such as sqlite:///runs/study.db, whose "
                    "folder is there, or postgresql://user:password@host/name"
                ) from None
        time.sleep(0.1 * attempt)
        attempt += 1


def _check_same(before: Mapping[str, Any], now: Mapping[str, Any], name: str) -> None:
    old, new = dict(flatten(before)), dict(flatten(now))
    changed = [
        f"\n  {key}: was {old.get(key)!r}, is {new.get(key)!r}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]
    if changed:
        more = f"\n  and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise UserError(
            f"study {name} began with something else:{''.join(changed[:_SHOWN])}{more}\n"
            "its trials would not compare: undo the change, or begin another study with --study NAME"
        )
