"""The golden corpus: golden/<case>/{setup.sql, changes.sql, config.json, expected.jsonl}.

The connector of config.json says which kind of server a case is played on; a MongoDB's scripts are Python (setup.py …), see
MongoServer.script. A case is played in a database of its own: setup.sql, a first run (the snapshot) that ends when it is idle, changes.sql
while nothing runs, a second run that goes on from the first (with config-2.json, where there is one). Where there is a
live.sql, a third run is under way while it is played, statement by statement. `golden/record` plays it with the real Debezium
and writes expected.jsonl, the masked records.

Where a converter's `schema.registry.url` (or Apicurio's) is `http://registry`, each variant has a stand-in registry of its own: keys and
values are shown as they are read back, `{"schema":N,"payload":…}`, and the schemas stand behind the records.

A part of a configuration that connects to the server by itself has `PREFIX.database.dbname` and no more: the rest of the connection is
put beside it.

Where there is a variants.json, {name: {setting: value}}, one play serves them all: each variant is a connector of its own, with
these settings over config.json's and a slot and publication of its own, and expects the records of expected-NAME.jsonl.

A file `like` names the case of another connector whose scripts, variants and records (as we mean them) are the case's too, but for the
connector's name in the records and the thread, which MariaDB's log does not have. Debezium has not recorded it."""

import functools
import json
import pathlib
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from . import millrace, mongodb, mysql, oracle, records, registered, server
from .server import wait_until

folder = pathlib.Path(__file__).resolve().parent.parent / "golden"


def cases():
    return sorted(path.parent.name for path in folder.glob("*/config.json"))


def origin(case):
    """The case whose scripts and records it has: itself, or the one that its file `like` names."""
    path = folder / case / "like"
    return path.read_text().strip() if path.exists() else case


def variants(case):
    """The names of a case's variants with their settings; a case without them has one, which has no name."""
    path = folder / case / "variants.json"
    path = path if path.exists() else folder / origin(case) / "variants.json"
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
    if not name and origin(case) != case:
        return _translated(case, variant)
    path = folder / case / name if name else file(case, variant)
    return path.read_text().split("\n")[:-1]


def _translated(case, variant):
    """The records of the case that it is like, as this connector would write them."""
    there, here = (connector_name(name) for name in (origin(case), case))
    names = re.compile(rf'("connector":|"__debezium.context.connectorName","value":)"{there}"|io\.debezium\.connector\.{there}\.')
    setup = folder / case / "setup.sql"
    if setup.exists():   # one of its own has some of the tables only
        tables = set(re.findall(r"create table (\w+)", setup.read_text()))
    lines = (records.deviate(line, deviations(origin(case), variant))[0] for line in expected(origin(case), variant))
    lines = (names.sub(lambda m: f'{m[1]}"{here}"' if m[1] else f"io.debezium.connector.{here}.", line) for line in lines)
    if setup.exists():
        lines = (line for line in lines if json.loads(records.at(line, "value.source.table")) in tables)
    return [line.replace('"thread":"*"', '"thread":null') if here == "mariadb" else line for line in lines]


def connector_name(case):
    """As records call it."""
    return ENGINES[_configuration(case)["connector.class"].rpartition(".")[2]][1]


def _configuration(case):
    text = json.loads((folder / case / "config.json").read_text())
    return text.get("config", text)


def is_not_recorded(case):
    """Why the real Debezium cannot play it here; None where it can."""
    if "MariaDb" in _configuration(case)["connector.class"]:
        return "the oracle has no MariaDB connector"
    return None


def connectors(server, case):
    """The settings of each variant's connector."""
    return {variant: {**server.variant_settings(_configuration(case), variant), **settings} for variant, settings in variants(case).items()}


# By the connector's class: how a server is started, and the name of the one that is used where a case names none.
ENGINES = {"PostgresConnector": (server.start, "postgres"), "MySqlConnector": (mysql.start, "mysql"),
           "MariaDbConnector": (mysql.start, "mariadb"), "MongoDbConnector": (mongodb.start, "mongodb")}


class NotHere(Exception):
    """What a case needs cannot be had on this machine."""


@functools.cache
def _started(start, name):
    return start(name)


def place(case):
    """The server that a case is played on: that of its connector, or the further one that its file `server` names. It must have
    the extensions that setup.sql creates."""
    start, name = ENGINES[_configuration(case)["connector.class"].rpartition(".")[2]]
    path = folder / case / "server"
    if path.exists():
        name = path.read_text().strip()
    try:
        place = _started(start, name)
    except subprocess.CalledProcessError:
        raise NotHere(f"{name} cannot be started here; what services says stands above")
    wanted = set(re.findall(r"create extension (\w+)", script(place, case, "setup").read_text()))
    missing = wanted - {name for name, in place.query("select name from pg_available_extensions")} if wanted else wanted
    if missing:
        raise NotHere(f"the server has no extension {', '.join(sorted(missing))}: install its package")
    return place


def connection(server, database, configuration):
    """The settings that say where the server is: the connector's, and those of parts with a connection of their own."""
    own = server.settings(database)
    below = [key.removesuffix("database.dbname") for key in configuration if key.endswith(".database.dbname")]
    return {prefix + key: value for prefix in ["", *below] for key, value in own.items()}


def script(server, case, name):
    own = folder / case / (name + server.suffix)
    return own if own.exists() else folder / origin(case) / own.name


def play(case, play_once, registries, at_once=1):
    """`play_once(variant, config, settings, n)` is one run to idleness; its last argument counts the runs. So many variants run
    at once."""
    server = place(case)
    database = "golden_" + re.sub(r"\W", "_", origin(case))
    own = registries.connectors(_configuration(case), connectors(server, case))
    server.forget([{**_configuration(case), **settings} for settings in own.values()])
    server.create_database(database)

    def play_all(n):
        config = folder / case / "config-2.json"
        if n != 2 or not config.exists():
            config = folder / case / "config.json"
        with ThreadPoolExecutor(at_once) as runs:
            list(runs.map(lambda v: play_once(v, config, {**connection(server, database, _configuration(case)), **own[v]}, n), own))

    try:
        server.script(script(server, case, "setup"), database)
        play_all(1)
        if script(server, case, "changes").exists():
            server.script(script(server, case, "changes"), database)
            play_all(2)
        if script(server, case, "live").exists():
            if hasattr(server, "end_streams"):   # those of the runs before are not to be taken for this one's
                server.end_streams()
            with ThreadPoolExecutor(1) as second:
                run = second.submit(play_all, 3)
                wait_until(lambda: run.done() or server.streaming(
                    [{**_configuration(case), **settings} for settings in own.values()]) >= len(own))
                for statement in script(server, case, "live").read_text().split(";\n"):
                    time.sleep(0.4)   # Debezium asks the database for what the log does not say, at the time when it reads it
                    server.script(statement, database)
                run.result()
    finally:
        for name in {database, *re.findall(r"create database (\w+)", script(server, case, "setup").read_text())}:
            server.drop_database(name)


def play_debezium(case, work):
    """The masked lines of the real Debezium, by variant."""
    lines = {variant: [] for variant in variants(case)}
    registries = registered.Registries()

    def once(variant, config, settings, n):
        out = work / f"out-{variant}-{n}"
        if "Postgres" in _configuration(case)["connector.class"]:
            # Its default plug-in is an extension; ours is pgoutput, also where the configuration names none.
            settings = {**settings, "plugin.name": "pgoutput"}
        for idle in (4, 20) if n == 1 else (6, 20):   # on a busy machine it can take seconds to begin
            oracle.run(config, settings, out, state=work / f"state-{variant}", log=work / "log", idle=idle)
            if out.stat().st_size:
                break
        lines[variant].extend(out.read_text().split("\n")[:-1])

    # What is played live is played once for all.
    play(case, once, registries, at_once=4 if any((folder / case).glob("live.*")) else 1)
    return {variant: registries.settle(variant, got) for variant, got in lines.items()}


def play_millrace(case, work, idle="1.5"):
    """The masked lines of ours, by variant."""
    def output(variant):
        return work / variant if variant else work

    def once(variant, config, settings, n):
        output(variant).mkdir(exist_ok=True)
        # While live.sql is played, its pauses are no end.
        millrace.run(config, {**settings, **millrace.file_output(output(variant))}, "--exit-when-idle", "4" if n == 3 else idle,
                     log=output(variant) / "log")

    registries = registered.Registries()
    play(case, once, registries, at_once=4)
    got = {}
    for variant in variants(case):
        out = output(variant) / "records.jsonl"
        lines = out.read_text().split("\n") if out.exists() else [""]
        assert lines.pop() == "", "the file ends with a torn line"
        got[variant] = registries.settle(variant, lines)
    return got
