// Runs converters on values that JsonConverter reads, a line each, and writes what they make of them. Started by `converters` beside it.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.protobuf.ProtobufSchemaProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.storage.Converter;

public class Converters {
    static final ObjectMapper json = new ObjectMapper();
    static final JsonConverter reader = new JsonConverter();

    public static void main(String[] args) throws Exception {
        reader.configure(Map.of("schemas.enable", "true", "replace.null.with.default", "false"), false);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Map<String, Object> settings = new HashMap<>(Map.of("schema.registry.url", "http://localhost"));
        for (String word : Arrays.copyOfRange(args, 1, args.length)) settings.put(word.split("=")[0], word.split("=")[1]);
        var registry = new MockSchemaRegistryClient(List.of(new AvroSchemaProvider(), new ProtobufSchemaProvider()));
        for (String line; (line = in.readLine()) != null;) {
            JsonNode given = json.readTree(line);
            out.println(json.writeValueAsString(args[0].equals("Plain") ? plain(given) : registered(given, args[0], settings, registry)));
        }
    }

    static SchemaAndValue value(JsonNode given) throws Exception {
        var message = json.createObjectNode();
        message.set("schema", given.get("schema"));
        message.set("payload", given.get("payload"));
        return reader.toConnectData("", json.writeValueAsBytes(message));
    }

    // What the converters that need no registry answer; those that refuse are left out.
    static Map<String, Object> plain(JsonNode given) throws Exception {
        var answer = new LinkedHashMap<String, Object>();
        for (String kind : List.of("Integer", "Long", "Short", "Double", "Float", "Boolean", "ByteArray")) {
            var converter = (Converter) Class.forName("org.apache.kafka.connect.converters." + kind + "Converter").getDeclaredConstructor().newInstance();
            converter.configure(Map.of(), false);
            try {
                SchemaAndValue value = value(given);
                byte[] bytes = converter.fromConnectData("t", value.schema(), value.value());
                answer.put(kind, bytes == null ? null : HexFormat.of().formatHex(bytes));
            } catch (Exception refused) { }
        }
        return answer;
    }

    // The schema as it was registered, and the bytes behind its number.
    static Map<String, Object> registered(JsonNode given, String kind, Map<String, Object> settings, MockSchemaRegistryClient registry) {
        var answer = new LinkedHashMap<String, Object>();
        try {
            Converter converter = kind.equals("Avro") ? new io.confluent.connect.avro.AvroConverter(registry)
                                                      : new io.confluent.connect.protobuf.ProtobufConverter(registry);
            converter.configure(settings, false);
            SchemaAndValue value = value(given);
            byte[] bytes = converter.fromConnectData(given.get("topic").asText(), value.schema(), value.value());
            if (bytes == null) {
                answer.put("bytes", null);
            } else {
                ParsedSchema schema = registry.getSchemaBySubjectAndId(given.get("topic").asText() + "-value", ByteBuffer.wrap(bytes).getInt(1));
                answer.put("schema", schema.canonicalString());
                answer.put("bytes", HexFormat.of().formatHex(bytes, 5, bytes.length));
            }
        } catch (Throwable refused) {
            answer.put("error", String.valueOf(refused));
        }
        return answer;
    }
}
