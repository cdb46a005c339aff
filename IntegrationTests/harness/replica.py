"""What a consumer makes of the records: a replica, and the order in which each key's states arrived."""

import json


class Replica:
    """Applies envelopes (schemas off) in the order of the file: create, update and read set a row, delete removes it."""

    def __init__(self):
        self.tables = {}     # topic → key text → row
        self.records = 0
        self.disorder = []
        self._last = {}      # key → (lsn, state) of what was delivered last
        self._seen = {}      # (topic, key) → positions delivered, in order, each once
        self._run = {}       # key → position in this run of the process; and the last commit of it
        self._commit = 0

    def next_run(self):
        """The records from here on are of another run, which can begin with a replay."""
        self._run, self._commit = {}, 0

    def apply(self, line):
        record = json.loads(line, parse_float=str)   # a decimal's digits, as the source prints them
        self.records += 1
        value = record["value"]
        if value is None:
            return
        topic, key = record["topic"], json.dumps(record["key"], sort_keys=True)
        rows = self.tables.setdefault(topic, {})
        if value["op"] == "d":
            rows.pop(key, None)
        elif value["op"] in "cru":
            rows[key] = value["after"]
        else:
            return
        self._order(topic, key, value)

    def _order(self, topic, key, value):
        """Positions of one key rise, but for a replay, which begins at one that was delivered before and repeats the rest."""
        if value["op"] == "r":
            return
        lsn, commit = value["source"]["lsn"], json.loads(value["source"].get("sequence") or "[null]")[0]
        if lsn < self._run.get((topic, key), 0):
            self.disorder.append(f"{topic} {key}: {lsn} after {self._run[topic, key]} in one run")
        if commit and int(commit) < self._commit:
            self.disorder.append(f"{topic} {key}: the commit before it is {commit}, that of an earlier record {self._commit}")
        self._run[topic, key], self._commit = lsn, int(commit or self._commit)
        position = (value["source"]["lsn"], value["op"], json.dumps(value["after"], sort_keys=True))
        seen = self._seen.setdefault((topic, key), ([], {}))
        history, index = seen
        if position in index:
            self._last[topic, key] = index[position]
            return
        last = self._last.get((topic, key), -1)
        if last != len(history) - 1:
            self.disorder.append(f"{topic} {key}: new state at {position[0]} although its replay stood at {last} of {len(history)}")
        if history and position[0] < history[-1][0]:
            self.disorder.append(f"{topic} {key}: {position[0]} after {history[-1][0]}")
        index[position] = len(history)
        self._last[topic, key] = len(history)
        history.append(position)


def read(path, starts=()):
    """The replica of a file of records; a line that is no record is an error, the last one too. `starts` are the sizes that
    the file had when runs of the process began."""
    replica = Replica()
    data = path.read_bytes()
    assert data.endswith(b"\n"), "the last line is torn"
    starts, at = sorted(starts), 0
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        while starts and at >= starts[0]:
            starts.pop(0)
            replica.next_run()
        at += len(line) + 1
        try:
            replica.apply(line)
        except ValueError as error:
            raise AssertionError(f"line {number} is torn: {line[:80]!r} … {line[-40:]!r}") from error
    return replica
