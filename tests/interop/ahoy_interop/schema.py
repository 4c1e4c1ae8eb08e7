"""As much of JSON Schema as docs/phone-events.schema.json needs, to check each line that `ahoy --json` prints.

Stricter than the schema in one point: a field that the schema does not name is a fault here, since it is documented nowhere.
"""

import json
import re

from .room import source_dir

_TYPES = {"object": dict, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
_KNOWN = {
    "$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "oneOf", "enum", "const",
    "pattern", "minimum", "maximum",
}  # fmt: skip


class Schema:
    def __init__(self, root):
        self.root = root
        self._refuse_unknown_words(root)

    def _refuse_unknown_words(self, schema):
        """A word that this checker does not know would be a check that is never made."""
        if set(schema) - _KNOWN:
            raise ValueError(f"the schema uses {sorted(set(schema) - _KNOWN)}, which is not checked")
        for part in [*schema.get("$defs", {}).values(), *schema.get("properties", {}).values(), *schema.get("oneOf", [])]:
            self._refuse_unknown_words(part)

    def resolve(self, schema):
        while "$ref" in schema:
            path = schema["$ref"]
            if not path.startswith("#/$defs/"):
                raise ValueError(f"{path} is no local reference")
            schema = self.root["$defs"][path[len("#/$defs/") :]]
        return schema

    def faults(self, value, schema=None, where="line"):
        """What is wrong with the value, as sentences; none where it is right."""
        schema = self.resolve(self.root if schema is None else schema)
        if "oneOf" in schema:
            return self._one_of(value, schema["oneOf"], where)
        found = []
        if "const" in schema and value != schema["const"]:
            found.append(f"{where} is {value!r}, not {schema['const']!r}")
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{where} is {value!r}, none of {schema['enum']}")
        kind = schema.get("type")
        if kind and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
            return [*found, f"{where} is {value!r}, no {kind}"]
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{where} is {value!r}, which does not match {schema['pattern']}")
        if "minimum" in schema and value < schema["minimum"]:
            found.append(f"{where} is {value!r}, below {schema['minimum']}")
        if "maximum" in schema and value > schema["maximum"]:
            found.append(f"{where} is {value!r}, above {schema['maximum']}")
        if kind == "object":
            found += [f"{where} has no {name}" for name in schema.get("required", []) if name not in value]
            for name, part in value.items():
                known = schema.get("properties", {}).get(name)
                found += [f"{where}.{name} is not in the schema"] if known is None else self.faults(part, known, f"{where}.{name}")
        return found

    def _one_of(self, value, choices, where):
        results = [(choice, self.faults(value, choice, where)) for choice in choices]
        right = [choice for choice, faults in results if not faults]
        if len(right) == 1:
            return []
        if right:
            return [f"{where} is more than one of the choices: {value}"]
        # The faults of the choice that it is meant to be say most.
        return min((faults for _, faults in results), key=len)

    def branch_of(self, value):
        """The name of the event's definition that the value is an instance of."""
        for choice in self.root["oneOf"]:
            if not self.faults(value, choice):
                return choice["$ref"].rpartition("/")[2]
        return None


_events = None


def phone_events():
    """The schema of what `ahoy --json` prints."""
    global _events
    if _events is None:
        _events = Schema(json.loads((source_dir() / "docs" / "phone-events.schema.json").read_text()))
    return _events


def check_lines(text, who):
    """Each whole line is one event of the schema."""
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            raise AssertionError(f"{who} printed what is no JSON: {line[:200]}") from None
        faults = phone_events().faults(event)
        if faults:
            raise AssertionError(f"{who} printed {line[:300]}, against docs/phone-events.schema.json: {'; '.join(faults[:4])}")
