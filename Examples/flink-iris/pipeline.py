"""Puts rows into the tables, follows what the Flink job makes of them, and draws it.
usage: pipeline.py URL BOOTSTRAP MILLRACE JARS PICTURE     (run does it all)
"""

import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient, NewTopic
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

here = pathlib.Path(__file__).resolve().parent
first = 12   # training rows before the first round


def sql(url, text):
    done = subprocess.run(["psql", "-qXAtF,", "-v", "ON_ERROR_STOP=1", url], input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return list(csv.reader(done.stdout.splitlines()))


class Results:
    """The topic that the job writes to."""

    def __init__(self, brokers, processes):
        self.processes, self.centres, self.predictions = processes, {}, []
        self.consumer = Consumer({"bootstrap.servers": brokers, "group.id": "picture", "auto.offset.reset": "earliest"})
        self.consumer.subscribe(["iris_predictions"])

    def until(self, condition, what, seconds=120):
        end = time.monotonic() + seconds
        while not condition():
            for process in self.processes:
                if process.poll() is not None:
                    sys.exit(f"{process.args[1]} ended with {process.returncode} while {what} was waited for")
            if time.monotonic() > end:
                sys.exit(f"waited {seconds} s for {what}")
            message = self.consumer.poll(0.2)
            if message is None or message.error():
                continue
            result = json.loads(message.value())
            if "centres" in result:
                self.centres[result["trained"]] = result["centres"]
            else:
                self.predictions.append(result)


def main(url, brokers, millrace, jars, picture):
    # The rows of Examples/iris, loaded in two parts: what is there is snapshotted, what comes later is streamed.
    script = (here.parent / "iris/iris.sql").read_text()
    sql(url, "drop table if exists iris_train, iris_test; drop schema if exists waiting cascade;" + script + f"""
        create schema waiting;
        create table waiting.train as select * from iris_train order by md5(id::text);
        create table waiting.test as select * from iris_test order by id;
        truncate iris_train, iris_test;
        insert into iris_train select * from waiting.train limit {first};""")
    # Flink wants its topics to be there before it starts.
    admin = AdminClient({"bootstrap.servers": brokers})
    topics = ["flink.public.iris_train", "flink.public.iris_test", "iris_predictions"]
    for future in admin.create_topics([NewTopic(name, 1, 1) for name in topics]).values():
        future.result(30)
    server = urllib.parse.urlsplit(url)
    with tempfile.TemporaryDirectory() as work, open(os.environ.get("LOG", os.devnull), "wb") as log:
        settings = {"database.hostname": server.hostname, "database.port": server.port, "database.user": server.username,
                    "database.password": server.password, "database.dbname": server.path[1:], "bootstrap.servers": brokers,
                    "offset.storage.file.filename": f"{work}/offsets"}
        processes = [
            subprocess.Popen([millrace, "run", here.parent / "iris/iris.json", *(f"{key}={value}" for key, value in settings.items())], stderr=log),
            subprocess.Popen([sys.executable, here / "job.py", brokers, jars], stdout=log, stderr=log, start_new_session=True)]
        try:
            results = Results(brokers, processes)
            results.until(lambda: first in results.centres, f"the first {first} training rows")
            rounds = [test(url, results, "insert into iris_test select * from waiting.test;")]
            sql(url, f"insert into iris_train select * from waiting.train offset {first};")
            results.until(lambda: 120 in results.centres, "all training rows")
            rounds.append(test(url, results, "update iris_test set species = species;"))
        finally:
            processes[0].send_signal(signal.SIGTERM)
            processes[0].wait()
            os.killpg(processes[1].pid, signal.SIGTERM)
            processes[1].wait()
    draw(url, results, rounds, picture)


def test(url, results, text):
    """One round: the test rows are written, and each is classified by the model of that moment."""
    known, began = len(results.predictions), time.monotonic()
    sql(url, text)
    results.until(lambda: len(results.predictions) >= known + 30, "30 predictions")
    seconds = time.monotonic() - began
    of = {int(number): int(kind) for number, kind in sql(url, "select id, iris_class from iris_test")}
    predictions = results.predictions[known:]
    right = sum(of[each["id"]] == each["prediction"] for each in predictions)
    print(f"after {predictions[0]['trained']} training rows: {right} of {len(predictions)} test rows in their species' cluster "
          f"({seconds:.1f} s from the statement to the last prediction)", flush=True)
    return {"trained": predictions[0]["trained"], "right": right, "predictions": {each["id"]: each["prediction"] for each in predictions}}


def draw(url, results, rounds, picture):
    rows = {int(row[0]): (float(row[1]), float(row[2]), int(row[3])) for row in sql(url, "select id, petal_length, petal_width, iris_class from iris_test")}
    colours = ["#1b9e77", "#d95f02", "#7570b3"]
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), sharex=True, sharey=True)
    for axis, each in zip(axes, rounds):
        for number, (x, y, kind) in rows.items():
            prediction = each["predictions"][number]
            axis.scatter(x, y, s=26, c=colours[prediction], marker="o" if prediction == kind else "x")
        path = [results.centres[n] for n in sorted(results.centres) if n <= each["trained"]]
        for k in range(3):
            axis.plot([step[k][2] for step in path], [step[k][3] for step in path], "-", lw=1, c=colours[k], alpha=0.6)
            axis.plot(path[-1][k][2], path[-1][k][3], "*", ms=14, c=colours[k], mec="black", mew=0.6)
        axis.set_title(f"after {each['trained']} training rows: {each['right']} of {len(rows)}", fontsize=10)
        axis.set_xlabel("petal length, cm")
    axes[0].set_ylabel("petal width, cm")
    figure.tight_layout()
    figure.savefig(picture, dpi=90)
    print(f"the picture is {picture}")


main(*sys.argv[1:])
