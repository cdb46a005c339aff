"""Records as lines of text: what differs from run to run is masked, all else is compared byte for byte."""

import json
import re

# Clocks, log positions, transaction numbers and the version, as they stand in a record; what follows the colon is a
# number there, so that a field of a schema ({"field":"lsn"}) stays. A null stays a null.
_masks = [
    (re.compile(r'"((?:__)?(?:source_)?(?:ts_ms|ts_us|ts_ns|lsn|txId|xmin|wallTime)|__position)":-?\d+'), r'"\1":"*"'),
    (re.compile(r'"((?:__)?(?:source_)?ord)":\d+'), r'"\1":"*"'),   # of MongoDB's cluster time; -1 in a snapshot
    (re.compile(r'(\{\\"id\\": \{\\"\$binary\\": \\")[\w+/=]+'), r'\1*'),   # of a session
    (re.compile(r'("(?:source_)?sequence":"\[)([^\]]*)(\]")'), lambda m: m[1] + re.sub(r"\d+", "*", m[2]) + m[3]),
    (re.compile(r'"((?:source_)?version)":"[^"]*"(,"(?:source_)?connector":")'), r'"\1":"*"\2'),
    (re.compile(r'({"key":"__debezium\.context\.runId","value":(?:\{"schema":\{[^}]*\},"payload":)?)"[^"]*"'), r'\1"*"'),
    (re.compile(r'"id":"\d+:\d+"'), '"id":"*:*"'),   # of a transaction
    (re.compile(r'"id":"[0-9a-f-]{36}:\d+"'), '"id":"*:*"'),   # the same of MySQL
    (re.compile(r'"id":"\d+-\d+-\d+"'), '"id":"*:*"'),   # and of MariaDB
    (re.compile(r'("(?:__)?(?:source_)?gtid":)"[^"]*"'), r'\1"*"'),   # MySQL's positions
    (re.compile(r'("file":)"[^"]*"(,"pos":)\d+(,"row":\d+,"thread":)(null|\d+)'),
     lambda m: f'{m[1]}"*"{m[2]}"*"{m[3]}' + ("null" if m[4] == "null" else '"*"')),
    (re.compile(r'("__(?:f|source_file)":)"[\w.-]+\.\d{6}"'), r'\1"*"'),   # the file in a field of its own
    (re.compile(r'("__source_thread":)\d+'), r'\1"*"'),
    (re.compile(r'("iodebezium(?:gtid|file|pos|thread)":)"[^"]*"'), r'\1"*"'),
    (re.compile(r'("id":"name:[^;]*;file:)[^;]*;pos:\d+"'), r'\1*;pos:*"'),
    (re.compile(r'(\$LogicalDecodingMessageId@)[0-9a-f]+'), r'\1*'),   # the identity of a Java object
    (re.compile(r'("id":"name:[^;]*;ts:)\d+(;ord:)(-1|\d+)"'), lambda m: f'{m[1]}*{m[2]}{m[3] if m[3] == "-1" else "*"}"'),   # MongoDB's
    (re.compile(r'("iodebezium(?:wallTime|txnNumber)":)"[^"]*"'), r'\1"*"'),
    (re.compile(r'("iodebeziumord":)\d+'), r'\1"*"'),
    (re.compile(r'"(iodebezium(?:version|tsms|tsus|tsns|txId|lsn|xmin|txid))":"[^"]*"'), r'"\1":"*"'),
    (re.compile(r'"(iodebeziumsequence)":"(\[(?:null|\\"\d+\\"),)\\"\d+\\"\]"'), lambda m: f'"{m[1]}":"{re.sub(chr(92) + "d+", "*", m[2])}' + r'\"*\"]"'),
    (re.compile(r'("id":"name:[^;]*;lsn:)\d+(;txId:)\d+(;sequence:)([^\]]*\])"'), lambda m: f'{m[1]}*{m[2]}*{m[3]}{re.sub(chr(92) + "d+", "*", m[4])}"'),
    (re.compile(r'(\\"gtid_set\\": \\")[^"\\]*'), r'\1*'),   # in a signal
    (re.compile(r'("specversion":"1\.0","type":"[^"]*","time":)"[^"]*"'), r'\1"*"'),
    (re.compile(r'({"key":"(?:__)?(?:source_)?(?:ts_ms|ts_us|ts_ns|lsn|txId)","value":)("?)-?\d+\2'), r'\1"*"'),
]

_decoder = json.JSONDecoder()


def mask(line):
    for pattern, replacement in _masks:
        line = pattern.sub(replacement, line)
    return _mask_notification(line) if '"aggregate_type":"' in line else line


def _mask_notification(line):
    """Its time, its id where no signal has chosen it; the order of Debezium's data is that of a hash table."""
    line = re.sub(r'"id":"[0-9a-f]{8}-[0-9a-f-]{27}"', '"id":"*"', line)
    line = re.sub(r'"timestamp":\d+', '"timestamp":"*"', line)

    def sort(found):
        data = json.loads(found[1])
        if '"aggregate_type":"Initial Snapshot"' in line and '"type":"IN_PROGRESS"' in line and "data_collections" in data:
            data["data_collections"] = ",".join(sorted(data["data_collections"].split(",")))
        return '"additional_data":' + json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    return re.sub(r'"additional_data":(\{[^}]*\})', sort, line)


def settle(lines):
    """Heartbeats come when they like: each is kept once, behind all other records."""
    lines = [line for line in lines if '"type":"snapshot-window-' not in line]   # watermarks, which only Debezium writes
    # So do notifications about an incremental snapshot, in their order: Debezium's overtake the changes that lie in its queue.
    notes = [line for line in lines if '"aggregate_type":"Incremental Snapshot"' in line]
    lines = [line for line in lines if '"aggregate_type":"Incremental Snapshot"' not in line] + notes
    beats = [line for line in lines if '"serverName"' in line]
    return [line for line in lines if '"serverName"' not in line] + list(dict.fromkeys(beats))


def span(text, path):
    """Where in a JSON text the value at a dotted path stands, (start, end), or None. Where a record has its schema with it,
    the path goes on below `payload`."""
    at = 0
    for name in path.split("."):
        inside = _enter(text, at, name)
        if inside is None:
            payload = _enter(text, at, "payload")
            inside = None if payload is None else _enter(text, payload, name)
        if inside is None:
            return None
        at = inside
    return at, _decoder.raw_decode(text, at)[1]


def at(text, path):
    found = span(text, path)
    return text[found[0]:found[1]] if found else None


def _enter(text, at, name):
    if text[at] == "[":
        at, index = at + 1, 0
        while text[at] != "]":
            if str(index) == name:
                return at
            at, index = _decoder.raw_decode(text, at)[1], index + 1
            at += text[at] == ","
    elif text[at] == "{":
        at += 1
        while text[at] != "}":
            key, at = _decoder.raw_decode(text, at)
            at += 1   # the colon
            if key == name:
                return at
            at = _decoder.raw_decode(text, at)[1]
            at += text[at] == ","
    return None


def deviate(line, deviations):
    """The line as we mean it, where Debezium disagrees with itself. Each deviation names Debezium's text and ours, and the path
    of the value; without a path it is any part of the line."""
    used = []
    for deviation in deviations:
        where = deviation.get("where", {})
        if any(at(line, path) != text for path, text in where.items()):
            continue
        if "path" not in deviation:
            if deviation["debezium"] in line:
                line = line.replace(deviation["debezium"], deviation["millrace"])
                used.append(deviation)
            continue
        found = span(line, deviation["path"])
        if found and line[found[0]:found[1]] == deviation["debezium"]:
            line = line[:found[0]] + deviation["millrace"] + line[found[1]:]
            used.append(deviation)
    return line, used
