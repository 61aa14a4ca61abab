"""Fleets: which targets belong together, in which groups, and what should run on all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.changes import Changes, changed
from engine.deployment.targets import NAME, get_target
from engine.errors import UsageError
from engine.workspace import Transaction, Workspace

FIRST_GROUP = "all"
OPEN = ("running", "paused", "stopped")
"""States of an order that is not at its end."""


@dataclass(frozen=True)
class Member:
    """A target of a fleet, with what was last seen of it.

    Attributes:
        artifacts: digests, one for each platform: any of them should run there; none where nothing was assigned yet.
        should: their name.
        looked, answered: when it was last asked what runs there, and when it last answered.
        runs: digest of the artifact that ran there then, or of its image where this workspace does not know it; "": none.
        runs_name: its name.
        health: of that release, as `ReleaseStatus.state`.
        message: one sentence where something was not as it should be.
    """

    target: str
    group: str
    artifacts: tuple[str, ...] = ()
    should: str = ""
    looked: datetime | None = None
    answered: datetime | None = None
    runs: str = ""
    runs_name: str = ""
    health: str = ""
    message: str = ""


@dataclass(frozen=True)
class Fleet:
    """Targets that are brought the same artifact.

    Attributes:
        groups: in the order of their waves.
    """

    name: str
    groups: tuple[str, ...]
    created: datetime
    members: tuple[Member, ...] = ()

    @property
    def should(self) -> list[str]:
        """Names of what should run on its targets."""
        return list(dict.fromkeys(one.should for one in self.members if one.should))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name, "groups": list(self.groups), "should": self.should,
            "created": self.created.isoformat(), "members": {one.target: one.group for one in self.members},
        }  # fmt: skip


def create(workspace: Workspace, name: str, groups: Sequence[str] = ()) -> Changes:
    """Make an empty fleet, with groups in the order of their waves.

    Raises:
        UsageError: the name is taken or unfit, or a group's is.
    """
    fit(name, "fleet")
    _fit_groups(groups)
    if find(workspace, name):
        raise UsageError(f"There is a fleet “{name}” already; choose another name.")
    with workspace.transaction("Make fleet") as tx:
        tx.execute("INSERT INTO fleet (name, groups, created) VALUES (?, ?, ?)", [name, list(groups), tx.at])
    return changed(fleets=[name])


def add(workspace: Workspace, name: str, targets: Sequence[str], group: str = "") -> Changes:
    """Take targets into a fleet, or move them to another of its groups; a group that is new comes last.

    On a target that is new should run what should on the others of its group.

    Raises:
        UsageError: no such fleet or target, a target of another fleet, or an order is being carried out.
    """
    fleet = get(workspace, name)
    group = group or (fleet.groups[0] if fleet.groups else FIRST_GROUP)
    fit(group, "group")
    _refuse_open(workspace, name)
    members = fleet_of(workspace)
    for target in targets:
        get_target(workspace, target)
        if members.get(target, name) != name:
            raise UsageError(
                f"“{target}” belongs to the fleet “{members[target]}”; a target belongs to one fleet.",
                fix=f"lineside fleet remove {members[target]} {target}",
            )
    same: Member | None = next((one for one in fleet.members if one.group == group and one.artifacts), None)
    artifacts, should = (list(same.artifacts), same.should) if same else (None, None)
    with workspace.transaction("Add to fleet") as tx:
        if group not in fleet.groups:
            tx.execute("UPDATE fleet SET groups = ? WHERE name = ?", [[*fleet.groups, group], name])
        for target in dict.fromkeys(targets):
            if target in members:
                tx.execute('UPDATE fleet_member SET "group" = ? WHERE target = ?', [group, target])
            else:
                tx.execute('INSERT INTO fleet_member (target, fleet, "group", artifacts, should) VALUES (?, ?, ?, ?, ?)',
                           [target, name, group, artifacts, should])  # fmt: skip
    return changed(fleets=[name])


def set_groups(workspace: Workspace, name: str, groups: Sequence[str]) -> Changes:
    """Put the groups of a fleet into another order; those that are not named stay behind them, in theirs.

    Raises:
        UsageError: no such fleet, or a group's name is unfit.
    """
    fleet = get(workspace, name)
    _fit_groups(groups)
    used = {one.group for one in fleet.members}
    rest = [group for group in fleet.groups if group not in groups and group in used]
    with workspace.transaction("Change fleet") as tx:
        tx.execute("UPDATE fleet SET groups = ? WHERE name = ?", [[*groups, *rest], name])
    return changed(fleets=[name])


def remove(workspace: Workspace, name: str, targets: Sequence[str] = ()) -> Changes:
    """Let targets leave a fleet, or forget the fleet and its orders; what runs on the targets runs on.

    Raises:
        UsageError: no such fleet, a target that is not in it, or an order is being carried out.
    """
    fleet = get(workspace, name)
    _refuse_open(workspace, name)
    known = {one.target for one in fleet.members}
    if foreign := next((target for target in targets if target not in known), ""):
        raise UsageError(f"“{foreign}” does not belong to the fleet “{name}”.", fix=f"lineside fleet show {name}")
    with workspace.transaction("Remove from fleet" if targets else "Remove fleet") as tx:
        if targets:
            for target in targets:
                tx.execute("DELETE FROM fleet_member WHERE target = ?", [target])
        else:
            tx.execute("DELETE FROM fleet_step WHERE order_id IN (SELECT id FROM fleet_order WHERE fleet = ?)", [name])
            for table, column in (("fleet_order", "fleet"), ("fleet_member", "fleet"), ("fleet", "name")):
                tx.execute(f"DELETE FROM {table} WHERE {column} = ?", [name])
    return changed(fleets=[name])


def list_fleets(workspace: Workspace) -> list[Fleet]:
    """All fleets by name, with their members."""
    return [_read(workspace, row) for row in workspace.query(f"{_SELECT} ORDER BY name")]


def find(workspace: Workspace, name: str) -> Fleet | None:
    """A fleet by name."""
    rows = workspace.query(f"{_SELECT} WHERE name = ?", [name])
    return _read(workspace, rows[0]) if rows else None


def get(workspace: Workspace, name: str) -> Fleet:
    """A fleet by name.

    Raises:
        UsageError: there is none.
    """
    fleet = find(workspace, name)
    if fleet is None:
        raise UsageError(f"There is no fleet “{name}”.", fix=f"lineside fleet create {name}")
    return fleet


def fleet_of(workspace: Workspace) -> dict[str, str]:
    """The fleet of each target that belongs to one."""
    return dict(workspace.query("SELECT target, fleet FROM fleet_member"))


def should_run(tx: Transaction, target: str, artifacts: Sequence[str], name: str) -> None:
    """Write down what should run on a target."""
    tx.execute(
        "UPDATE fleet_member SET artifacts = ?, should = ? WHERE target = ?", [list(artifacts) or None, name, target]
    )


_SELECT = "SELECT name, groups, created FROM fleet"


def _read(workspace: Workspace, row: tuple[Any, ...]) -> Fleet:
    name, groups, created = row
    found = workspace.query(
        'SELECT target, "group", artifacts, should, looked, answered, runs, runs_name, health, message'
        " FROM fleet_member WHERE fleet = ? ORDER BY target",
        [name],
    )
    members = [
        Member(
            target,
            group,
            tuple(artifacts or ()),
            should or "",
            utc(looked),
            utc(answered),
            *(value or "" for value in seen),
        )
        for target, group, artifacts, should, looked, answered, *seen in found
    ]
    order = {group: place for place, group in enumerate(groups)}
    members.sort(key=lambda one: order.get(one.group, len(order)))
    return Fleet(name, tuple(groups), _aware(created), tuple(members))


def utc(moment: datetime | None) -> datetime | None:
    """A time of the store, which keeps UTC without saying so."""
    return _aware(moment) if moment else None


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def fit(name: str, what: str) -> None:
    """Raise a UsageError where a name cannot be that of a fleet or a group; some become names of files."""
    if not NAME.fullmatch(name):
        raise UsageError(f"“{name}” cannot name a {what}; use letters, digits, - _ and . only.")


def _fit_groups(groups: Sequence[str]) -> None:
    for group in groups:
        fit(group, "group")
    if len(set(groups)) < len(groups):
        raise UsageError(f"A group is named twice in {','.join(groups)}.")


def _refuse_open(workspace: Workspace, name: str) -> None:
    if workspace.query(f"SELECT 1 FROM fleet_order WHERE fleet = ? AND state IN {OPEN}", [name]):
        raise UsageError(
            f"An order for the fleet “{name}” is not at its end; continue or abort it first.",
            fix=f"lineside fleet abort {name}",
        )
