"""What is wrong with a graph: found while it is drawn, named at the port or the parameter, with a suggestion."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import BadInput
from engine.modeling import fixes
from engine.modeling.catalogue import KINDS, Component, Port, Text, catalogue, component_of, fits
from engine.modeling.fixes import Fix, is_step
from engine.modeling.flow import flows
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.reserved import CONSTANTS, RESERVED, SETTINGS

NEEDED = ("data", "network", "train")
LEARNS = ("loss", "optimiser")  # needed as well, unless the training takes neither
SINGLE = ("data", "loss", "optimiser", "train", "evaluate", "export")
MOST_MENDED = 200  # changes of one drawing in one go


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong.

    Attributes:
        severity: an error keeps the graph from being compiled, a warning does not.
        node: id of the node, "" for the whole graph.
        place: name of the port or the parameter, or "".
        suggestion: what would mend it, in words.
        fixes: what mends it when it is applied, the likeliest first.
    """

    severity: Literal["error", "warning"]
    node: str
    place: str
    message: Text
    suggestion: Text
    fixes: tuple[Fix, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As `model check --json` prints it."""
        return {
            "severity": self.severity,
            "node": self.node,
            "place": self.place,
            "message": self.message.en,
            "message_zh": self.message.zh,
            "suggestion": self.suggestion.en,
            "suggestion_zh": self.suggestion.zh,
            "fixes": [fix.to_json() for fix in self.fixes],
        }

    def __str__(self) -> str:
        at = ".".join(part for part in (self.node, self.place) if part)
        return " ".join(part for part in (f"{at}:" if at else "", self.message.en, self.suggestion.en) if part)


def check(graph: Graph) -> list[Issue]:
    """All issues of a graph, those of single nodes first."""
    issues, ends = _ids(graph), graph.ends
    for node in graph.nodes:
        found = component_of(node)
        if found is None:
            issues.append(_unknown(node))
        else:
            issues += _parameters(node, found)
            issues += _task(graph, node, found)
            issues += _inputs(graph, node, found, ends)
    nodes = {node.id: node for node in graph.nodes}
    for edge in graph.edges:
        issues += _edge(graph, edge, nodes)
    circle = _cycle(graph)
    if not circle:
        issues += [
            Issue("error", node, misfit.place, misfit.message, misfit.suggestion)
            for node, misfits in flows(graph)[1].items()
            for misfit in misfits
        ]
    return issues + _chain(graph) + circle + _whole(graph) + _idle(graph)


def require_sound(graph: Graph) -> None:
    """Pass a graph that can be compiled.

    Raises:
        BadInput: it has errors; the message tells the first and how many more there are.
    """
    errors = [issue for issue in check(graph) if issue.severity == "error"]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise BadInput(f"The graph “{graph.name}” cannot be used yet: {errors[0]}{more}")


def mend(graph: Graph) -> tuple[Graph, list[tuple[Issue, Fix]]]:
    """Apply every fix that is sure, one after the other, until none is left; what was mended, by which fix."""
    done: list[tuple[Issue, Fix]] = []
    tried: set[tuple[str, str, str]] = set()
    while True:
        found = [(issue, fix) for issue in check(graph) for fix in issue.fixes[:1] if fix.sure]
        new = [(i, fix) for i, fix in found if (i.node, i.place, fix.title.en) not in tried]
        if not new or len(done) == MOST_MENDED:
            return graph, done
        issue, fix = new[0]
        tried.add((issue.node, issue.place, fix.title.en))
        graph = fix.apply(graph)
        done.append((issue, fix))


def connection_issue(graph: Graph, edge: Edge) -> Issue | None:
    """What would be wrong with an edge that is about to be drawn; None: it fits."""
    issues = _edge(graph, edge, {node.id: node for node in graph.nodes})
    return issues[0] if issues else None


def _ids(graph: Graph) -> list[Issue]:
    issues, seen = [], set()
    for node in graph.nodes:
        if node.id in seen:
            issues.append(_error(node.id, "", f"Two nodes are called “{node.id}”.", f"两个节点都叫“{node.id}”。"))
        if not node.id.isidentifier() or keyword.iskeyword(node.id) or node.id.startswith("_"):
            issues.append(
                _error(
                    node.id, "", f"“{node.id}” cannot be a name in code.", f"“{node.id}”不能用作代码中的名称。",
                    "Use letters, digits and _.", "请使用字母、数字和下划线。", fixes=fixes.rename(graph, node.id),
                )
            )  # fmt: skip
        elif _is_reserved(node):
            issues.append(
                _error(
                    node.id, "", f"“{node.id}” means something else in the code.", f"“{node.id}”在代码中另有含义。",
                    f"Call it {node.id}_1.", f"请改名为 {node.id}_1。",
                    fixes.rename(graph, node.id, f"{node.id}_1"),
                )
            )  # fmt: skip
        seen.add(node.id)
    return issues


def _unknown(node: Node) -> Issue:
    return _error(
        node.id, "", f"The component “{node.type}” is not known to this program; it is kept as it is.",
        f"本程序不认识组件“{node.type}”；将原样保留。", "Install the plug-in that brings it.", "请安装提供该组件的插件。",
    )  # fmt: skip


def _parameters(node: Node, found: type[Component]) -> list[Issue]:
    from pydantic import ValidationError

    try:
        found.values(node.parameters)
    except ValidationError as error:
        return [_parameter_issue(node, found, problem) for problem in error.errors()]
    return []


def _parameter_issue(node: Node, found: type[Component], problem: Any) -> Issue:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        known = ", ".join(found.Parameters.model_fields)
        return _error(
            node.id, name, f"{found.title.en} has no parameter “{name}”.", f"{found.title.zh}没有参数“{name}”。",
            f"It has {known}.", f"可用参数：{known}。", fixes.without_parameter(node, found, name),
        )  # fmt: skip
    text = problem["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    if "\n" in str(problem["input"]):
        return _error(node.id, name, f"“{name}” should be {text}.", f"“{name}”无效：{text}。")
    return _error(
        node.id, name, f"“{name}” is {problem['input']!r}; it should be {text}.", f"“{name}”的值 {problem['input']!r} 无效。",
        zh_fix=f"应为{_wanted_zh(problem)}。", fixes=fixes.allowed_value(node, found, name) if name else (),
    )  # fmt: skip


def _wanted_zh(problem: Any) -> str:
    """What pydantic wants of a value, in Chinese; in its own words where there is no translation."""
    limits = {
        "multiple_of": "{multiple_of} 的倍数", "greater_than_equal": "不小于 {ge} 的数", "less_than_equal": "不大于 {le} 的数",
        "greater_than": "大于 {gt} 的数", "less_than": "小于 {lt} 的数", "literal_error": "以下之一：{expected}",
        "int_parsing": "整数", "int_type": "整数", "int_from_float": "整数", "float_parsing": "数字", "float_type": "数字",
        "bool_parsing": "是或否", "bool_type": "是或否", "string_type": "文字", "finite_number": "有限的数",
    }  # fmt: skip
    wanted = limits.get(problem["type"])
    limit = {
        name: f"{value:g}" if isinstance(value, float) else value for name, value in problem.get("ctx", {}).items()
    }
    return wanted.format(**limit) if wanted else f"：{problem['msg'].removeprefix('Input should be ')}"


def _task(graph: Graph, node: Node, found: type[Component]) -> list[Issue]:
    if graph.task in found.tasks:
        return []
    text = f"{found.title.en} is for {' and '.join(found.tasks)}; this graph is for {graph.task}."
    others = fixes.of_the_task(graph, node, found)
    zh = f"{found.title.zh}不适用于{graph.task}任务。"
    return [_error(node.id, "", text, zh, zh_fix="请换用适合的组件。", fixes=others)]


def _inputs(
    graph: Graph, node: Node, found: type[Component], ends: Mapping[tuple[str, str], Sequence[Edge]]
) -> list[Issue]:
    issues = []
    for port in found.inputs:
        edges = ends.get((node.id, port.name), [])
        if edges and port.optional:
            issues += _together(graph, node, port, edges)
        if not edges and not port.optional:
            offers = _who_gives(graph, port.kind, node.id)
            issues.append(
                _error(
                    node.id, port.name, f"Nothing is connected; it needs {KINDS[port.kind].en}.",
                    f"尚未连接；需要{KINDS[port.kind].zh}。", *offers,
                    fixes.givers(graph, node.id, port.name, port.kind),
                )
            )  # fmt: skip
        if len(edges) > 1 and not port.many:
            issues.append(
                _error(
                    node.id,
                    port.name,
                    "More than one edge ends here.",
                    "此处有多条连线。",
                    "Keep one of them.",
                    "请只保留一条。",
                    fixes.one_edge(edges),
                )
            )
    return issues


def _together(graph: Graph, node: Node, port: Port, edges: Sequence[Edge]) -> list[Issue]:
    """Of what is connected with one input: two that do the same, and parameters that then do not count."""
    there = {one.id: one for one in graph.nodes}
    givers = [there[edge.source] for edge in edges if edge.source in there]
    does: dict[str, list[Node]] = {}
    issues = []
    for giver in givers:
        found = component_of(giver)
        if found is not None and found.alone:
            does.setdefault(found.alone, []).append(giver)
        issues += [_unheard(node, name, giver) for name in found.replaces if _is_set(node, name)] if found else []
    return issues + [
        _error(
            node.id, port.name, f"{' and '.join(one.id for one in same)} do the same; only one of them can.",
            f"{'、'.join(one.id for one in same)} 的作用相同，只能有一个。", "Keep one.", "请只保留一个。", fixes.one_node(same),
        )
        for same in does.values() if len(same) > 1
    ]  # fmt: skip


def _is_set(node: Node, name: str) -> bool:
    """Whether a person chose a value that does something."""
    found = component_of(node)
    field = found.Parameters.model_fields.get(name) if found is not None else None
    return field is not None and node.parameters.get(name, field.default) not in (0, field.default)


def _unheard(node: Node, name: str, giver: Node) -> Issue:
    """A parameter in whose place something connected speaks."""
    found = component_of(node)
    assert found is not None
    field = found.Parameters.model_fields[name]
    title = Text(field.title or name, str((field.json_schema_extra or {})["title_zh"]))  # type: ignore[index]  # it is no function here
    return Issue(
        "warning", node.id, name,
        Text(f"“{title.en}” does not count: {giver.id} is connected and says it.", f"“{title.zh}”不起作用：已连接 {giver.id}，以其为准。"),
        Text("Set it to its default, or remove the other.", "请恢复默认值，或移除该组件。"),
        fixes.default_value(node, name, field.default),
    )  # fmt: skip


def _is_reserved(node: Node) -> bool:
    found = component_of(node)
    if found is None:
        return False
    return (
        node.id in RESERVED
        if found.section == "network"
        else found.section in SETTINGS and node.id.upper() in CONSTANTS
    )


def _edge(graph: Graph, edge: Edge, nodes: Mapping[str, Node]) -> list[Issue]:
    if edge.source not in nodes or edge.target not in nodes:
        lost = edge.source if edge.source not in nodes else edge.target
        return [
            _error(
                lost,
                "",
                f"An edge names the node “{lost}”, which is not there.",
                f"连线所指的节点“{lost}”不存在。",
                fixes=fixes.no_edge(edge),
            )
        ]
    giver, taker = component_of(nodes[edge.source]), component_of(nodes[edge.target])
    if giver is None or taker is None:
        return []
    output = next((port for port in giver.outputs if port.name == edge.output), None)
    entry = next((port for port in taker.inputs if port.name == edge.input), None)
    if output is None:
        return [_no_port(edge, edge.source, edge.output, giver, "output", giver.outputs)]
    if entry is None:
        return [_no_port(edge, edge.target, edge.input, taker, "input", taker.inputs)]
    if fits(output.kind, entry.kind):
        return []
    gives, takes = KINDS[output.kind], KINDS[entry.kind]
    return [
        _error(
            edge.target, entry.name, f"It takes {takes.en}, but {edge.source}.{edge.output} gives {gives.en}.",
            f"此处需要{takes.zh}，而 {edge.source}.{edge.output} 给出的是{gives.zh}。",
            *_between(graph, output.kind, entry.kind, edge), fixes.unlike(graph, edge, output.kind, entry.kind),
        )
    ]  # fmt: skip


def _no_port(edge: Edge, node: str, name: str, found: type[Component], way: str, ports: tuple[Any, ...]) -> Issue:
    known = ", ".join(port.name for port in ports) or "none"
    zh = {"input": "输入", "output": "输出"}[way]
    return _error(
        node, name, f"{found.title.en} has no {way} “{name}”.", f"{found.title.zh}没有{zh}端口“{name}”。",
        f"It has {known}.", f"可用端口：{known}。", fixes.no_edge(edge),
    )  # fmt: skip


def _between(graph: Graph, given: str, taken: str, edge: Edge) -> tuple[str, str]:
    """The component that would fit between two kinds, or who gives the right one."""
    for found in catalogue().values():
        takes = len(found.inputs) == 1 and fits(given, found.inputs[0].kind)
        if graph.task in found.tasks and takes and any(fits(port.kind, taken) for port in found.outputs):
            return f"Put “{found.title.en}” between them.", f"请在两者之间加入“{found.title.zh}”。"
    offer = _who_gives(graph, taken, edge.target)
    return offer if any(offer) else (f"Remove the edge from {edge.source}.{edge.output}.", "请删除这条连线。")


def _who_gives(graph: Graph, kind: str, taker: str) -> tuple[str, str]:
    """A node that gives it and does not itself take from the taker, else a component."""
    behind = graph.behind(taker)
    for node in graph.nodes:
        found = component_of(node) if node.id not in behind else None
        for port in found.outputs if found else ():
            if fits(port.kind, kind):
                return f"Connect {node.id}.{port.name} to it.", f"请连接 {node.id}.{port.name}。"
    for found in catalogue().values():
        if graph.task in found.tasks and any(port.kind == kind for port in found.outputs):
            return f"Add “{found.title.en}”.", f"请添加“{found.title.zh}”。"
    return "", ""


def _chain(graph: Graph) -> list[Issue]:
    """The images take one way: from the dataset, through what chooses from it, step by step into the network."""
    issues = []
    for node in graph.nodes:
        found = component_of(node)
        if found is None or "samples" not in [port.kind for port in found.outputs]:
            continue
        takers = [edge.target for edge in graph.edges if edge.source == node.id and edge.target != node.id]
        if len(takers) > 1:
            issues.append(_error(
                node.id, "samples", f"{' and '.join(takers)} take its images; the images can go one way only.",
                f"{'、'.join(takers)} 都取用此处的图像；图像只能沿一条路径传递。",
                "Put the steps of augmentation one behind the other.", "请将数据增强步骤依次串联。",
                fixes.in_a_row(graph, node.id, takers),
            ))  # fmt: skip
        if not takers and found.inputs:
            issues.append(_error(
                node.id, "samples", "Nothing takes the images that it gives.", "没有组件取用它给出的图像。",
                *_last_step(graph, node.id), fixes.into_chain(graph, node.id),
            ))  # fmt: skip
        if found.section == "data" and found.inputs:
            issues += _chooses(graph, node)
    return issues


def _last_step(graph: Graph, step: str) -> tuple[str, str]:
    for node in graph.nodes:
        found = component_of(node)
        if found and found.section == "augment" and any(port.kind == "images" for port in found.outputs):
            return f"Connect it to {node.id}.samples.", f"请连接到 {node.id}.samples。"
    return _who_gives(graph, "images", step)


def _chooses(graph: Graph, node: Node) -> list[Issue]:
    """What chooses from the dataset stands right behind it: it sees labels, not pixels."""
    sources = [component_of(graph.node(edge.source)) for edge in graph.sources(node.id, "samples")
               if any(edge.source == other.id for other in graph.nodes)]  # fmt: skip
    if all(source is None or not source.inputs for source in sources):
        return []
    return [_error(
        node.id, "samples", "It chooses images before they are changed.", "它在图像被增强之前进行选择。",
        "Connect it to the dataset version.", "请直接连接到数据版本。",
    )]  # fmt: skip


def _idle(graph: Graph) -> list[Issue]:
    """Parts that nothing takes from: of the network they would be learnt for nobody, of others they would do nothing."""
    used = {edge.source for edge in graph.edges}
    idle = []
    for node in graph.nodes:
        found = component_of(node)
        if found is not None and found.section == "network" and node.id not in used:
            said = Text("Nothing takes what it gives.", "没有组件使用它的输出。")
            fix = Text("Connect it with something, or remove it.", "请将其连接到其他组件，或删除。")
            idle.append(Issue("warning", node.id, "", said, fix))
        elif found is not None and found.section in ("callback", "metric") and node.id not in used:
            said = Text("It is connected with nothing and does nothing.", "尚未连接，不起作用。")
            fix = Text("Connect it with the training, or remove it.", "请连接到训练，或删除。")
            idle.append(Issue("warning", node.id, "", said, fix, fixes.into_training(graph, node)))
    return idle


def _cycle(graph: Graph) -> list[Issue]:
    seen: set[str] = set()
    known = {node.id for node in graph.nodes}
    sources: dict[str, set[str]] = {}
    for edge in graph.edges:
        sources.setdefault(edge.target, set()).add(edge.source)
    for node in graph.in_order():
        if not sources.get(node.id, set()) & known <= seen:
            return [
                _error(
                    node.id, "", "The edges run in a circle here.", "连线在此形成环路。",
                    "Remove one edge of the circle.", "请删除环路中的一条连线。", fixes.open_circle(graph, node.id),
                )
            ]  # fmt: skip
        seen.add(node.id)
    return []


def _whole(graph: Graph) -> list[Issue]:
    sections: dict[str, int] = {}
    for node in graph.nodes:
        found = component_of(node)
        if found is not None and not is_step(found):
            sections[found.section] = sections.get(found.section, 0) + 1
    taken = {port.kind for node in graph.nodes if (found := component_of(node)) is not None for port in found.inputs}
    issues = []
    for section in (*NEEDED, *(kind for kind in LEARNS if kind in taken or not sections.get("train"))):
        if not sections.get(section):
            choices = [
                found
                for found in catalogue().values()
                if found.section == section and graph.task in found.tasks and not is_step(found)
            ]
            fix = (f"Add “{choices[0].title.en}”.", f"请添加“{choices[0].title.zh}”。") if choices else ("", "")
            issues.append(
                _error(
                    "",
                    "",
                    f"The graph has no part for {section}.",
                    f"图中缺少 {section} 部分。",
                    *fix,
                    fixes.missing_part(graph, section),
                )
            )
    doubled = [section for section in SINGLE if sections.get(section, 0) > 1]
    issues += [
        _error(
            "",
            "",
            f"The graph has more than one part for {section}.",
            f"图中有多个 {section} 部分。",
            "Keep one.",
            "请只保留一个。",
            fixes.one_node(
                node for node in graph.nodes if _section(node) == section and not is_step(component_of(node))
            ),
        )
        for section in doubled
    ]
    return issues


def _section(node: Node) -> str:
    found = component_of(node)
    return found.section if found is not None else ""


def _error(
    node: str, place: str, en: str, zh: str, fix: str = "", zh_fix: str = "", fixes: tuple[Fix, ...] = ()
) -> Issue:
    return Issue("error", node, place, Text(en, zh), Text(fix, zh_fix), fixes)
