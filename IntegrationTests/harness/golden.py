"""The golden corpus: golden/<case>/{setup.sql, changes.sql, config.json, expected.jsonl}.

A case is played in a database of its own: setup.sql, a first run (the snapshot) that ends when it is idle, changes.sql
while nothing runs, a second run that goes on from the first (with config-2.json, where there is one). Where there is a
live.sql, a third run is under way while it is played, statement by statement. `golden/record` plays it with the real Debezium
and writes expected.jsonl, the masked records.

Where there is a variants.json, {name: {setting: value}}, one play serves them all: each variant is a connector of its own, with
these settings over config.json's and a slot and publication of its own, and expects the records of expected-NAME.jsonl."""

import json
import pathlib
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from . import millrace, oracle, records
from .server import start, wait_until

folder = pathlib.Path(__file__).resolve().parent.parent / "golden"


def cases():
    return sorted(path.parent.name for path in folder.glob("*/config.json"))


def variants(case):
    """The names of a case's variants with their settings; a case without them has one, which has no name."""
    path = folder / case / "variants.json"
    return json.loads(path.read_text()) if path.exists() else {"": {}}


def _entries(case, variant):
    entries = json.loads((folder / "deviations.json").read_text())["deviations"]
    return [entry for entry in entries if case in entry["cases"] or f"{case}/{variant}" in entry["cases"]]


def deviations(case, variant=""):
    """Those of the case, and of the variant alone: `case/variant`."""
    return [entry for entry in _entries(case, variant) if "records" not in entry]


def file(case, variant, name="expected"):
    """Where the records of a variant stand."""
    return folder / case / (f"{name}-{variant}.jsonl" if variant else f"{name}.jsonl")


def expected(case, variant=""):
    """Debezium's records, or ours where they differ as a whole: then `deviations.json` names the case, the file and the reason."""
    name = next((entry["records"] for entry in _entries(case, variant) if "records" in entry), None)
    path = folder / case / name if name else file(case, variant)
    return path.read_text().split("\n")[:-1]


def _configuration(case):
    text = json.loads((folder / case / "config.json").read_text())
    return text.get("config", text)


def slot(case, variant=""):
    return named(_configuration(case).get("slot.name", "debezium"), variant)


def named(name, variant):
    return f"{name}_{re.sub(r'[^a-z0-9]', '_', variant)}" if variant else name


def variant_settings(case, variant):
    """What a variant has over config.json."""
    if not variant:
        return {}
    own = {"slot.name": slot(case, variant)}
    if "publication.name" in _configuration(case):
        own["publication.name"] = named(_configuration(case)["publication.name"], variant)
    return {**own, **variants(case)[variant]}


class NotHere(Exception):
    """What a case needs cannot be had on this machine."""


def place(server, case):
    """The server that a case is played on: the given one, or the further one that its file `server` names. It must have the
    extensions that setup.sql creates."""
    path = folder / case / "server"
    if path.exists():
        try:
            server = start(path.read_text().strip())
        except subprocess.CalledProcessError:
            raise NotHere(f"{path.read_text().strip()} cannot be started here; what services says stands above")
    has = {name for name, in server.query("select name from pg_available_extensions")}
    missing = set(re.findall(r"create extension (\w+)", (folder / case / "setup.sql").read_text())) - has
    if missing:
        raise NotHere(f"the server has no extension {', '.join(sorted(missing))}: install its package")
    return server


def prepare(server, case):
    database = "golden_" + re.sub(r"\W", "_", case)
    for variant in variants(case):
        server.drop_slots("slot_name = %s", slot(case, variant))
    server.create_database(database)
    server.script(folder / case / "setup.sql", database)
    return database


def play(server, case, play_once, at_once=1):
    """`play_once(variant, config, settings, n)` is one run to idleness; its last argument counts the runs. So many variants run
    at once."""
    server = place(server, case)
    database = prepare(server, case)
    names = list(variants(case))

    def play_all(n):
        config = folder / case / "config-2.json"
        if n != 2 or not config.exists():
            config = folder / case / "config.json"
        with ThreadPoolExecutor(at_once) as runs:
            list(runs.map(lambda v: play_once(v, config, {**server.settings(database), **variant_settings(case, v)}, n), names))

    try:
        play_all(1)
        if (folder / case / "changes.sql").exists():
            server.script(folder / case / "changes.sql", database)
            play_all(2)
        if (folder / case / "live.sql").exists():
            with ThreadPoolExecutor(1) as second:
                run = second.submit(play_all, 3)
                slots = [slot(case, variant) for variant in names]
                wait_until(lambda: run.done() or len(slots) == len(server.query(
                    "select 1 from pg_replication_slots where slot_name = any(%s) and active", parameters=[slots])))
                for statement in (folder / case / "live.sql").read_text().split(";\n"):
                    time.sleep(0.4)   # Debezium asks the database for what the log does not say, at the time when it reads it
                    server.script(statement, database)
                run.result()
    finally:
        server.drop_database(database)


def play_debezium(server, case, work):
    """The masked lines of the real Debezium, by variant."""
    lines = {variant: [] for variant in variants(case)}

    def once(variant, config, settings, n):
        out = work / f"out-{variant}-{n}"
        # Its default plug-in is an extension; ours is pgoutput, also where the configuration names none.
        for idle in (4, 20) if n == 1 else (6, 20):   # on a busy machine it can take seconds to begin
            oracle.run(config, {**settings, "plugin.name": "pgoutput"}, out, state=work / f"state-{variant}", log=work / "log", idle=idle)
            if out.stat().st_size:
                break
        lines[variant].extend(out.read_text().split("\n")[:-1])

    play(server, case, once)
    return {variant: records.settle([records.mask(line) for line in got]) for variant, got in lines.items()}


def play_millrace(server, case, work, idle="1.5"):
    """The masked lines of ours, by variant."""
    def output(variant):
        return work / variant if variant else work

    def once(variant, config, settings, n):
        output(variant).mkdir(exist_ok=True)
        millrace.run(config, {**settings, **millrace.file_output(output(variant))}, "--exit-when-idle", idle, log=output(variant) / "log")

    play(server, case, once, at_once=4)
    got = {}
    for variant in variants(case):
        out = output(variant) / "records.jsonl"
        lines = out.read_text().split("\n") if out.exists() else [""]
        assert lines.pop() == "", "the file ends with a torn line"
        got[variant] = records.settle([records.mask(line) for line in lines])
    return got
