// Runs the real Debezium engine on one connector config and writes, or counts, what it emits.
// Started by the script `debezium` beside it, which says how to call it.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.debezium.embedded.ClientProvided;
import io.debezium.embedded.EmbeddedEngineChangeEvent;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.Header;
import io.debezium.engine.format.KeyValueHeaderChangeEventFormat;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

@SuppressWarnings({"unchecked", "rawtypes", "deprecation"})
public class Debezium implements DebeziumEngine.ChangeConsumer<ChangeEvent<Object, Object>> {

    static final ObjectMapper json = new ObjectMapper();
    static final Instant began = ProcessHandle.current().info().startInstant().orElseGet(Instant::now);

    // Options
    String out = "-";
    String state;                 // folder for offsets and schema history; null: keep them in memory
    long count = Long.MAX_VALUE;  // stop after so many events
    double idle = 10;             // stop after so many seconds without one
    boolean bench;                // count only
    boolean source;               // also write each event's source partition and offset
    Properties config = new Properties();

    // State, written by the engine's thread only
    OutputStream sink;
    volatile long events, firstBatch, bytes;
    volatile double firstAt, lastAt;
    volatile Throwable failure;
    final CountDownLatch done = new CountDownLatch(1);

    public static void main(String[] args) throws Exception {
        Debezium run = new Debezium();
        run.parse(args);
        System.exit(run.run());
    }

    void parse(String[] args) throws IOException {
        var rest = Arrays.asList(args).iterator();
        while (rest.hasNext()) {
            String word = rest.next();
            switch (word) {
                case "--out" -> out = rest.next();
                case "--state" -> state = rest.next();
                case "--count" -> count = Long.parseLong(rest.next());
                case "--idle" -> idle = Double.parseDouble(rest.next());
                case "--bench" -> bench = true;
                case "--source" -> source = true;
                default -> {
                    if (word.endsWith(".json")) readJson(Path.of(word));
                    else if (word.endsWith(".properties")) try (var in = Files.newInputStream(Path.of(word))) { config.load(in); }
                    else if (word.indexOf('=') > 0) config.setProperty(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
                    else throw new IllegalArgumentException("what is " + word + "?");
                }
            }
        }
        config.putIfAbsent("name", "oracle");
        // Kafka Connect's names for the converters, and its defaults, in the engine's words
        for (String side : List.of("key", "value", "header")) {
            String fallback = side.equals("header") ? "org.apache.kafka.connect.storage.SimpleHeaderConverter"
                                                    : "org.apache.kafka.connect.json.JsonConverter";
            config.putIfAbsent(side + ".converter.class", config.getProperty(side + ".converter", fallback));
        }
        // No Kafka here to keep offsets or schema history in
        if (config.getProperty("schema.history.internal", "Kafka").contains("Kafka")) {
            config.setProperty("schema.history.internal", state == null
                ? "io.debezium.relational.history.MemorySchemaHistory" : "io.debezium.storage.file.history.FileSchemaHistory");
        }
        if (state == null) {
            config.putIfAbsent("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        } else {
            Files.createDirectories(Path.of(state));
            config.putIfAbsent("offset.storage.file.filename", state + "/offsets");
            config.putIfAbsent("schema.history.internal.file.filename", state + "/history");
        }
    }

    void readJson(Path path) throws IOException {
        JsonNode root = json.readTree(path.toFile());
        if (root.has("name")) config.setProperty("name", root.get("name").asText());
        (root.has("config") ? root.get("config") : root).fields().forEachRemaining(e -> config.setProperty(e.getKey(), e.getValue().asText()));
    }

    int run() throws Exception {
        sink = bench ? OutputStream.nullOutputStream()
            : new BufferedOutputStream(out.equals("-") ? System.out : new FileOutputStream(out), 1 << 20);
        var format = KeyValueHeaderChangeEventFormat.of(ClientProvided.class, ClientProvided.class, ClientProvided.class);
        var engine = (DebeziumEngine<ChangeEvent<Object, Object>>) (DebeziumEngine<?>) DebeziumEngine
            .create(format).using(config).notifying((DebeziumEngine.ChangeConsumer) this)
            .using((DebeziumEngine.CompletionCallback) (ok, message, error) -> {
                if (!ok) failure = error != null ? error : new RuntimeException(message);
                done.countDown();
            })
            .using(new DebeziumEngine.ConnectorCallback() {
                @Override public void pollingStarted() { lastAt = elapsed(); }   // from here on idle time counts
            })
            .build();
        Thread thread = new Thread(engine, "debezium");
        thread.start();
        while (!done.await(100, TimeUnit.MILLISECONDS) && (lastAt == 0 || elapsed() - lastAt < idle)) { }
        if (bench) report();   // before the engine's own shutdown, which can wait for seconds
        if (failure == null && thread.isAlive()) engine.close();
        thread.join(30_000);
        sink.flush();
        if (failure != null && events < count) { failure.printStackTrace(); return 1; }
        return 0;
    }

    @Override
    public void handleBatch(List<ChangeEvent<Object, Object>> batch,
                            DebeziumEngine.RecordCommitter<ChangeEvent<Object, Object>> committer) throws InterruptedException {
        if (firstAt == 0) { firstAt = elapsed(); firstBatch = batch.size(); }
        boolean idle = true;
        for (var event : batch) {
            if (events >= count) break;   // the rest stays unprocessed, for a next run to begin with
            events++;
            idle &= isHeartbeat(event);
            if (bench) bytes += length(event.key()) + length(event.value());
            else write(event);
            committer.markProcessed(event);
        }
        if (!idle) lastAt = elapsed();
        committer.markBatchFinished();
        if (events >= count) done.countDown();
    }

    // A heartbeat is no sign of work to do.
    boolean isHeartbeat(ChangeEvent<Object, Object> event) {
        var schema = ((EmbeddedEngineChangeEvent<?, ?, ?>) event).sourceRecord().valueSchema();
        return schema != null && "io.debezium.connector.common.Heartbeat".equals(schema.name());
    }

    void write(ChangeEvent<Object, Object> event) {
        try {
            put("{\"topic\":").put(json.writeValueAsString(event.destination())).put(",\"partition\":" + event.partition());
            put(",\"key\":").put(event.key(), "key").put(",\"value\":").put(event.value(), "value").put(",\"headers\":[");
            String comma = "";
            for (Header<Object> header : event.<Object>headers()) {
                put(comma).put("{\"key\":").put(json.writeValueAsString(header.getKey()))
                    .put(",\"value\":").put(header.getValue(), "header").put("}");
                comma = ",";
            }
            put("]");
            if (source) {
                var record = ((EmbeddedEngineChangeEvent<?, ?, ?>) event).sourceRecord();
                put(",\"sourcePartition\":").put(json.writeValueAsString(record.sourcePartition()));
                put(",\"sourceOffset\":").put(json.writeValueAsString(record.sourceOffset()));
            }
            put("}\n");
            if (out.equals("-")) sink.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Debezium put(String text) throws IOException {
        sink.write(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    // JSON as the converter wrote it; text as a JSON string; any other bytes as {"base64": …}
    Debezium put(Object data, String side) throws IOException {
        String converter = config.getProperty(side + ".converter.class");
        if (data == null) return put("null");
        byte[] raw = data instanceof byte[] b ? b : data.toString().getBytes(StandardCharsets.UTF_8);
        boolean isJson = converter.endsWith("JsonConverter")
            || converter.endsWith("CloudEventsConverter") && !"avro".equals(config.getProperty(side + ".converter.serializer.type"));
        if (isJson) sink.write(raw);
        else if (side.equals("header") || converter.endsWith("StringConverter")) put(json.writeValueAsString(new String(raw, StandardCharsets.UTF_8)));
        else put("{\"base64\":\"" + Base64.getEncoder().encodeToString(raw) + "\"}");
        return this;
    }

    static int length(Object data) { return data == null ? 0 : data instanceof byte[] b ? b.length : data.toString().length(); }

    static double elapsed() { return (System.currentTimeMillis() - began.toEpochMilli()) / 1000.0; }

    void report() throws IOException {
        double cpu = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
        String peak = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("VmHWM")).findFirst().orElse("0");
        System.out.printf(Locale.ROOT,
            "{\"events\":%d,\"seconds\":%.2f,\"events_per_s\":%.0f,\"first_event_s\":%.2f,\"last_event_s\":%.2f,\"cpu_s\":%.2f,\"peak_rss_mb\":%d,\"mb\":%.1f}%n",
            events, lastAt - firstAt, Math.max(events - firstBatch, 0) / Math.max(lastAt - firstAt, 1e-3), firstAt, lastAt, cpu,
            Long.parseLong(peak.replaceAll("\\D", "")) / 1024, bytes / 1e6);
    }
}
