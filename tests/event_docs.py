"""docs/events.md, made from the registries: events with who asks, emits, hears and shows them."""

from __future__ import annotations

import ast
import inspect
import re
import typing
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import TypeGuard
from uuid import UUID

from adapters.mapper import personal_fields
from application.bus import HANDLERS, Command
from application.work import REACTIONS, Job
from domain.shared.aggregate import Aggregate, Created, Event
from projections import READ_MODELS
from projections.base import AnyReadModel, Fold, Sums
from tests.sources import (
    PRODUCT,
    ROOT,
    Function,
    Source,
    bases,
    decorators,
    import_all,
    name_of,
    product,
    product_events,
)

DOCUMENT = ROOT / "docs" / "events.md"
METHODS = {"get", "post", "put", "patch", "delete"}
HEAD = """# What is asked, what happens, and what follows

Made from the registries by `python -m tests.event_shapes --docs`; a test compares it with the code.
A field in *italics* says something about a person and is stored encrypted with that person's key.
"""


def document() -> str:
    """The whole page."""
    import_all("domain", "application", "projections", "workers", "api")
    parts = [HEAD, "## Events"]
    emitters = _emitters()
    for story, events in _by_story().items():
        parts.append(f"### {story}")
        parts += [_event(topic, kind, emitters[_qualified(kind)]) for topic, kind in events]
    parts += ["## Commands", _commands(), "## Read models", _models(), "## Jobs", _jobs()]
    return "\n\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


def write_document() -> None:
    """Bring docs/events.md up to date."""
    DOCUMENT.write_text(document(), encoding="utf-8")


def _by_story() -> dict[str, list[tuple[str, type[Event]]]]:
    stories: dict[str, list[tuple[str, type[Event]]]] = defaultdict(list)
    for topic, kind in product_events().items():
        stories[_story(kind)].append((topic, kind))
    return dict(sorted(stories.items()))


def _story(kind: type) -> str:
    return kind.__module__.split(".")[1]


def _qualified(kind: type[Event]) -> str:
    return kind.__qualname__


def _event(topic: str, kind: type[Event], emitters: list[str]) -> str:
    lines = [f"**`{topic}`** {_version(kind)}", "", f"* fields: {_fields(kind) or 'none'}"]
    if emitters:
        lines.append(f"* emitted by {_listed(emitters)}")
    if asked := _asked(emitters):
        lines.append(f"* asked for by {', '.join(asked)}")
    if reactions := REACTIONS.get(kind):
        names = [f"{each.__module__.split('.')[-1]}.{each.__name__}" for each in reactions]
        lines.append(f"* heard by {_listed(sorted(names))}")
    if models := sorted(model.name for model in READ_MODELS if kind in model.handlers):
        lines.append(f"* folded into {_listed(models)}")
    if kind.CONCERNS:
        told = f", with {_listed(kind.SHOWS)}" if kind.SHOWS else ""
        lines.append(f"* told at once to the person in {_listed(kind.CONCERNS)}{told}")
    return "\n".join(lines).replace("** \n", "**\n")


def _version(kind: type[Event]) -> str:
    return f"(shape {kind.class_version})" if kind.class_version > 1 else ""


def _fields(kind: type[Event]) -> str:
    hints = typing.get_type_hints(kind, include_extras=False)
    personal = personal_fields(kind)
    own = [name for name in kind.__struct_fields__ if name not in Created.__struct_fields__]
    return ", ".join(
        (f"*{name}*" if name in personal else name) + f" `{_type_name(hints[name])}`"
        for name in own
    )


def _type_name(hint: typing.Any) -> str:
    arguments = typing.get_args(hint)
    if not arguments:
        plain = {UUID: "id", str: "text", int: "int", datetime: "moment", date: "day"}
        return plain.get(hint) or str(getattr(hint, "__name__", hint))
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(map(str, arguments))
    names = [_type_name(argument) for argument in arguments if argument is not Ellipsis]
    if typing.get_origin(hint) is tuple:
        return f"list of {names[0]}"
    return " or ".join("none" if name == "NoneType" else name for name in names)


def _emitters() -> dict[str, list[str]]:
    """`Wallet.CreditsHeld` → the decisions and handlers that let it happen."""
    found: dict[str, set[str]] = defaultdict(set)
    for source in product():
        if source.path.startswith(("domain/", "application/")):
            for aggregate, function in _with_owner(source):
                name = f"{aggregate}.{function.name}" if aggregate else function.name
                for event in _emitted(function, aggregate):
                    found[event].add(name)
    private = {name for names in found.values() for name in names if "._" in name}
    callers = {name: _callers(name) for name in private}
    return defaultdict(
        list,
        {
            event: sorted({each for name in names for each in callers.get(name, {name})})
            for event, names in found.items()
        },
    )


def _with_owner(source: Source) -> Iterator[tuple[str, Function]]:
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, Function) and "event" not in decorators(each):
                    yield _wholes().get(node.name, node.name), each
        elif isinstance(node, Function) and "when" not in decorators(node):
            yield "", node


@cache
def _wholes() -> dict[str, str]:
    """Classes that are parts of aggregates, each with its aggregate."""
    parts = [(part, kind) for kind in _subclasses(Aggregate) for part in kind.__bases__]
    return {part.__name__: kind.__name__ for part, kind in parts if part is not Aggregate}


def _emitted(function: Function, aggregate: str) -> Iterator[str]:
    for node in ast.walk(ast.Module(body=list(function.body), type_ignores=[])):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = aggregate if node.value.id in {"cls", "self", "facts"} else node.value.id
            yield f"{owner}.{node.attr}"


def _callers(private: str) -> set[str]:
    """The decisions that use a private method, or the method itself when nobody does."""
    aggregate, _, name = private.partition(".")
    found: set[str] = set()
    names, seen = {name}, {name}
    while names:
        users = {
            function.name
            for owner, function, used in _uses()
            if owner == aggregate and used & names and function.name not in seen
        }
        found |= {user for user in users if not user.startswith("_")}
        names = {user for user in users if user.startswith("_")}
        seen |= users
    return {f"{aggregate}.{user}" for user in found} or {private}


@cache
def _uses() -> list[tuple[str, Function, set[str]]]:
    """Methods of aggregates, each with the names that it uses of others."""
    return [
        (owner, function, {node.attr for node in ast.walk(function) if _is_attribute(node)})
        for source in product()
        if source.path.startswith("domain/")
        for owner, function in _with_owner(source)
    ]


def _is_attribute(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute)


def _asked(emitters: Iterable[str]) -> list[str]:
    """The commands whose handlers come to one of these decisions, with their routes."""
    commands = sorted(name for name, taken in _decided().items() if taken & set(emitters))
    routes = _routes()
    return [f"`{name}`" + (f" ({routes[name]})" if name in routes else "") for name in commands]


@cache
def _decided() -> dict[str, set[str]]:
    """Commands by their names, each with the decisions that its handler takes."""
    public, methods, found = _public_functions(), _decisions_of_aggregates(), dict[str, set[str]]()
    for source in product():
        if source.path.startswith("application/"):
            functions = methods | public | {each.name: each for each in _functions(source)}
            for function in _functions(source):
                if "handles" in decorators(function):
                    command = ast.unparse(function.args.args[0].annotation or ast.Constant(""))
                    found[command] = _decisions(function, functions)
    return found


def _functions(source: Source) -> list[Function]:
    return [each for each in source.tree.body if isinstance(each, Function)]


def _public_functions() -> dict[str, Function]:
    """What a handler may import, by its name."""
    return {
        each.name: each
        for source in product()
        if source.path.startswith(("domain/", "application/"))
        for each in _functions(source)
        if not each.name.startswith("_") and "handles" not in decorators(each)
    }


def _decisions_of_aggregates() -> dict[str, Function]:
    """`Wallet.hold` and the like; some let others of their story decide as well."""
    return {
        f"{owner}.{each.name}": each
        for source in product()
        if source.path.startswith("domain/")
        for owner, each in _with_owner(source)
        if owner
    }


def _decisions(handler: Function, functions: Mapping[str, Function]) -> set[str]:
    """What is decided by a handler and by the functions that it calls: `Wallet.hold`."""
    waiting, seen, found = [handler], {handler.name}, {handler.name}
    while waiting:
        function = waiting.pop()
        kinds = _kinds_of_names(function, functions)
        for node in ast.walk(function):
            match node:
                case ast.Attribute(value=ast.Name(id=owner), attr=name):
                    found |= {f"{kind}.{name}" for kind in kinds.get(owner, {owner})}
                case ast.Name(id=name) if name in functions:
                    found.add(name)
        waiting += [functions[name] for name in found & functions.keys() - seen]
        seen |= found
    return found


def _kinds_of_names(function: Function, functions: Mapping[str, Function]) -> dict[str, set[str]]:
    """The aggregates that local names stand for, as far as the code says so."""
    aggregates = {kind.__name__ for kind in _subclasses(Aggregate)}
    kinds: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(function):
        match node:
            case ast.arg(arg=name, annotation=ast.expr() as told):
                kinds[name] |= _names(told) & aggregates
            case ast.Assign(targets=[target], value=value) | ast.For(target=target, iter=value):
                told_by = [functions[name].returns for name in _names(value) & functions.keys()]
                names = set[str]().union(*map(_names, [value, *filter(None, told_by)]))
                for each in _names(target):
                    kinds[each] |= names & aggregates
                    kinds[each] |= set[str]().union(*(kinds.get(name, ()) for name in names))
    return {name: found for name, found in kinds.items() if found}


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _subclasses(kind: type[Aggregate]) -> Iterator[type[Aggregate]]:
    subclasses: list[type[Aggregate]] = kind.__subclasses__()
    for each in subclasses:
        yield each
        yield from _subclasses(each)


def _commands() -> str:
    routes = _routes()
    rows = ["| command | what it asks | route |", "|---|---|---|"]
    for command in sorted(HANDLERS, key=lambda each: (_story(each), each.__name__)):
        if command.__module__.split(".")[0] in PRODUCT:
            route = routes.get(command.__name__)
            rows.append(f"| `{command.__name__}` | {_first_line(command)} | {route or ''} |")
    return "\n".join(rows)


@cache
def _routes() -> dict[str, str]:
    """The routes by their operation ids."""
    found = {}
    for _, kind, function in _endpoints():
        prefix = _constant(_assigned(kind, "path"))
        for method, path, operation in _operations(function):
            found[operation] = f"`{method.upper()} {_route(prefix, path)}`"
    return found


def _route(*parts: str) -> str:
    joined = "/".join(part.strip("/") for part in parts if part.strip("/"))
    return "/api/v1/" + re.sub(r":\w+}", "}", joined)


def _assigned(kind: ast.ClassDef, name: str) -> ast.expr | None:
    for node in kind.body:
        if isinstance(node, ast.Assign) and name_of(node.targets[0]) == name:
            return node.value
    return None


def _operations(function: Function) -> Iterator[tuple[str, str, str]]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and name_of(decorator) in METHODS:
            named = {keyword.arg: keyword.value for keyword in decorator.keywords}
            path = _constant(decorator.args[0]) if decorator.args else ""
            yield name_of(decorator), path, _constant(named.get("operation_id"))


def _constant(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _models() -> str:
    """The read models, with the routes whose answers wait for them."""
    read = _read_at()
    rows = ["| read model | what a row is | shape | routes |", "|---|---|---|---|"]
    for model in sorted(READ_MODELS, key=lambda each: each.name):
        routes = ", ".join(sorted(set(read[model.name])))
        row = f"{_row_of(model)}: {', '.join(model.key)}"
        rows.append(f"| `{model.name}` | {row} | {model.version} | {routes} |")
    return "\n".join(rows)


def _row_of(model: AnyReadModel) -> str:
    if isinstance(model, Fold):
        return "a row for each key"
    return "sums for each key" if isinstance(model, Sums) else "a line for each event"


def _read_at() -> dict[str, list[str]]:
    """Routes by the names of the read models that stand in their code, directly or through a
    function of the same story.
    """
    names = {model.name for model in READ_MODELS}
    found: dict[str, list[str]] = defaultdict(list)
    for source, kind, method in _endpoints():
        functions = {each.name: each for each in source.tree.body if isinstance(each, Function)}
        prefix = _constant(_assigned(kind, "path"))
        for way, path, _ in _operations(method):
            for name in _reached(method, functions) & names:
                found[name].append(f"`{way.upper()} {_route(prefix, path)}`")
    return found


def _endpoints() -> Iterator[tuple[Source, ast.ClassDef, Function]]:
    for source in product():
        for kind in source.classes() if source.path.startswith("api/") else ():
            if "Controller" in bases(kind):
                for each in kind.body:
                    if isinstance(each, Function):
                        yield source, kind, each


def _reached(function: Function, functions: Mapping[str, Function]) -> set[str]:
    """All names that a function uses, and those that it calls in its file."""
    waiting, names = [function], set[str]()
    while waiting:
        news = _names(waiting.pop()) - names
        names |= news
        waiting += [functions[name] for name in news & functions.keys()]
    return names


def _jobs() -> str:
    rows = ["| job | what is done | queue | tries |", "|---|---|---|---|"]
    rows += [
        f"| `{job.__name__}` | {_first_line(job)} | {job.QUEUE} | {job.ATTEMPTS} |"
        for job in sorted(Job.by_name.values(), key=lambda each: each.__name__)
        if job.__module__.split(".")[0] in PRODUCT
    ]
    return "\n".join(rows)


def _first_line(kind: type[Command | Job]) -> str:
    said = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0]
    return " ".join(said.split()).replace("|", "\\|")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
