"""Kafka brokers: that of KAFKA_BOOTSTRAP_SERVERS, or librdkafka's mock one inside kcat, or, for what that cannot show, Tansu. Read with kcat."""

import os
import re
import subprocess

from .server import services


def start():
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        return given
    done = subprocess.run([services, "start", "kafka"], stdout=subprocess.PIPE, text=True, check=True)
    return re.search(r"=(\S+)", done.stdout)[1]


def broker():
    """One that keeps transactions and makes topics: the real one, or Tansu behind a proxy (kafka-broker)."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        return given
    done = subprocess.run([services, "start", "broker"], stdout=subprocess.PIPE, text=True, check=True)
    return re.search(r"=(\S+)", done.stdout)[1]


def partitions(brokers, topic):
    text = subprocess.run(["kcat", "-b", brokers, "-L", "-t", topic], stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(rf'topic "{re.escape(topic)}" with (\d+) partitions', text)[1])


def read(brokers, topic, isolation="read_committed"):
    """What is in the topic now: (partition, key, value, headers), text, None for null; in order within each partition."""
    end = "\x1e"
    done = subprocess.run(["kcat", "-b", brokers, "-X", f"isolation.level={isolation}", "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", f"%p\t%K\t%k\t%S\t%s\t%h{end}"],
                          stdout=subprocess.PIPE, check=True, timeout=60)
    rows = []
    for text in done.stdout.decode().split(end)[:-1]:
        partition, key_size, key, value_size, value, headers = text.split("\t")
        rows.append((int(partition), None if key_size == "-1" else key, None if value_size == "-1" else value, headers))
    return rows


def write(brokers, topic, values):
    """Adds records without a key to the first partition; the topic is made where it is missing."""
    subprocess.run(["kcat", "-b", brokers, "-P", "-t", topic, "-p", "0"], input="\n".join(values), text=True, check=True, timeout=60)


def partition_of(key, count):
    """Where Java's default partitioner puts a key: murmur2 of its bytes."""
    data, m, mask = key.encode(), 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    if data[whole:]:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    h ^= h >> 15
    return (h & 0x7FFFFFFF) % count
