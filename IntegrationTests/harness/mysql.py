"""A MySQL or MariaDB server: the one of MILLRACE_MYSQL_URL or MILLRACE_MARIADB_URL, or a private one that `services` starts."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import zlib
from contextlib import contextmanager

from .server import services


class MySQLServer:
    suffix = ".sql"

    def __init__(self, url, name):
        parts = urllib.parse.urlsplit(url)
        self.name = name
        self.host, self.port = parts.hostname, parts.port or 3306
        self.user, self.password = parts.username, urllib.parse.unquote(parts.password or "")
        self.home = parts.path.lstrip("/")

    def connect(self, database=None, **options):
        import pymysql   # only the tests of this server need it
        return pymysql.connect(host=self.host, port=self.port, user=self.user, password=self.password, database=database or self.home,
                               charset="utf8mb4", autocommit=True, **options)

    def query(self, sql, database=None, parameters=None):
        """Runs one statement; returns its rows, or an empty tuple."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else ()
        finally:
            connection.close()

    def script(self, path_or_sql, database=None):
        """Runs a script as the mysql client does: a file, or text. An error ends it and is raised."""
        text = path_or_sql.read_text() if isinstance(path_or_sql, pathlib.Path) else path_or_sql
        done = subprocess.run([client(), "--no-defaults", f"-h{self.host}", f"-P{self.port}", f"-u{self.user}", f"-p{self.password}",
                               "--default-character-set=utf8mb4", database or self.home],
                              input=text, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            raise RuntimeError(f"mysql: {done.stderr}")

    def settings(self, database=None):
        """The connection part of a configuration. Which databases are captured is not part of it."""
        return {"database.hostname": self.host, "database.port": str(self.port), "database.user": self.user,
                "database.password": self.password, "database.server.id": self.variant_settings({}, "")["database.server.id"]}

    def variant_settings(self, configuration, variant):
        return {"database.server.id": str(200_000 + zlib.crc32(variant.encode()) % 1_000_000)}

    def create_database(self, name):
        self.drop_database(name)
        self.query(f"create database `{name}`")

    def drop_database(self, name):
        self.query(f"drop database if exists `{name}`")

    def forget(self, connectors):
        """Nothing of a connector stays on this server."""

    def end_streams(self):
        """A server notices only with its next event that a reader of its log is gone."""
        import pymysql
        for number, in self.query("select id from information_schema.processlist where command like 'Binlog Dump%'"):
            try:
                self.query(f"kill {number}")
            except pymysql.err.OperationalError as error:
                if error.args[0] != 1094:   # it has ended by itself meanwhile
                    raise

    def streaming(self, connectors):
        """How many connectors read the log at this moment."""
        return len(self.query("select 1 from information_schema.processlist where command like 'Binlog Dump%'"))

    @contextmanager
    def database(self, name):
        self.create_database(name)
        try:
            yield name
        finally:
            self.drop_database(name)


def client():
    """The command-line client: Debian's is MariaDB's, which speaks to both."""
    return shutil.which("mariadb") or shutil.which("mysql") or "mariadb"


def program(name):
    """One of the programs that come with a server: this machine's, or those of the MySQL that `services` has unpacked."""
    base = pathlib.Path(os.environ.get("MILLRACE_SERVICES_DIR") or pathlib.Path(tempfile.gettempdir()) / "millrace-services")
    unpacked = base / "mysql-root" / "bin" / name
    return str(unpacked) if unpacked.exists() else shutil.which(name)


def start(name="mysql", **settings):
    """The server of that name (`mysql…` or `mariadb…`), started if need be. Only the plain ones can be given by the environment."""
    given = os.environ.get(f"MILLRACE_{name.upper()}_URL")
    if given:
        return MySQLServer(given, name)
    done = subprocess.run([services, "start", name, *(f"{key.replace('_', '-')}={value}" for key, value in settings.items())],
                          stdout=subprocess.PIPE, text=True, check=True)
    return MySQLServer(re.search(r"=(mysql://\S+)", done.stdout)[1], name)
