"""A MongoDB replica set: the one of MILLRACE_MONGODB_URL, or a private one that `services` starts."""

import os
import pathlib
import re
import subprocess
from contextlib import contextmanager

from .server import services


class MongoServer:
    suffix = ".py"

    def __init__(self, url, name):
        self.url, self.name = url, name

    def client(self):
        import pymongo   # only the tests of this server need it
        return pymongo.MongoClient(self.url)

    def script(self, path_or_text, database):
        """Runs Python with `client`, `db` and the names of bson and datetime at hand."""
        import bson
        import datetime
        text = path_or_text.read_text() if isinstance(path_or_text, pathlib.Path) else path_or_text
        client = self.client()
        try:
            names = {name: getattr(bson, name) for name in
                     ("Binary", "Code", "DBRef", "Decimal128", "Int64", "MaxKey", "MinKey", "ObjectId", "Regex", "SON", "Timestamp")}
            exec(text, {**names, "client": client, "db": client[database], "datetime": datetime, "bson": bson})
        finally:
            client.close()

    def settings(self, database=None):
        """The connection part of a configuration. Which databases are captured is not part of it."""
        return {"mongodb.connection.string": self.url}

    def variant_settings(self, configuration, variant):
        return {}

    def create_database(self, name):
        self.drop_database(name)

    def drop_database(self, name):
        client = self.client()
        client.drop_database(name)
        client.close()

    def forget(self, connectors):
        """Nothing of a connector stays on this server."""

    def streaming(self, connectors):
        """How many change streams are open at this moment."""
        client = self.client()
        try:
            found = client.admin.aggregate([{"$currentOp": {"idleCursors": True, "allUsers": True}},
                                            {"$match": {"cursor.tailable": True, "cursor.originatingCommand.pipeline.0.$changeStream": {"$exists": True}}}])
            return len(list(found))
        finally:
            client.close()

    @contextmanager
    def database(self, name):
        self.create_database(name)
        try:
            yield name
        finally:
            self.drop_database(name)


def start(name="mongodb", **settings):
    """The server of that name (`mongodb…`), started if need be. Only the plain one can be given by the environment."""
    given = os.environ.get("MILLRACE_MONGODB_URL")
    if name == "mongodb" and given:
        return MongoServer(given, name)
    done = subprocess.run([services, "start", name, *(f"{key}={value}" for key, value in settings.items())],
                          stdout=subprocess.PIPE, text=True, check=True)
    return MongoServer(re.search(r"=(mongodb://\S+)", done.stdout)[1], name)
