"""What a consumer makes of the records: a replica, and a check of their order."""

import json


class Replica:
    """Applies envelopes (schemas off) in the order of the file: create, update and read set a row, delete removes it.

    The changes make one history: each run of the process begins at some place of it, repeats from there on what was delivered
    before, in the same order and without a gap, and then adds to it. Whatever does not is in `disorder`."""

    def __init__(self):
        self.tables = {}       # topic → key text → row
        self.records = 0
        self.disorder = []
        self.rewinds = 0       # within a run: it has gone back to its checkpoint by itself
        self.repeated = 0
        self._history, self._index = [], {}
        self._next = 0         # where in the history this run is
        self._fresh = True     # whether the run may begin anywhere
        self._commit, self._transaction, self._change = 0, None, 0

    def next_run(self):
        """The records from here on are of another run of the process."""
        self._fresh = True

    def apply(self, line):
        record = json.loads(line, parse_float=str)   # a decimal's digits, as the source prints them
        self.records += 1
        value = record["value"]
        if value is None or "op" not in value:
            return
        topic, key = record["topic"], json.dumps(record["key"], sort_keys=True)
        rows = self.tables.setdefault(topic, {})
        if value["op"] == "d":
            rows.pop(key, None)
        elif value["op"] in "cru":
            rows[key] = value["after"]
        elif value["op"] == "t":
            rows.clear()
            return
        else:
            return
        if value["op"] != "r":
            self._order(self._change_of(value, topic, key), value["source"])

    def _change_of(self, value, topic, key):
        """What no other change is equal to."""
        return (value["source"]["lsn"], value["op"], topic, key)

    def _order(self, change, source):
        known = self._index.get(change)
        if known is None:
            if not self._fresh and self._next != len(self._history):
                self.disorder.append(f"{change} is new, but {len(self._history) - self._next} changes were not repeated before it")
            self._index[change] = len(self._history)
            self._history.append(change)
            self._next = len(self._history)
            self._rises(change, source)
        else:
            self.repeated += 1
            if known > self._next and not self._fresh:
                self.disorder.append(f"{change} comes {known - self._next} changes too early")
            self.rewinds += known < self._next and not self._fresh
            self._next = known + 1
        self._fresh = False

    def _rises(self, change, source):
        """What is new lies behind all that was before: later commits, and within a transaction later changes."""
        before = int(json.loads(source.get("sequence") or "[null]")[0] or 0)
        if before < self._commit:
            self.disorder.append(f"{change}: the commit before it is {before}, that of an earlier change {self._commit}")
        if source.get("txId") == self._transaction and change[0] < self._change:
            self.disorder.append(f"{change} lies before {self._change}, in one transaction")
        self._commit, self._transaction, self._change = max(before, self._commit), source.get("txId"), change[0]


class BinlogReplica(Replica):
    """The same of a binlog. Each change of a row writes a number of its own into the row's `stamp`."""

    def _change_of(self, value, topic, key):
        return ((value["after"] or value["before"])["stamp"], value["op"], topic, key)

    def _rises(self, change, source):
        place = (int(source["file"].rpartition(".")[2]), source["pos"])
        if place < self._place:
            self.disorder.append(f"{change} lies at {place}, before {self._place}")
        self._place = max(place, self._place)

    _place = (0, 0)


def read(path, starts=(), kind=Replica):
    """The replica of a file of records; a line that is no record is an error, the last one too. `starts` are the sizes that
    the file had when runs of the process began."""
    replica = kind()
    starts, at = sorted(starts), 0
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            while starts and at >= starts[0]:
                starts.pop(0)
                replica.next_run()
            at += len(line)
            assert line.endswith(b"\n"), "the last line is torn"
            try:
                replica.apply(line)
            except ValueError as error:
                raise AssertionError(f"line {number} is torn: {line[:80]!r} … {line[-40:]!r}") from error
    return replica
