"""The Flink job: online k-means over rows that come from Kafka, as the database's changes arrive.
usage: job.py BOOTSTRAP JARS     (JARS: a folder with flink-connector-kafka.jar and kafka-clients.jar)

A row of iris_train moves the nearest of three centres, a row of iris_test is given the number of the nearest one. What comes out goes
to the topic iris_predictions: {"trained": n, "centres": …} and {"id": …, "trained": n, "prediction": k}.
"""

import glob
import json
import os
import sys

from pyflink.common import SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import KeyedCoProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import (KafkaOffsetsInitializer, KafkaRecordSerializationSchema, KafkaSink, KafkaSource)
from pyflink.datastream.state import ValueStateDescriptor

features = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
start = [[6.0, 3.0, 1.0, 0.0], [6.0, 3.0, 2.0, 1.0], [6.0, 3.0, 3.0, 2.0]]


def row_of(text):
    row = json.loads(text)
    return row.get("payload", row)   # with its schema, or without


def nearest(centres, x):
    return min(range(len(centres)), key=lambda k: sum((a - b) ** 2 for a, b in zip(centres[k], x)))


class OnlineKMeans(KeyedCoProcessFunction):
    def open(self, context):
        self.model = context.get_state(ValueStateDescriptor("model", Types.PICKLED_BYTE_ARRAY()))

    def process_element1(self, text, context):
        centres, counts = self.model.value() or ([list(centre) for centre in start], [0, 0, 0])
        x = [row_of(text)[name] for name in features]
        k = nearest(centres, x)
        counts[k] += 1
        centres[k] = [c + (v - c) / counts[k] for c, v in zip(centres[k], x)]
        self.model.update((centres, counts))
        yield json.dumps({"trained": sum(counts), "centres": centres})

    def process_element2(self, text, context):
        centres, counts = self.model.value() or (start, [0, 0, 0])
        row = row_of(text)
        yield json.dumps({"id": row["id"], "trained": sum(counts), "prediction": nearest(centres, [row[name] for name in features])})


def main(brokers, jars):
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.set_parallelism(1)
    environment.set_python_executable(sys.executable)
    environment.add_jars(*[f"file://{jar}" for jar in glob.glob(os.path.abspath(jars) + "/*.jar")])

    def topic(name):
        source = (KafkaSource.builder().set_bootstrap_servers(brokers).set_topics(name).set_group_id("iris")
                  .set_starting_offsets(KafkaOffsetsInitializer.earliest()).set_value_only_deserializer(SimpleStringSchema()).build())
        return environment.from_source(source, WatermarkStrategy.no_watermarks(), name).key_by(lambda text: 0, Types.INT())

    value = (KafkaRecordSerializationSchema.builder().set_topic("iris_predictions").set_value_serialization_schema(SimpleStringSchema()).build())
    sink = KafkaSink.builder().set_bootstrap_servers(brokers).set_record_serializer(value).build()
    rows = topic("flink.public.iris_train").connect(topic("flink.public.iris_test")).process(OnlineKMeans(), Types.STRING())
    rows.sink_to(sink)
    environment.execute("iris")


main(*sys.argv[1:])
