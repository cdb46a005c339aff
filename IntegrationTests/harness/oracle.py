"""The real Debezium, run on the same configurations. It records; the tests do not need it."""

import os
import pathlib
import subprocess

# For short runs: half the CPU time of a start.
quick = "-Xms128m -Xmx1g -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData"
script = pathlib.Path(__file__).resolve().parent.parent / "oracle" / "debezium"


def run(config, settings, out, state=None, idle=3, log=None, options=()):
    """Runs it until nothing came for `idle` seconds; the records are written to the file `out`."""
    arguments = [script, config, *(f"{key}={value}" for key, value in settings.items()), "--out", out, "--idle", str(idle), *options]
    if state:
        arguments += ["--state", state]
    with open(log or os.devnull, "ab") as errors:
        subprocess.run([str(argument) for argument in arguments], check=True, stderr=errors, stdout=subprocess.DEVNULL,
                       env={"DEBEZIUM_LOG": "ERROR", "JAVA_OPTS": quick, **os.environ})
