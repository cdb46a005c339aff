"""A PostgreSQL server: the one of MILLRACE_POSTGRES_URL, or a private one that `services` starts."""

import os
import pathlib
import re
import subprocess
import time
import urllib.parse
from contextlib import contextmanager

import psycopg2

services = pathlib.Path(__file__).resolve().parent.parent / "services"


class Server:
    suffix = ".sql"   # of its scripts

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port or 5432
        self.user, self.password = parts.username, urllib.parse.unquote(parts.password or "")
        self.home = parts.path.lstrip("/") or "postgres"

    def url(self, database=None):
        return f"postgresql://{self.user}:{urllib.parse.quote(self.password)}@{self.host}:{self.port}/{database or self.home}"

    def connect(self, database=None):
        connection = psycopg2.connect(self.url(database))
        connection.autocommit = True
        return connection

    def query(self, sql, database=None, parameters=None):
        """Runs one statement; returns its rows, or an empty list."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def script(self, path_or_sql, database=None):
        """Runs a script as psql does: a file, or text. An error ends it and is raised."""
        text = path_or_sql.read_text() if isinstance(path_or_sql, pathlib.Path) else path_or_sql
        done = subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", self.url(database)], input=text, text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr}")

    def settings(self, database=None):
        """The connection part of a configuration."""
        return {"database.hostname": self.host, "database.port": str(self.port), "database.user": self.user,
                "database.password": self.password, "database.dbname": database or self.home}

    def variant_settings(self, configuration, variant):
        """What a variant of a golden case has over config.json so that it is a connector of its own: slot and publication."""
        if not variant:
            return {}
        names = {"slot.name": configuration.get("slot.name", "debezium")}
        if "publication.name" in configuration:
            names["publication.name"] = configuration["publication.name"]
        suffix = re.sub(r"[^a-z0-9]", "_", variant)
        return {key: f"{name}_{suffix}" for key, name in names.items()}

    def forget(self, connectors):
        """Removes what earlier runs of these connectors (their settings) left on the server."""
        for settings in connectors:
            self.drop_slots("slot_name = %s", settings.get("slot.name", "debezium"))

    def streaming(self, connectors):
        """How many of these connectors read the log at this moment."""
        slots = [settings.get("slot.name", "debezium") for settings in connectors]
        return len(self.query("select 1 from pg_replication_slots where slot_name = any(%s) and active", parameters=[slots]))

    def create_database(self, name):
        self.drop_database(name)
        self.query(f'create database "{name}" template template0 encoding utf8')

    def drop_database(self, name):
        """With its slots, whoever holds them."""
        self.drop_slots("database = %s", name)
        self.query(f'drop database if exists "{name}" with (force)')

    def drop_slots(self, condition, value):
        for slot, process in self.query(f"select slot_name, active_pid from pg_replication_slots where {condition}", parameters=[value]):
            if process:
                self.query("select pg_terminate_backend(%s)", parameters=[process])
                wait_until(lambda: not self.query("select 1 from pg_replication_slots where slot_name = %s and active", parameters=[slot]))
            self.query("select pg_drop_replication_slot(%s)", parameters=[slot])

    @contextmanager
    def database(self, name):
        self.create_database(name)
        try:
            yield name
        finally:
            self.drop_database(name)


def start(name="postgres", **settings):
    """The server of that name, started if need be. Only the plain one can be given by the environment."""
    given = os.environ.get("MILLRACE_POSTGRES_URL")
    if name == "postgres" and given:
        return Server(given)
    done = subprocess.run([services, "start", name, *(f"{key}={value}" for key, value in settings.items())],
                          stdout=subprocess.PIPE, text=True, check=True)
    return Server(re.search(r"=(postgresql://\S+)", done.stdout)[1])


def start_standby(name, primary, slot, database):
    """A hot standby of a private server that runs; it keeps copies of its failover slots."""
    origin = start(primary)
    subprocess.run([services, "standby", name, primary], check=True)
    source = f"host={origin.host} port={origin.port} user={origin.user} password={origin.password} dbname={database}"
    return start(name, primary_conninfo=source, primary_slot_name=slot, hot_standby_feedback="on", sync_replication_slots="on")


def restart(name, mode="fast"):
    """Stops a server that `start` has started (`immediate`: it has to recover, as after a crash) and starts it on the same port."""
    subprocess.run([services, "restart", name, mode], stdout=subprocess.DEVNULL, check=True)


def stop(name):
    subprocess.run([services, "drop", name], check=True)


def wait_until(condition, seconds=30, what="a condition"):
    """Polls until the condition holds, and returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.02)
