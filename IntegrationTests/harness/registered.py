"""Records whose schemas are in a registry: the stand-in registries of a golden case, and what its records look like as text."""

import base64
import json

from . import avro, records
from .stand_in_registry import StandInRegistry

PLACEHOLDER = "http://registry"


class Registries:
    def __init__(self):
        self.by_variant = {}

    def connectors(self, configuration, settings):
        """The settings of each variant with the URL of its own registry, where it wants one."""
        for variant, own in settings.items():
            for key, value in {**configuration, **own}.items():
                if value == PLACEHOLDER or str(value).startswith(PLACEHOLDER + "/"):
                    registry = self.by_variant.setdefault(variant, None) or StandInRegistry()
                    self.by_variant[variant] = registry
                    own[key] = registry.url + value[len(PLACEHOLDER):]
        return settings

    def settle(self, variant, lines):
        """The masked records, readable, and behind them the schemas."""
        registry = self.by_variant.get(variant)
        if not registry:
            return records.settle([records.mask(line) for line in lines])
        registry.close()
        used = []
        lines = records.settle([records.mask(_readable(line, registry, used)) for line in lines])
        return lines + [json.dumps({"schema": place, "type": registry.language(number), "subjects": registry.subjects_of(number), "text": registry.text(number)},
                                   ensure_ascii=False, separators=(",", ":")) for place, number in enumerate(used, 1)]


def _readable(line, registry, used):
    record = json.loads(line)
    for side in ("key", "value"):
        if isinstance(record[side], dict) and set(record[side]) == {"base64"}:
            record[side] = _message(base64.b64decode(record[side]["base64"]), registry, used)
        event = record[side].get("payload", record[side]) if isinstance(record[side], dict) else None
        if isinstance(event, dict) and "dataschema" in event:   # a CloudEvent, whose data is a message of its own
            data = base64.b64decode(event["data"])
            assert event["dataschema"] == f"{registry.url}/schemas/ids/{int.from_bytes(data[1:5], 'big')}"
            event["data"] = _message(data, registry, used)
            event["dataschema"] = f"{PLACEHOLDER}/schemas/ids/{event['data']['schema']}"
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _message(data, registry, used):
    """A message that begins with a zero and the number of its schema; schemas are counted anew, in the order of the records."""
    assert data[0] == 0, "no message of a registry's"
    number = int.from_bytes(data[1:5], "big")
    if number not in used:
        used.append(number)
    return {"schema": used.index(number) + 1, "payload": {"AVRO": avro.decode}[registry.language(number)](registry.text(number), data[5:])}
