import MillraceCore

@testable import MillracePostgres

/// What a server sends: frames, messages of pgoutput, rows of COPY.
extension FuzzTarget {
  static let protocolTargets: [FuzzTarget] = [
    FuzzTarget("frame", frames) {
      { input, _ in
        input.withUnsafeBytes { bytes in
          guard let frame = try? ReplicationFrame(bytes) else { return false }
          if case .data(let content, _, _) = frame { return content.count == bytes.count - 25 }
          return true
        }
      }
    },
    FuzzTarget("pgoutput", RecordedSession.messages) {
      let session = DecoderSession()
      return { input, _ in session.take(input) }
    },
    FuzzTarget("copy", copyRows, words: ["\t", "\\N", "\\\\", "\\t", "\n"]) {
      let session = CopySession()
      return { input, choices in session.take(input, &choices) }
    },
  ]

  private static let frames: [[UInt8]] =
    RecordedSession.messages.prefix(20).map { Array("w".utf8) + [UInt8](repeating: 1, count: 24) + $0 }
    + [Array("k".utf8) + [UInt8](repeating: 2, count: 17)]

  private static let copyRows: [[UInt8]] = [
    "1\tname\t12.50\t2026-01-02 03:04:05.678901\tt\t\\\\x00ff\t{1,2,NULL}\t{\"a\": 1}\n",
    "-2147483648\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n",
    "7\ta\\tb\\\\c\\nd\\b\\f\\r\\v\t-0.01\tinfinity\tf\t\\\\x\t{}\t\"quoted \\\\\\\\ \\\\\\\"\"\n",
    "0\thé€𝄞\tNaN\t0044-03-15 00:00:00 BC\tt\t\\\\xdeadbeef\t{{1,2},{3,4}}\t[1, 2.5e-3, null]",
  ].map { Array($0.utf8) }
}

private final class CopySession {
  private var batch = RecordBatch(capacity: 1 << 12)
  private var decoder = CopyRowDecoder()
  private let shape: TableShape = {
    let types: [(UInt32, Int32)] = [(23, -1), (25, -1), (1700, 12 << 16 | 2 + 4), (1114, -1), (16, -1), (17, -1), (1007, -1), (3802, -1)]
    let columns = types.enumerated().map {
      PostgresTable.Column(name: "c\($0.offset)", type: $0.element.0, modifier: $0.element.1, notNull: $0.offset == 0)
    }
    var configuration = Configuration(["topic.prefix": "srv"])
    do throws(MillraceError) {
      return try TableShape(
        schema: "public", table: "t", columns: columns, key: ["c0"], rules: TableRules(&configuration, parts: .schema),
        source: SourceBlock.schema, types: TypeMapper(catalog: PostgresTypeCatalog()), filter: TableFilter(&configuration))
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  func take(_ input: [UInt8], _ choices: inout FuzzGenerator) -> Bool {
    batch.reset()
    return input.withUnsafeBytes { bytes in
      do throws(MillraceError) {
        return batch.value(try decoder.decode(bytes, shape, into: &batch)) != .unavailable
      } catch {
        return false
      }
    }
  }
}
