@testable import MillraceCore
@testable import MillracePostgres
@testable import MillraceServer

/// What people write and what a disk may have damaged: configurations, patterns, offsets.
extension FuzzTarget {
  static let textTargets: [FuzzTarget] = [
    FuzzTarget("json", texts([#"{"a":[1,-2.5e3,true,false,null,"x\n\u00e9\ud834\udd1e"],"b":{"c":{}}}"#, "[[[[[[]]]]]]", "-0", "\"\\\\\"", " { } "]),
      words: ["{", "}", "[", "]", ":", ",", "\"", "\\u", "\\ud834\\udd1e", "null", "true", "1e999", "-", "[[[[[[[["]
    ) {
      { input, _ in
        guard let value = try? JSONValue(parsing: input) else { return false }
        let again = try? JSONValue(parsing: value.text())
        precondition(again == value, "what was read is written otherwise")
        return true
      }
    },
    FuzzTarget("offsets", texts([offsets, offsets.replacing(#"\"changesDone\":\"3\","#, with: #"\"snapshot\":{\"done\":[\"a/1\"],\"firstTransaction\":\"7\",\"parts\":[{\"table\":\"b/2\",\"layout\":\"16384(id)\",\"done\":\"0-4096 8192-12288\"}]},"#), offsets.replacing(#"\"changesDone\":\"3\","#, with: #"\"snapshot\":{\"done\":[\"a/1\"],\"firstTransaction\":\"7\",\"current\":\"b/2\",\"token\":\"16384/4096\"},"#)]),
      words: ["{", "}", "\"", "\\\"", ":", ",", "1", "-1", "18446744073709551615", "null", "{\"bytes\":[1]}", "{\"float\":\"inf\"}"]
    ) {
      { input, _ in
        guard let checkpoints = try? OffsetFile.checkpoints(input) else { return false }
        for checkpoint in checkpoints {
          guard let stored = try? StoredPosition(checkpoint) else { continue }
          _ = stored.position.flushable
          let again = stored.position.checkpoint(partition: checkpoint.partition, snapshot: stored.snapshot)
          precondition((try? StoredPosition(again))?.snapshot == stored.snapshot)
        }
        return (try? OffsetFile.text(checkpoints)) != nil
      }
    },
    FuzzTarget("tokens", texts(["0-4096 8192-12288", "0/16B3748", "FFFFFFFF/FFFFFFFF", "a/b", "1/2/3"]), words: ["/", "FFFFFFFF", "18446744073709551615", "-", " "]) {
      { input, _ in
        let text = String(decoding: input, as: UTF8.self)
        let number = PostgresLSN.number(text)
        if let number { precondition(PostgresLSN.number(PostgresLSN.text(number)) == number) }
        let ranges = ChunkRanges(text)
        if let ranges { precondition(ChunkRanges(ranges.text) == ranges) }
        return ranges != nil || number != nil
      }
    },
    loader("configuration-json", "c.json", [#"{"name":"x","config":{"topic.prefix":"p","database.port":"5432","table.include.list":"public\\.t,${env:A}"}}"#, #"{"debezium.source.topic.prefix":"p","debezium":{"sink":{"type":"file"}},"n":[1,2],"b":true}"#],
      words: ["{", "}", "\"", ":", ",", "debezium.", "source.", "${env:A}", "${file:/x:k}", "config", "[", "]"]),
    loader("configuration-properties", "c.properties", ["a=b\nc: d\n# comment\ne\\ f = g\\\n  h\ndebezium.source.x=1\r\nu=\\u00e9\n", "debezium.format.value=json\nk ${env:A} \n!x\n", "quarkus.log.level=INFO"],
      words: ["=", ":", "\\", "\\\n", "\\u00e9", "#", "!", "\n", "${", "}", "debezium."]),
    loader("configuration-yaml", "c.yaml", ["debezium:\n  source:\n    topic.prefix: p\n    list: [a, b]\n  sink: {type: file}\n", "a: |\n  text\n  more\nb: &x 1\nc: *x\n", "? q\n: \"\\u00e9\"\n---\nx: ~\n"],
      words: [": ", "- ", "\n", "  ", "[", "]", "{", "}", "&x ", "*x", "|", ">", "\"", "'", "!!str ", "---\n", "? "]),
    FuzzTarget("options", texts(settings), words: ["\n", "=", ",", ".", "*", "\\", "(", ")", "[", "]", "-1", "true", "99999999999999999999", "initial", "\\,", "|"]) {
      { input, _ in
        var values: [String: String] = ["database.hostname": "h", "database.user": "u", "database.dbname": "d", "topic.prefix": "p"]
        for line in input.split(separator: UInt8(ascii: "\n")) {
          guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
          values[String(decoding: line[..<equals], as: UTF8.self)] = String(decoding: line[(equals + 1)...], as: UTF8.self)
        }
        var configuration = Configuration(values)
        let settings = PostgresSettings(&configuration)
        _ = settings.connection.parameters(replication: true)
        return configuration.findings.isEmpty
      }
    },
    FuzzTarget("patterns", texts(["public\\.orders", "public\\..*,other\\.t\\,x", "(a|b)+c?", "[a-z]{1,3}\\d*", "^x$", "a.b", "\\Qx\\E", "(?i)t", "\\p{L}+"]),
      words: [".", "*", "+", "?", "(", ")", "[", "]", "|", "\\", "{1,2}", "^", "$", "\\d", "\\p{L}", "(?:", "(?<n>", "\\1", "-", ","]
    ) {
      { input, choices in
        var configuration = Configuration(["table.include.list": String(decoding: input.prefix(48), as: UTF8.self)])
        guard let filter = NameFilter("table.include.list", of: &configuration) else { return false }
        _ = filter.matches("public.t")
        // Compiles a handful of guesses.
        if choices.below(50) == 0 { _ = filter.unmatchedPatterns(in: ["public.t", "a.b"]) }
        return configuration.findings.isEmpty
      }
    },
  ]

  private static func loader(_ name: String, _ path: String, _ seeds: [String], words: [String]) -> FuzzTarget {
    FuzzTarget(name, texts(seeds), words: words) {
      { input, _ in
        let source = ConfigurationSource(
          read: { path in path.hasPrefix("c.") ? .success(input) : .failure(.init(reason: "absent")) }, environment: { ["A": "b"] })
        let loaded = ConfigurationLoader(source: source).load(path)
        return loaded.findings.isEmpty && !loaded.configuration.keys.isEmpty
      }
    }
  }

  private static let offsets = #"""
    {"format":"millrace-offsets","version":1,"checkpoints":[{"partition":{"server":"p"},"offset":{"lsn_proc":24023128,"messageType":"INSERT","lsn":24023128,"txId":555,"ts_usec":1700000000000000},"state":"{\"version\":1,\"start\":\"24023000\",\"commit\":\"24023200\",\"changesDone\":\"3\",\"lastCommitEnd\":\"24023100\",\"lastChange\":\"24023128\"}"}]}
    """#

  private static let settings = [
    "table.include.list=public\\.a,public\\.b\nsnapshot.mode=initial\ndatabase.port=5432",
    "skipped.operations=c,u\nstatus.update.interval.ms=100\nslot.name=s\npublication.autocreate.mode=filtered",
    "column.exclude.list=public\\.t\\.c\ndatabase.sslmode=require\ntopic.delimiter=.\ntombstones.on.delete=false",
    "schema.include.list=public\nschema.name.adjustment.mode=avro\ndatabase.tcpKeepAlive=false\nname=x",
  ]
}
