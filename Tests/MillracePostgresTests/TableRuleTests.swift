import MillraceCore
import Testing

@testable import MillracePostgres

/// What keys, masks and names from the configuration make of a table's records.
struct TableRuleTests {
  /// `public.t (id int4 primary key, body text, n int4)` is relation 1, `public.f`, with REPLICA IDENTITY FULL, relation 2.
  private func records(
    _ settings: [String: String], skipsUnchanged: Bool = false, without excluded: String = "", _ messages: [UInt8]...
  ) throws -> [Seen] {
    let feed = Feed(without: excluded, skipsUnchanged: skipsUnchanged, settings)
    try feed.take([PgOutput.table, PgOutput.full, PgOutput.begin(900)])
    for (index, message) in messages.enumerated() { try feed.take(message, lsn: UInt64(100 + index)) }
    return feed.drain()
  }

  private func row(_ id: Int64, _ body: Value, _ n: Value = .integer(1)) -> Value { .structure([.integer(id), body, n]) }
  private func cells(_ id: Int, _ body: PgOutput.Cell) -> [PgOutput.Cell] { [.text("\(id)"), body, .text("1")] }

  // MARK: masks

  @Test func aMaskChangesEveryTextAndNull() throws {
    let seen = try records(
      ["column.mask.with.3.chars": "public\\..*\\.body"], PgOutput.insert(1, cells(1, .text("secret"))), PgOutput.insert(1, cells(2, .null)),
      PgOutput.update(1, cells(1, .unchanged)), PgOutput.delete(1, "K", [.text("1"), .null, .null]))
    #expect(seen[0].after == row(1, .text("***")))
    #expect(seen[1].after == row(2, .text("***")))
    #expect(seen[2].after == row(1, .text("***")))
    #expect(seen[3].before == row(1, .text("***"), .null))
  }

  @Test func aValueThatTheLogDidNotCarryIsTheAlteredPlaceholder() throws {
    let seen = try records(["column.truncate.to.10.chars": "public.t.body"], PgOutput.update(1, cells(1, .unchanged)))
    #expect(seen[0].after == row(1, .text("__debezium")))
    // The full old row has it.
    let full = try records(
      ["column.truncate.to.2.chars": "public.f.body"], PgOutput.update(2, old: ("O", cells(1, .text("abc"))), cells(1, .unchanged)))
    #expect(full[0].before == row(1, .text("ab")) && full[0].after == row(1, .text("ab")))
  }

  @Test func theKeyKeepsWhatTheRowHides() throws {
    let settings = ["column.mask.with.2.chars": "public.f.body", "message.key.columns": "public.f:body,id"]
    let seen = try records(
      settings, PgOutput.insert(2, cells(1, .text("a"))), PgOutput.update(2, old: ("O", cells(1, .text("a"))), cells(1, .text("b"))))
    #expect(seen[0].key == .structure([.text("a"), .integer(1)]))
    #expect(seen[0].after == row(1, .text("**")))
    #expect(seen.map(\.op) == [.text("c"), .text("d"), .unavailable, .text("c")])
    #expect(seen[3].key == .structure([.text("b"), .integer(1)]))
    let shape = tableShape("public", "f", [.init(name: "body", type: 25, modifier: -1, notNull: false)], key: [], settings)
    #expect(shape.row.fields.map(\.schema.parameters) == [[Schema.Parameter("masked", "true")]])
    #expect(shape.key?.fields.map(\.schema.parameters) == [[]])
    #expect(shape.unmasked.isEmpty)
  }

  @Test func aMaskOfANumberIsToldButChangesNothing() throws {
    let settings = ["column.mask.hash.v2.MD5.with.salt.s": "public.t.n"]
    let columns: [PostgresTable.Column] = [.init(name: "n", type: 23, modifier: -1, notNull: true)]
    let shape = tableShape("public", "t", columns, key: [], settings)
    #expect(shape.unmasked == ["n"])
    #expect(shape.row.fields.map(\.schema.parameters) == [[Schema.Parameter("masked", "true")]])
    #expect(try records(settings, PgOutput.insert(1, cells(1, .null)))[0].after == row(1, .null))
    #expect(tableShape("public", "t", columns, key: [], ["column.truncate.to.50.chars": "public.t.n"]).unmasked.isEmpty)
  }

  @Test func aColumnThatIsLeftOutIsNotAltered() throws {
    let seen = try records(
      ["column.mask.with.2.chars": "public.t.body"], without: "public.t.body", PgOutput.insert(1, cells(1, .text("a"))))
    #expect(seen[0].after == .structure([.integer(1), .integer(1)]))
  }

  // MARK: keys

  @Test func aKeyOfOtherColumnsChangesWithThem() throws {
    let seen = try records(
      ["message.key.columns": "public.f:body"], PgOutput.update(2, old: ("O", cells(1, .text("a"))), cells(2, .text("a"))),
      PgOutput.update(2, old: ("O", cells(2, .text("a"))), cells(2, .null)))
    #expect(seen.map(\.op) == [.text("u"), .text("d"), .unavailable, .text("c")])
    #expect(seen[0].key == .structure([.text("a")]))
    #expect(seen[3].key == .structure([.null]))
  }

  @Test func aKeyThatTheOldRowDoesNotTellIsNoChange() throws {
    let seen = try records(["message.key.columns": "public.t:body"], PgOutput.update(1, old: ("K", [.text("1"), .null, .null]), cells(2, .text("a"))))
    #expect(seen.map(\.op) == [.text("u")])
    #expect(seen[0].key == .structure([.text("a")]))
    #expect(seen[0].before == .structure([.integer(1), .null, .null]))
  }

  @Test func membersOfAKeyAreRequiredOnlyWhereTheColumnIs() {
    let columns: [PostgresTable.Column] = [
      .init(name: "a", type: 25, modifier: -1, notNull: false), .init(name: "b", type: 25, modifier: -1, notNull: true),
    ]
    let shape = tableShape("public", "t", columns, key: [], ["message.key.columns": "public.t:b,a"])
    #expect(shape.key?.fields.map(\.name) == ["b", "a"])
    #expect(shape.key?.fields.map(\.schema.isOptional) == [false, true])
  }

  @Test func tablesOfOneTopicAreToldApartInTheKey() throws {
    let settings = [
      "topic.naming.strategy": "io.debezium.schema.SchemaRegexTopicNamingStrategy", "topic.regex": "srv\\.public\\..*",
      "topic.replacement": "all", "topic.key.field.name": "from",
    ]
    let seen = try records(settings, PgOutput.insert(1, cells(1, .null)), PgOutput.insert(2, cells(1, .null)))
    #expect(seen.map(\.topic) == ["all", "all"])
    #expect(seen.map(\.key) == [.structure([.integer(1), .text("srv.public.t")]), .structure([.integer(1), .text("srv.public.f")])])
  }

  // MARK: names

  @Test func namesAreAdjustedInKeysRowsAndEnvelopes() {
    let columns: [PostgresTable.Column] = [.init(name: "a-b", type: 23, modifier: -1, notNull: true)]
    let shape = tableShape(
      "my-schema", "t", columns, key: ["a-b"], ["schema.name.adjustment.mode": "avro", "field.name.adjustment.mode": "avro"])
    #expect(shape.topic == "srv.my-schema.t")
    #expect(shape.key?.name == "srv.my_schema.t.Key" && shape.key?.fields.map(\.name) == ["a_b"])
    #expect(shape.row.name == "srv.my_schema.t.Value" && shape.row.fields.map(\.name) == ["a_b"])
    #expect(shape.envelope.name == "srv.my_schema.t.Envelope" && shape.keyFields == [0])
  }

  @Test func columnsThatWouldShareANameAreAnError() throws {
    var configuration = Configuration(["topic.prefix": "srv", "field.name.adjustment.mode": "avro"])
    let rules = TableRules(&configuration, parts: .schema), filter = TableFilter(&configuration)
    let columns = ["a-b", "a_b"].map { PostgresTable.Column(name: $0, type: 23, modifier: -1, notNull: false) }
    let error = #expect(throws: MillraceError.self) {
      try TableShape(
        schema: "public", table: "t", columns: columns, key: [], rules: rules, source: SourceBlock.schema,
        types: TypeMapper(catalog: PostgresTypeCatalog()), filter: filter)
    }
    #expect(error?.code == "postgres.field-name" && error?.subject == "public.t")
  }

  // MARK: what is left out

  @Test func anUpdateThatChangesNothingIsLeftOut() throws {
    let same = PgOutput.update(2, old: ("O", cells(1, .text("a"))), cells(1, .text("a")))
    #expect(try records([:], same).count == 1)
    #expect(try records([:], skipsUnchanged: true, same).isEmpty)
    let hidden = PgOutput.update(2, old: ("O", cells(1, .text("a"))), cells(1, .text("b")))
    #expect(try records([:], skipsUnchanged: true, hidden).count == 1)
    #expect(try records([:], skipsUnchanged: true, without: "public.f.body", hidden).isEmpty)
    #expect(try records(["column.mask.with.1.chars": "public.f.body"], skipsUnchanged: true, hidden).isEmpty)
    // Unchanged TOAST; and without an old row nothing is known.
    #expect(try records([:], skipsUnchanged: true, PgOutput.update(2, old: ("O", cells(1, .text("a"))), cells(1, .unchanged))).isEmpty)
    #expect(try records([:], skipsUnchanged: true, PgOutput.update(1, cells(1, .text("a")))).count == 1)
    // An old row of the key alone says nothing of the other columns.
    #expect(try records([:], skipsUnchanged: true, PgOutput.update(2, old: ("K", cells(1, .null)), cells(1, .null))).count == 1)
  }

  @Test func aChangedKeyIsAChangeEvenWhereTheRowDoesNotShowIt() throws {
    let change = PgOutput.update(2, old: ("O", cells(1, .text("a"))), cells(2, .text("a")))
    let seen = try records([:], skipsUnchanged: true, without: "public.f.id", change)
    #expect(seen.map(\.op) == [.text("d"), .unavailable, .text("c")])
  }

  @Test func messagesAreChosenByTheirPrefix() throws {
    let messages = ["keep", "KEEP.2", "other"].map { PgOutput.message($0, "x", lsn: 5, isTransactional: true) }
    func prefixes(_ settings: [String: String]) throws -> [Value] {
      try records(settings, messages[0], messages[1], messages[2]).map(\.key)
    }
    func keys(_ names: String...) -> [Value] { names.map { .structure([.text($0)]) } }
    #expect(try prefixes([:]) == keys("keep", "KEEP.2", "other"))
    #expect(try prefixes(["message.prefix.include.list": "keep.*"]) == keys("keep", "KEEP.2"))
    #expect(try prefixes(["message.prefix.exclude.list": "keep.*"]) == keys("other"))
    var configuration = Configuration(["message.prefix.include.list": "a", "message.prefix.exclude.list": "b"])
    _ = MessagePrefixes(&configuration)
    #expect(configuration.findings.map(\.key) == ["message.prefix.exclude.list"])
  }

  // MARK: lengths and findings

  /// As the reference tells them with `column.propagate.source.type`.
  @Test func lengthsAreThoseOfTheDriver() {
    let catalog = PostgresTypeCatalog()
    let known: [(UInt32, Int32, Int)] = [
      (25, -1, 2_147_483_647), (1043, 12, 8), (1042, 8, 4), (16, -1, 1), (18, -1, 1), (19, -1, 2_147_483_647), (21, -1, 5), (23, -1, 10),
      (20, -1, 19), (26, -1, 10), (700, -1, 8), (701, -1, 17), (1700, 589_831, 9), (1700, -1, 131_089), (1560, 4, 4),
      (1562, -1, 2_147_483_647), (1082, -1, 13), (1083, -1, 15), (1083, 0, 8), (1083, 3, 12), (1266, -1, 21), (1266, 2, 17), (1114, -1, 29),
      (1114, 1, 25), (1114, 3, 26), (1184, 0, 28), (1184, 4, 33), (1186, -1, 49), (114, -1, 2_147_483_647), (1007, -1, 10), (1015, 7, 3), (22, -1, 2_147_483_647), (30, -1, 2_147_483_647),
    ]
    for (type, modifier, length) in known { #expect(SourceTypePropagation.size(type: type, typmod: modifier, catalog).length == length, "\(type) \(modifier)") }
  }

  @Test func rulesThatDoWhatNobodyWantsAreFindings() {
    func findings(_ settings: [String: String], identity: PostgresTable.ReplicaIdentity = .full) -> [Finding] {
      var configuration = Configuration(settings.merging(["topic.prefix": "srv"]) { $1 })
      let rules = TableRules(&configuration, parts: .schema)
      let table = PostgresTable(
        oid: 1, schema: "public", name: "t", kind: "r", replicaIdentity: identity, isUnlogged: false, estimatedRows: 0, isReadable: true,
        columns: ["id", "a-b", "a_b"].map { .init(name: $0, type: 25, modifier: -1, notNull: true) }, key: ["id"], keyIsPrimary: true)
      return TableRuleCheck(rules: rules, filter: TableFilter(&configuration), streams: true).findings(for: table)
    }
    #expect(findings([:]).isEmpty)
    #expect(findings(["column.mask.with.3.chars": "public.t.id"]).map(\.key) == ["column.mask.with.3.chars"])
    let two = findings(["column.mask.with.3.chars": "public.t.a-b", "column.truncate.to.3.chars": "public.t.a.b"])
    #expect(two.map(\.key) == ["column public.t.a-b"] && two[0].severity == .warning)
    #expect(findings(["field.name.adjustment.mode": "avro"]).map(\.severity) == [.error])
    #expect(findings(["message.key.columns": "public.t:a_b"]).isEmpty)
    #expect(findings(["message.key.columns": "public.t:a_b"], identity: .default).map(\.key) == ["message.key.columns"])
    #expect(findings(["message.key.columns": "public.t:id"], identity: .default).isEmpty)
  }
}
