"""The stored shape of every event: what `events.lock.json` holds and which changes it allows.

`python -m tests.event_shapes --write` brings the lock up to date, and `--docs` docs/events.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import inspect

from domain.shared.aggregate import Event
from domain.upcasters import upcast_versions
from tests.event_docs import write_document
from tests.sources import product_events

LOCK = Path(__file__).parent / "events.lock.json"
ENVELOPE = {"originator_id", "originator_version", "timestamp"}

Shape = dict[str, Any]

PLAIN: dict[type[inspect.Type], str] = {
    inspect.AnyType: "anything",
    inspect.BoolType: "yes or no",
    inspect.BytesType: "bytes",
    inspect.DateTimeType: "moment",
    inspect.DateType: "day",
    inspect.DecimalType: "decimal",
    inspect.IntType: "whole number",
    inspect.NoneType: "nothing",
    inspect.StrType: "text",
    inspect.UUIDType: "id",
}


def shapes() -> dict[str, Shape]:
    """The shapes of all events as they are in the code."""
    return {topic: shape_of(kind) for topic, kind in product_events().items()}


def shape_of(kind: type[Event]) -> Shape:
    """The shape of one event. A subject stands there only if it has personal fields."""
    information = inspect.type_info(kind)
    if not isinstance(information, inspect.StructType):
        raise TypeError(f"{kind} is no struct")
    fields = _fields(information)
    shape: Shape = {"class_version": kind.class_version}
    if versions := upcast_versions(kind.TOPIC):
        shape["upcasts"] = versions
    if any("personal" in field for field in fields.values()):
        shape["subject"] = kind.SUBJECT
    shape["fields"] = {name: each for name, each in fields.items() if name not in ENVELOPE}
    return shape


def refused_changes(locked: dict[str, Shape], present: dict[str, Shape]) -> list[str]:
    """Why events that were stored under `locked` might not be readable by `present`."""
    return [fault for topic in locked for fault in _refused(topic, locked[topic], present)]


def _refused(topic: str, old: Shape, present: dict[str, Shape]) -> Iterator[str]:
    new = present.get(topic)
    if new is None:
        yield f"{topic} is gone, but the log may hold it"
        return
    if old.get("subject", "") != new.get("subject", "") and "subject" in old:
        yield f"{topic} has another subject, whose key does not open what was sealed"
    before, after = old["class_version"], new["class_version"]
    for missing in sorted(set(range(1, after)) - set(new.get("upcasts", ()))):
        yield f"{topic} lacks an upcaster since version {missing} in domain/upcasters.py"
    if after > before:
        return
    if after < before:
        yield f"{topic} went back from version {before} to {after}"
    yield from _refused_fields(topic, old["fields"], new["fields"])


def _refused_fields(place: str, old: Shape, new: Shape) -> Iterator[str]:
    for name in old.keys() - new.keys():
        yield f"{place}.{name} is gone"
    for name in new.keys() - old.keys():
        if not new[name].get("default"):
            yield f"{place}.{name} is new and has no default"
    for name in old.keys() & new.keys():
        before, after = old[name], new[name]
        for mark in ("default", "personal"):
            if before.get(mark) != after.get(mark):
                yield f"{place}.{name} changed its mark {mark!r}"
        yield from _refused_type(f"{place}.{name}", before["type"], after["type"])


def _refused_type(place: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        (form,) = old.keys()
        if form == "struct":
            yield from _refused_fields(place, old[form], new[form])
            return
        if form in {"list", "optional"}:
            yield from _refused_type(place, old[form], new[form])
            return
        if form == "one of" and set(map(str, old[form])) <= set(map(str, new[form])):
            return  # what was stored is still one of them
    yield f"{place} was {json.dumps(old)} and is {json.dumps(new)}"


def _fields(struct: inspect.StructType) -> Shape:
    return {field.encode_name: _field(field) for field in struct.fields}


def _field(field: inspect.Field) -> Shape:
    kind, marks = field.type, {}
    if isinstance(kind, inspect.Metadata):
        marks = kind.extra or {}
        kind = kind.type
    shape: Shape = {"type": _type(kind)}
    if not field.required:
        shape["default"] = True
    if marks.get("personal"):
        shape["personal"] = True
    return shape


def _type(kind: inspect.Type) -> Any:
    shape: Any = PLAIN.get(type(kind))
    match kind:
        case inspect.StructType(tag=tag):
            tagged = {"tag": {"type": {"one of": [tag]}}} if tag is not None else {}
            shape = {"struct": tagged | _fields(kind)}
        case inspect.LiteralType(values=values):
            shape = {"one of": sorted(values, key=str)}
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            shape = {"list": _type(item)}
        case inspect.SetType(item_type=item) | inspect.FrozenSetType(item_type=item):
            shape = {"list": _type(item)}
        case inspect.TupleType(item_types=items):
            shape = {"tuple": [_type(item) for item in items]}
        case inspect.DictType(key_type=key, value_type=value):
            shape = {"map": [_type(key), _type(value)]}
        case inspect.UnionType(types=types):
            shape = _union([_type(each) for each in types])
        case inspect.Metadata(type=inner):
            shape = _type(inner)
    if shape is None:
        raise TypeError(f"{kind} has no stored shape")
    return shape


def _union(shapes: list[Any]) -> Any:
    some = sorted((shape for shape in shapes if shape != "nothing"), key=json.dumps)
    shape = some[0] if len(some) == 1 else {"either": some}
    return {"optional": shape} if len(some) < len(shapes) else shape


def read_lock() -> dict[str, Shape]:
    """The shapes that are locked; none before the first lock is written."""
    if not LOCK.exists():
        return {}
    locked: dict[str, Shape] = json.loads(LOCK.read_text(encoding="utf-8"))
    return locked


def as_text(locked: dict[str, Shape]) -> str:
    """The lock as it stands in its file: one line per field, so that changes are easy to read."""
    events = []
    for topic, shape in sorted(locked.items()):
        head = {name: value for name, value in shape.items() if name != "fields"}
        fields = [f"    {_line(name)}: {_line(each)}" for name, each in shape["fields"].items()]
        body = ",\n".join(fields)
        inside = f"{{\n{body}\n  }}" if fields else "{}"
        events.append(f'  {_line(topic)}: {_line(head)[:-1]}, "fields": {inside}}}')
    return "{\n" + ",\n".join(events) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_lock() -> list[str]:
    """Write the present shapes, unless stored events might not be readable any more."""
    present = shapes()
    refused = refused_changes(read_lock(), present)
    if not refused:
        LOCK.write_text(as_text(present), encoding="utf-8")
    return refused


def main(arguments: list[str]) -> int:
    """0 when done; 1 when changes were refused."""
    refused = write_lock() if "--write" in arguments else []
    for fault in refused:
        sys.stderr.write(f"{fault}\n")
    if "--docs" in arguments:
        write_document()
    return int(bool(refused))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
