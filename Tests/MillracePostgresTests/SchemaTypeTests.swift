import MillraceCore
import Testing

@testable import MillracePostgres

/// A catalogue with an enum, domains and extension types, as the query answers them.
private func catalog() throws -> PostgresTypeCatalog {
  try PostgresTypeCatalog(rows: [
    ["90001", "mood", "t", "e", "0", "0", "-1", nil, #"{sad,"a,b",ü漢,it's,"sp ace"}"#, ","],
    ["90002", "_mood", "t", "A", "90001", "0", "-1", nil, nil, ","],
    ["90003", "dnum", "t", "d", "0", "1700", "655367", nil, nil, ","],
    ["90004", "dnum2", "t", "d", "0", "90003", "-1", nil, nil, ","],
    ["90005", "dmood", "t", "d", "0", "90001", "-1", nil, nil, ","],
    ["90006", "hstore", "public", "b", "0", "0", "-1", nil, nil, ","],
    ["90007", "citext", "public", "b", "0", "0", "-1", nil, nil, ","],
    ["90008", "pair", "t", "c", "0", "0", "-1", nil, nil, ","],
    ["90009", "frange", "t", "r", "0", "0", "-1", "701", nil, ","],
    ["90010", "_hstore", "public", "A", "90006", "0", "-1", nil, nil, ","],
    ["90011", "darr", "t", "d", "0", "1007", "-1", nil, nil, ","],
    ["90012", "_dnum", "t", "A", "90003", "0", "-1", nil, nil, ","],
    ["90013", "loop", "t", "d", "0", "90013", "-1", nil, nil, ","],
  ])
}

private func schema(_ oid: UInt32, _ typmod: Int32 = -1, notNull: Bool = false, default text: String? = nil) throws -> Schema? {
  TypeMapper(catalog: try catalog()).columnSchema(type: oid, typmod: typmod, notNull: notNull, defaultExpression: text)
}

@Test(arguments: [
  (16, -1, .boolean, nil), (21, -1, .int16, nil), (23, -1, .int32, nil), (20, -1, .int64, nil), (26, -1, .int64, nil),
  (700, -1, .float32, nil), (701, -1, .float64, nil), (25, -1, .string, nil), (19, -1, .string, nil), (17, -1, .bytes, nil),
  (1082, -1, .int32, "io.debezium.time.Date"), (1083, 3, .int32, "io.debezium.time.Time"),
  (1083, -1, .int64, "io.debezium.time.MicroTime"), (1083, 4, .int64, "io.debezium.time.MicroTime"),
  (1114, 0, .int64, "io.debezium.time.Timestamp"), (1114, -1, .int64, "io.debezium.time.MicroTimestamp"),
  (1184, 3, .string, "io.debezium.time.ZonedTimestamp"), (1266, -1, .string, "io.debezium.time.ZonedTime"),
  (1186, -1, .int64, "io.debezium.time.MicroDuration"), (2950, -1, .string, "io.debezium.data.Uuid"),
  (114, -1, .string, "io.debezium.data.Json"), (3802, -1, .string, "io.debezium.data.Json"), (142, -1, .string, "io.debezium.data.Xml"),
  (1560, 1, .boolean, nil), (3614, -1, .string, "io.debezium.data.Tsvector"),
  (90007, -1, .string, nil), (3904, -1, .string, nil), (22, -1, .array(.int16), nil), (30, -1, .array(.int64), nil),
  (90011, -1, .array(.optionalInt32), nil),
] as [(UInt32, Int32, Schema.Kind, String?)])
func aTypeHasTheReferencesSchema(_ oid: UInt32, _ typmod: Int32, _ kind: Schema.Kind, _ name: String?) throws {
  #expect(try schema(oid, typmod) == Schema(kind, optional: true, name: name, version: name == nil ? nil : 1))
  #expect(try schema(oid, typmod, notNull: true)?.isOptional == false)
}

@Test func hstoreIsJSONWhosePlaceholderIsAnObject() throws {
  let hstore = Schema(.string, optional: true, name: "io.debezium.data.Json", version: 1, placeholder: .jsonPair)
  #expect(try schema(90006) == hstore)
  #expect(try schema(90010) == Schema(.array(hstore), optional: true))
}

@Test func parametersAndDocsAreTheReferences() throws {
  let decimal = "org.apache.kafka.connect.data.Decimal"
  #expect(
    try schema(1700, Sample.numeric(12, 2))
      == Schema(
        .bytes, optional: true, name: decimal, version: 1,
        parameters: [.init("scale", "2"), .init("connect.decimal.precision", "12")]))
  #expect(try schema(1700, Sample.numeric(3, -2))?.parameter("scale") == "2046")
  #expect(try schema(790) == Schema(.bytes, optional: true, name: decimal, version: 1, parameters: [.init("scale", "2")]))
  #expect(try schema(90003)?.parameters == [.init("scale", "3"), .init("connect.decimal.precision", "10")])
  #expect(try schema(90004) == schema(90003))
  #expect(try schema(1700)?.doc == "Variable scaled decimal")
  #expect(try schema(1700)?.fields.map(\.name) == ["scale", "value"])
  #expect(try schema(600)?.doc == "Geometry (POINT)")
  #expect(try schema(1560, 8)?.parameters == [.init("length", "8")])
  #expect(try schema(1562)?.parameters == [.init("length", "2147483647")])
  let mood = Schema(
    .string, optional: true, name: "io.debezium.data.Enum", version: 1, parameters: [.init("allowed", "sad,a,b,ü漢,it's,sp ace")])
  #expect(try schema(90001) == mood)
  #expect(try schema(90005) == mood)
  #expect(try schema(90002) == Schema(.array(mood.with(optional: false)), optional: true))
}

@Test(arguments: [600, 25, 3643, 1231] as [UInt32])
func arrayElementsAreOptionalButForEnumsAndTsvectors(_ oid: UInt32) throws {
  guard case .array(let element)? = try schema(oid)?.kind else { return }
  #expect(element.isOptional == (oid != 3643))
}

@Test(arguments: [27, 28, 29, 2205, 3220, 3615, 603, 628, 4451, 1790, 90008, 90009, 90013, 4_000_000_000] as [UInt32])
func aTypeWithoutMappingIsLeftOutUnlessUnknownTypesAreWanted(_ oid: UInt32) throws {
  #expect(try schema(oid) == nil)
  #expect(TypeMapper(catalog: try catalog()).codec(type: oid, typmod: -1) == nil)
  let mapper = TypeMapper(catalog: try catalog(), modes: modes(["include.unknown.datatypes": "true"]))
  #expect(mapper.columnSchema(type: oid, typmod: -1, notNull: false) == .optionalBytes)
  #expect(try decoded("(1,x)", #require(mapper.codec(type: oid, typmod: -1))) == .bytes(Array("(1,x)".utf8)))
}

@Test(arguments: [
  (20, -1, "nextval('t.defs_bs_seq'::regclass)", .integer(0)), (21, -1, "5", .integer(5)), (23, -1, "'-7'::integer", .integer(-7)),
  (20, -1, "'9000000000'::bigint", .integer(9_000_000_000)), (23, -1, "'1000'::numeric", .integer(1000)), (23, -1, "1.5", nil),
  (23, -1, "(1 + 2)", nil), (23, -1, "(1)::bigint", nil), (23, -1, "length('abc'::text)", .integer(0)), (23, -1, "(+ 5)", nil),
  (20, -1, "(EXTRACT(epoch FROM now()))::bigint", .integer(0)), (700, -1, "1.5", .float(1.5)), (701, -1, "'-25000000000'::numeric", .float(-2.5e10)),
  (701, -1, "random()", .float(0)), (701, -1, "'Infinity'::double precision", .float(.infinity)),
  (1700, Sample.numeric(12, 2), "1.5", .integer(150)), (1700, Sample.numeric(5, 2), "'-1.25'::numeric", .integer(-125)),
  (1700, Sample.numeric(5, 2), "1.005", nil), (1700, Sample.numeric(5, 2), "'NaN'::numeric", nil), (1700, -1, "3.14", nil),
  (1700, Sample.numeric(5, 2), "t.fn()", .integer(0)), (790, -1, "'$3.00'::money", nil), (26, -1, "42", nil),
  (16, -1, "true", .boolean(true)), (16, -1, "false", .boolean(false)), (16, -1, "'t'::boolean", .boolean(true)),
  (16, -1, "t.fbo()", .boolean(false)), (16, -1, "(NOT true)", nil), (1042, 9, "'ab'::bpchar", .text("ab")),
  (1043, 24, "'x''y'::character varying", .text("x'y")), (1043, -1, "''::character varying", .text("")),
  (1043, -1, "NULL::character varying", nil), (25, -1, "upper('a'::text)", .text("")), (25, -1, "CURRENT_USER", .text("CURRENT_USER")),
  (25, -1, "CURRENT_DATE", .text("")), (25, -1, "5", .text("5")), (25, -1, "'f(x)'::text", .text("f(x)")),
  (25, -1, "('a'::text || 'b'::text)", .text("a")), (25, -1, "'a::b'::text", .text("a::b")), (19, -1, "'nm'::name", nil),
  (17, -1, "'\\x00ff'::bytea", nil), (1082, -1, "'2024-02-29'::date", .integer(19782)), (1082, -1, "CURRENT_DATE", .integer(0)),
  (1082, -1, "('now'::text)::date", nil), (1082, -1, "(now())::date", .integer(0)), (1082, -1, "'0044-03-15 BC'::date", .integer(-735_160)),
  (1082, -1, "((now() AT TIME ZONE 'utc'::text))::date", nil), (1083, -1, "LOCALTIME", .integer(0)),
  (1083, 3, "'13:14:15.123'::time without time zone", .integer(47_655_123)), (1266, -1, "'13:14:15+02'::time with time zone", nil),
  (1114, -1, "now()", .integer(0)), (1114, 3, "CURRENT_TIMESTAMP(3)", .integer(0)), (1114, -1, "(now() AT TIME ZONE 'utc'::text)", .integer(0)),
  (1114, -1, "'2024-02-29 13:14:15.123456'::timestamp without time zone", .integer(1_709_212_455_123_456)),
  (1184, -1, "now()", .text("1970-01-01T00:00:00.000000Z")), (1184, 3, "now()", .text("1970-01-01T00:00:00.000Z")),
  (1184, 0, "'2024-02-29 11:14:15+00'::timestamp with time zone", .text("2024-02-29T11:14:15Z")),
  (1184, -1, "'2020-01-01'::date", .text("2020-01-01T00:00:00.000000Z")), (1184, -1, "'-infinity'::timestamp with time zone", nil),
  (1186, -1, "'1 mon 02:03:04.5'::interval", .integer(2_637_184_500_000)), (2950, -1, "gen_random_uuid()", .text("00000000-0000-0000-0000-000000000000")),
  (3802, -1, "'{\"b\": \"it''s\"}'::jsonb", .text("{\"b\": \"it's\"}")), (3802, -1, "jsonb_build_object()", .text("{}")),
  (142, -1, "XMLPARSE(DOCUMENT '<a/>'::text STRIP WHITESPACE)", .text("")), (869, -1, "'10.0.0.1'::inet", nil),
  (1560, 1, "'1'::\"bit\"", .boolean(true)), (1560, 8, "'10101010'::\"bit\"", .bytes([0xAA])), (1562, -1, "'101'::bit varying", .bytes([5])),
  (1562, 5, "t.fb()", .bytes([])), (600, -1, "'(1,2)'::point", nil), (90001, -1, "'a,b'::t.mood", .text("a,b")), (90001, -1, "t.fm()", nil),
  (90003, -1, "1.250", nil), (90006, -1, "'\"a\"=>\"1\"'::hstore", nil), (90007, -1, "'Ci'::citext", nil), (1007, -1, "'{1,2}'::integer[]", nil),
] as [(UInt32, Int32, String, Value?)])
func aDefaultIsTheReferences(_ oid: UInt32, _ typmod: Int32, _ expression: String, _ value: Value?) throws {
  #expect(try schema(oid, typmod, default: expression)?.defaultValue == value)
  #expect(try schema(oid, typmod, notNull: true, default: expression)?.defaultValue == value)
}

@Test(arguments: [[], ["x", "t", "n", "b", "0", "0", "-1", nil, nil], ["1", nil, "n", "b", "0", "0", "-1", nil, nil],
  ["1", "t", "n", "e", "0", "0", "-1", nil, "{a"], ["1", "t", "n", "d", "0", nil, "-1", nil, nil]] as [[String?]])
func rowsOfAnotherShapeAreRefused(_ row: [String?]) {
  #expect(throws: MillraceError.self) { try PostgresTypeCatalog(rows: [row]) }
}
