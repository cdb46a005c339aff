import MillraceCore

@testable import MillracePostgres

/// The text forms of values, by what reads them.
extension FuzzTarget {
  static let typeTargets: [FuzzTarget] = [
    values("numbers", [16, 21, 23, 20, 26, 700, 701, 1700, 790], ["1", "-32768", "9223372036854775807", "t", "1.5e-300", "NaN", "-Infinity", "-12345678901234567890.000000000123", "$1,234.50", "-$0.01", "0.0001", "1e400"], modifiers: [-1, 12 << 16 | 2 + 4, 38 << 16 | 30 + 4, 3 << 16 | 5 + 4],
      words: ["e", "E+", ".", "-", "NaN", "Infinity", "0000000000", "99999999999999999999", "$", ","]),
    values("temporal", [1082, 1083, 1266, 1114, 1184], ["2026-11-24", "0044-03-15 BC", "294276-12-31 23:59:59.999999", "23:59:59.999999", "24:00:00", "12:34:56.7+05:30", "23:59:59-15:59:59", "2026-01-02 03:04:05.678901+00", "4714-11-24 00:00:00+00 BC", "infinity", "-infinity", "5874897-12-31"], modifiers: [-1, 0, 3, 6],
      words: [" BC", "infinity", "-", ":", "+", ".", "999999999", "24:00:00", "02-29", "0000"]),
    values("interval", [1186], ["1 year 2 mons 3 days 04:05:06.789", "-1 years -2 mons +3 days -04:05:06.000001", "178000000 years", "00:00:00", "-178956970 years -8 mons", "2147483647 days", "1 day -00:00:01"], modifiers: [-1],
      words: [" years", " mons", " days", "-", "+", ":", ".999999", "2147483647", "9223372036854775807"]),
    values("binary", [17, 1560, 1562, 600], ["\\x", "\\x00ff10", "\\xDEADBEEF", "0", "1", "101010111", "(1.5,-2)", "(1e300,NaN)", "(Infinity,-Infinity)", "(0,0)"], modifiers: [-1, 1, 9],
      words: ["\\x", "f", "(", ",", ")", "NaN", "0000000000000000"]),
    values("text", [25, 1043, 2950, 114, 3802, 142, 3904, 3906, 3908, 3910, 3912, 3926, 869, 650, 829, 3614], ["", "plain", "é€𝄞", "{\"a\": [1, null]}", "<a>b</a>", "[1,10)", "empty", "(,)", "[\"2026-01-01 00:00:00\",infinity]", "192.168.0.1/24", "08:00:2b:01:02:03", "'a':1A 'b':2", "11111111-2222-3333-4444-555555555555"], modifiers: [-1],
      words: ["[", ")", ",", "empty", "infinity", "\""]),
    values("arrays", [1007, 1009, 1000, 1016, 1231, 1115, 1182, 1001, 1185, 22, 30, 2951, 3807, 1022], ["{}", "{1,2,3}", "{NULL,\"a b\",\"c\\\"d\\\\\",\"\"}", "{{1,2},{3,NULL}}", "[0:1]={1,2}", "[-1:0][2:3]={{1,2},{3,4}}", "{1.50,NaN}", "{\"2026-01-01 00:00:00\",infinity}", "{\"\\\\x00ff\"}", "1 2 3", "{t,f}", "{{{1}}}"], modifiers: [-1, 12 << 16 | 2 + 4],
      words: ["{", "}", ",", "NULL", "\"", "\\", "[1:2]=", "{}", "{{", "}}"]),
    FuzzTarget("hstore", texts(["", "\"a\"=>\"1\"", "\"a\"=>NULL, \"b\"=>\"c d\"", "\"q\\\"\"=>\"\\\\\", \"é\"=>\"\u{1}\""]), words: ["\"", "=>", ", ", "NULL", "\\"]) {
      var batch = RecordBatch(capacity: 1 << 12)
      return { input, _ in decode(input, ColumnCodec(.hstore), &batch) }
    },
    FuzzTarget("extensions", texts(["\"a\"=>\"1\", \"b\"=>NULL", "0101000020E6100000000000000000F03F0000000000000040", "0020000001000010E63FF00000000000004000000000000000", "[1,2.5,-3e10]", "{1:1.5,3:-2}/5", "{}/5", "(2,2),(1,1)"]), words: ["=>", ", ", "\"", "\\", "NULL", "[", "]", "{", "}", ":", "/", "00", "20000000"]) {
      let forms: [ColumnCodec.Form] = [.hstoreMap, .geometry, .denseVector, .sparseVector, .raw, .rawHex, .rawBase64, .rawBase64URL]
      let codecs = forms.map { ColumnCodec($0, parameter: 4) }
      let all = codecs + codecs.map { ColumnCodec(arrayOf: $0, optionalElements: true) }
      var batch = RecordBatch(capacity: 1 << 12)
      return { input, choices in decode(input, all[choices.below(all.count)], &batch) }
    },
    FuzzTarget("defaults", texts(["0", "'a''b'::text", "nextval('s'::regclass)", "(now())", "NULL::character varying", "'2026-01-01'::date", "true", "'{}'::integer[]", "1.50", "'1 day'::interval", "CURRENT_TIMESTAMP", "'\\x00'::bytea", "'B101'::\"bit\""]),
      words: ["'", "''", "::", "(", ")", "NULL", "nextval(", "true"]
    ) {
      let types = TypeMapper(catalog: PostgresTypeCatalog())
      let oids: [UInt32] = [16, 23, 20, 25, 1700, 1082, 1083, 1114, 1184, 1186, 701, 1560, 17, 1007]
      return { input, choices in
        let schema = types.columnSchema(
          type: oids[choices.below(oids.count)], typmod: choices.below(4) == 0 ? 12 << 16 | 2 + 4 : -1, notNull: false,
          defaultExpression: String(decoding: input, as: UTF8.self))
        return schema?.defaultValue != nil
      }
    },
    FuzzTarget("type-catalog", texts(["100000|mood|public|e|0|0|-1|0|{sad,\"very happy\",\"q\\\"\"}|,", "100001|d|public|d|0|23|-1|0||,", "100002|r|x|r|0|0|-1|23||,", "100003|_a|x|A|100000|0|-1|0||:"]), words: ["|", "{", "}", ",", "\"", "e", "d", "A"]) {
      { input, _ in
        let row = input.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false).map { String?(String(decoding: $0, as: UTF8.self)) }
        guard let catalog = try? PostgresTypeCatalog(rows: [row]) else { return false }
        let mapper = TypeMapper(catalog: catalog)
        return row.first.flatMap { $0 }.flatMap { UInt32($0) }.map { mapper.columnSchema(type: $0, typmod: -1, notNull: true) } != nil
      }
    },
  ]

  /// Sets of modes in which each mode of each setting occurs.
  private static let modes: [TypeModes] = {
    var text = TypeModes()
    (text.decimals, text.times, text.binaries, text.intervalIsText) = (.string, .isostring, .hex, true)
    var double = TypeModes()
    (double.decimals, double.times, double.binaries, double.includesUnknownTypes) = (.double, .connect, .base64, true)
    var nano = TypeModes()
    (nano.times, nano.binaries, nano.moneyFractionDigits, nano.includesUnknownTypes) = (.nanoseconds, .base64URLSafe, 9, true)
    return [TypeModes(), text, double, nano]
  }()

  /// Texts of built-in types, each given to any of their codecs.
  private static func values(_ name: String, _ oids: [UInt32], _ seeds: [String], modifiers: [Int32], words: [String]) -> FuzzTarget {
    FuzzTarget(name, texts(seeds), words: words) {
      let codecs = modes.flatMap { modes in
        let mapper = TypeMapper(catalog: PostgresTypeCatalog(), modes: modes)
        return oids.flatMap { oid in
          modifiers.flatMap { modifier in [false, true].compactMap { mapper.codec(type: oid, typmod: modifier, notNull: $0) } }
        }
      }
      var batch = RecordBatch(capacity: 1 << 12)
      return { input, choices in decode(input, codecs[choices.below(codecs.count)], &batch) }
    }
  }

  /// Reads the whole value back: a slot that points outside of the batch would trap.
  private static func decode(_ input: [UInt8], _ codec: ColumnCodec, _ batch: inout RecordBatch) -> Bool {
    batch.reset()
    return input.withUnsafeBytes { bytes in
      do throws(DecodingFailure) {
        return batch.value(try codec.decode(bytes, into: &batch)) != .unavailable
      } catch {
        return false
      }
    }
  }

  static func texts(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }
}
