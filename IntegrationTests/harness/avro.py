"""Avro's binary encoding, read back: a few lines that know nothing of how ours or Java's writers work."""

import base64
import json
import struct


def decode(text, data):
    """The value as JSON shows it (bytes in base 64), by the schema `text`. Numbers that are longer than need be, several blocks and bytes
    that are left are errors, so that equal values are equal bytes."""
    reader = _Reader(data)
    schema = json.loads(text)
    if schema == "bytes" or isinstance(schema, dict) and schema["type"] == "bytes":   # alone they have no length before them
        return base64.b64encode(data).decode()
    value = reader.value(schema, "", dict(_names(schema, "")))
    assert reader.at == len(data), f"{len(data) - reader.at} bytes are left"
    return value


def _full(schema, space):
    return schema["name"] if "." in schema["name"] else f"{schema.get('namespace', space)}.{schema['name']}".lstrip(".")


def _names(schema, space):
    """Each named type of a schema."""
    if isinstance(schema, list):
        for branch in schema:
            yield from _names(branch, space)
    elif isinstance(schema, dict):
        if "name" in schema:
            yield _full(schema, space), schema
            space = _full(schema, space).rpartition(".")[0]
        for inner in [schema.get("items"), schema.get("values"), *(field["type"] for field in schema.get("fields", []))]:
            yield from _names(inner, space)


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        assert 0 <= count <= len(self.data) - self.at, "the bytes end too early"
        self.at += count
        return self.data[self.at - count:self.at]

    def long(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                assert byte or shift == 7, "a number is longer than it need be"
                return value >> 1 ^ -(value & 1)

    def blocks(self, one):
        found = []
        while (count := self.long()) != 0:
            assert count > 0 and not found, "not one block"
            found = [one() for _ in range(count)]
        return found

    def value(self, schema, space, names):
        if isinstance(schema, list):
            return self.value(schema[self.long()], space, names)
        if isinstance(schema, str):
            name = next((name for name in (f"{space}.{schema}", schema) if name in names), None)
            if name:
                schema, space = names[name], name.rpartition(".")[0]
        kind = schema if isinstance(schema, str) else schema["type"]
        if kind == "enum":
            return schema["symbols"][self.long()]
        if kind == "record":
            space = _full(schema, space).rpartition(".")[0]
            return {field["name"]: self.value(field["type"], space, names) for field in schema["fields"]}
        match kind:
            case "null": return None
            case "boolean": return {b"\0": False, b"\1": True}[self.take(1)]
            case "int" | "long": return self.long()
            case "float": return struct.unpack("<f", self.take(4))[0]
            case "double": return struct.unpack("<d", self.take(8))[0]
            case "string": return self.take(self.long()).decode()
            case "bytes": return base64.b64encode(self.take(self.long())).decode()
            case "array": return self.blocks(lambda: self.value(schema["items"], space, names))
            case "map": return dict(self.blocks(lambda: (self.value("string", space, names), self.value(schema["values"], space, names))))
        raise ValueError(f"what is {kind}?")
