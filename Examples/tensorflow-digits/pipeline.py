"""Digits out of a table, by Kafka, into TensorFlow: trains on the rows that are there, evaluates on rows that arrive meanwhile.
usage: pipeline.py URL BOOTSTRAP MILLRACE PICTURE     (run does it all)

Both readers are tensorflow-io's: IODataset.from_kafka, which reads a partition to its end each epoch, and KafkaGroupIODataset, a
member of a consumer group, which ends when nothing comes for a while.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import matplotlib  # noqa: E402

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
import tensorflow as tf  # noqa: E402
import tensorflow_io as tfio  # noqa: E402

here = pathlib.Path(__file__).resolve().parent
columns, epochs = 64, 15
train_topic, test_topic = "tf.public.mnist_train", "tf.public.mnist_test"


def sql(url, text):
    done = subprocess.run(["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", url], input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.split()


def inserts(table, images, labels):
    """Images of 8 by 8 pixels, a byte each from 0 to 255."""
    rows = ", ".join(f"({label}, '\\x{bytes(round(v * 255 / 16) for v in image).hex()}')" for image, label in zip(images, labels))
    return f"insert into {table} (label, pixels) values {rows};"


def decode(line, label):
    pixels = tf.io.decode_csv(line, [[0.0]] * columns)
    return tf.stack(pixels, axis=-1) / 255.0, tf.strings.to_number(label, tf.int32)


def group(name, brokers):
    """What comes into the test topic, until nothing has come for nine seconds."""
    return tfio.experimental.streaming.KafkaGroupIODataset(
        topics=[test_topic], group_id=name, servers=brokers, stream_timeout=9000,
        message_poll_timeout=2000,   # with the default only the first burst of rows is seen
        configuration=["session.timeout.ms=10000", "max.poll.interval.ms=10000", "auto.offset.reset=earliest"]).map(decode).batch(64)


def main(url, brokers, millrace, picture):
    tf.keras.utils.set_random_seed(3)   # here: later it would take the readers' resources away
    digits = load_digits()
    images, test_images, labels, test_labels = train_test_split(digits.data, digits.target, test_size=0.2, random_state=3)
    table = "(id serial primary key, label smallint not null, pixels bytea not null)"
    sql(url, f"drop table if exists mnist_train, mnist_test; create table mnist_train {table}; create table mnist_test {table};"
        + inserts("mnist_train", images, labels))
    server = urllib.parse.urlsplit(url)
    with tempfile.TemporaryDirectory() as work, open(os.environ.get("LOG", os.devnull), "wb") as log:
        settings = {"database.hostname": server.hostname, "database.port": server.port, "database.user": server.username,
                    "database.password": server.password, "database.dbname": server.path[1:], "bootstrap.servers": brokers,
                    "offset.storage.file.filename": f"{work}/offsets"}
        process = subprocess.Popen([millrace, "run", here / "digits.json", *(f"{key}={value}" for key, value in settings.items())], stderr=log)
        try:
            follow(url, process)
            train = tfio.IODataset.from_kafka(train_topic, partition=0, offset=0, servers=brokers).map(lambda each: decode(each.message, each.key))
            rows = sum(1 for _ in train)
            print(f"{rows} of {len(labels)} training rows are in Kafka", flush=True)
            if rows != len(labels):
                sys.exit("rows are missing")
            model = tf.keras.Sequential([tf.keras.Input((columns,)), tf.keras.layers.Dense(128, activation="relu"), tf.keras.layers.Dense(10)])
            model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                          metrics=["accuracy"])
            history = model.fit(train.batch(64), epochs=epochs, verbose=0).history
            print(f"trained for {epochs} epochs: loss {history['loss'][-1]:.3f}, accuracy {history['accuracy'][-1]:.3f}", flush=True)
            # The rows for the evaluation come into the table while the evaluation waits for them.
            later = threading.Timer(2, lambda: sql(url, inserts("mnist_test", test_images, test_labels)))
            later.start()
            batches = [(batch.numpy(), wanted.numpy()) for batch, wanted in group(f"evaluation-{time.time()}", brokers)]
            later.join()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
    x, y = (tf.concat([batch[part] for batch in batches], 0) for part in (0, 1))
    loss, accuracy = model.evaluate(x, y, verbose=0)
    print(f"evaluated on {len(y)} of {len(test_labels)} rows that arrived meanwhile: loss {loss:.3f}, accuracy {accuracy:.3f}")
    draw(history, x.numpy(), y.numpy(), model.predict(x, verbose=0).argmax(1), accuracy, picture)
    sys.exit(len(y) != len(test_labels))


def follow(url, process):
    """Waits until the snapshot is delivered and changes are followed."""
    end = time.monotonic() + 60
    while sql(url, "select confirmed_flush_lsn is not null from pg_replication_slots where slot_name = 'digits' and active") != ["t"]:
        if process.poll() is not None or time.monotonic() > end:
            sys.exit(f"millrace does not follow the changes ({process.poll()})")
        time.sleep(0.2)
    time.sleep(2)


def draw(history, x, y, predicted, accuracy, picture):
    figure = pyplot.figure(figsize=(9, 3.2))
    axis = figure.add_axes((0.07, 0.17, 0.33, 0.68))
    axis.plot(range(1, epochs + 1), history["accuracy"], "o-", ms=3, c="#1b9e77")
    axis.set_xlabel("epoch"), axis.set_title("accuracy in training", fontsize=10)
    wrong = [index for index in range(len(y)) if predicted[index] != y[index]]
    shown = wrong[:10] + [index for index in range(len(y)) if index not in wrong][:30 - len(wrong[:10])]
    for place, index in enumerate(shown):
        image = figure.add_axes((0.45 + 0.055 * (place % 10), 0.58 - 0.27 * (place // 10), 0.048, 0.2))
        image.imshow(x[index].reshape(8, 8), cmap="gray_r"), image.set_xticks([]), image.set_yticks([])
        image.set_title(str(predicted[index]), fontsize=9, pad=2, color="black" if predicted[index] == y[index] else "red")
    figure.text(0.45, 0.9, f"{len(y)} test rows, {100 * accuracy:.1f} % right; in the first row those that are not", fontsize=10)
    figure.savefig(picture, dpi=90)
    print(f"the picture is {picture}")


main(*sys.argv[1:])
