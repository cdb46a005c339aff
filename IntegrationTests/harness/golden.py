"""The golden corpus: golden/<case>/{setup.sql, changes.sql, config.json, expected.jsonl}.

A case is played in a database of its own: setup.sql, a first run (the snapshot) that ends when it is idle, changes.sql
while nothing runs, a second run that goes on from the first (with config-2.json, where there is one). Where there is a
live.sql, a third run is under way while it is played, statement by statement. `golden/record` plays it with the real Debezium and writes expected.jsonl, the masked records."""

import json
import pathlib
import re
import time
from concurrent.futures import ThreadPoolExecutor

from . import millrace, oracle, records
from .server import wait_until

folder = pathlib.Path(__file__).resolve().parent.parent / "golden"


def cases():
    return sorted(path.parent.name for path in folder.glob("*/config.json"))


def deviations(case):
    entries = json.loads((folder / "deviations.json").read_text())["deviations"]
    return [entry for entry in entries if case in entry["cases"] and "records" not in entry]


def expected(case):
    """Debezium's records, or ours where they differ as a whole: then `deviations.json` names the case, the file and the reason."""
    entries = json.loads((folder / "deviations.json").read_text())["deviations"]
    name = next((entry["records"] for entry in entries if case in entry["cases"] and "records" in entry), "expected.jsonl")
    return (folder / case / name).read_text().split("\n")[:-1]


def slot(case):
    text = json.loads((folder / case / "config.json").read_text())
    return text.get("config", text).get("slot.name", "debezium")


def prepare(server, case):
    database = "golden_" + re.sub(r"\W", "_", case)
    server.drop_slots("slot_name = %s", slot(case))
    server.create_database(database)
    server.script(folder / case / "setup.sql", database)
    return database


def play(server, case, play_once):
    """`play_once(config, settings, n)` is one run to idleness; its third argument counts the runs."""
    database = prepare(server, case)
    config, settings = folder / case / "config.json", server.settings(database)
    second = folder / case / "config-2.json"
    try:
        play_once(config, settings, 1)
        if (folder / case / "changes.sql").exists():
            server.script(folder / case / "changes.sql", database)
            play_once(second if second.exists() else config, settings, 2)
        if (folder / case / "live.sql").exists():
            with ThreadPoolExecutor(1) as third:
                run = third.submit(play_once, config, settings, 3)
                wait_until(lambda: run.done() or server.query("select 1 from pg_replication_slots where slot_name = %s and active", parameters=[slot(case)]))
                for statement in (folder / case / "live.sql").read_text().split(";\n"):
                    time.sleep(0.4)   # Debezium asks the database for what the log does not say, at the time when it reads it
                    server.script(statement, database)
                run.result()
    finally:
        server.drop_database(database)


def play_debezium(server, case, work):
    """The masked lines of the real Debezium."""
    lines = []

    def once(config, settings, n):
        out = work / f"out-{n}"
        # Its default plug-in is an extension; ours is pgoutput, also where the configuration names none.
        for idle in (4, 20) if n == 1 else (6, 20):   # on a busy machine it can take seconds to begin
            oracle.run(config, {**settings, "plugin.name": "pgoutput"}, out, state=work / "state", log=work / "log", idle=idle)
            if out.stat().st_size:
                break
        lines.extend(out.read_text().split("\n")[:-1])

    play(server, case, once)
    return [records.mask(line) for line in lines]


def play_millrace(server, case, work, idle="1.5"):
    """The masked lines of ours."""
    def once(config, settings, n):
        millrace.run(config, {**settings, **millrace.file_output(work)}, "--exit-when-idle", idle, log=work / "log")

    play(server, case, once)
    out = work / "records.jsonl"
    lines = out.read_text().split("\n") if out.exists() else [""]
    assert lines.pop() == "", "the file ends with a torn line"
    return [records.mask(line) for line in lines]
