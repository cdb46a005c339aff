import MillraceCore
import MillraceTransforms
import Testing

@testable import MillraceScripting

/// Expressions as people write them for Debezium. The real one's scripting module is not in the package that the golden cases are
/// recorded with, so these say what its engines (GraalJS; Groovy for the subset) answer by their own rules.
@Suite struct ScriptTests {
  private static let row = Schema(
    .structure([
      Schema.Field("id", .int32), Schema.Field("x", .string), Schema.Field("n", Schema(.int32, optional: true, defaultValue: .integer(5))),
      Schema.Field(
        "d", Schema(.bytes, optional: true, name: "org.apache.kafka.connect.data.Decimal", version: 1, parameters: [.init("scale", "2")])),
      Schema.Field("raw", .optionalBytes), Schema.Field("list", Schema(.array(.optionalString), optional: true)),
      Schema.Field("map", Schema(.map(key: .string, value: .optionalInt64), optional: true)), Schema.Field("b", .optionalBoolean),
    ]), optional: true, name: "srv.public.t.Value")
  private static let key = Schema(.structure([Schema.Field("id", .int32)]), name: "srv.public.t.Key")
  private static let source = Schema(.structure([Schema.Field("table", .string)]), name: "Source")
  private static let envelope = Envelope.schema(topic: "srv.public.t", row: row, source: source)

  private static func record(_ op: String, before: Value, after: Value, topic: String = "srv.public.t", into batch: inout RecordBatch) {
    let value = Value.structure([before, after, .structure([.text("t")]), .null, .text(op), .integer(5), .null, .null])
    let keySlot = batch.slot(.structure([.integer(2)])), slot = batch.slot(value)
    let header = Header(name: batch.intern(headerName: "kind"), schema: batch.intern(schema: .string), value: batch.text("ü😀"))
    batch.headers.append(header)
    batch.records.append(
      Record(
        topic: batch.intern(topic: topic), keySchema: batch.intern(schema: key), key: keySlot, valueSchema: batch.intern(schema: envelope),
        value: slot, firstHeader: UInt32(batch.headers.count - 1), headerCount: 1, order: .init(commit: 7, ordinal: UInt64(batch.records.count))))
  }

  private static func batch() -> RecordBatch {
    var batch = RecordBatch()
    let old = Value.structure([.integer(2), .text("a"), .null, .integer(150), .bytes([1, 255]), .array([.text("p"), .null]), .map([.init(.text("k"), .integer(3))]), .boolean(true)])
    let new = Value.structure([.integer(2), .text("😀b"), .integer(7), .bytes([0xff, 0x6a]), .null, .array([]), .null, .boolean(false)])
    record("u", before: old, after: new, into: &batch)
    record("c", before: .null, after: new, topic: "srv.public.other", into: &batch)
    record("d", before: old, after: .null, into: &batch)
    batch.records.append(batch.records[2])
    batch.records[3].value = .null
    batch.records[3].valueSchema = Record.noSchema
    return batch
  }

  private func make(_ purpose: ScriptTransform.Purpose, _ expression: String, _ more: [String: String] = [:]) -> (ScriptTransform, [Finding]) {
    var settings = ["language": "jsr223.graal.js", purpose == .filter ? "condition" : "topic.expression": expression]
    settings.merge(more) { $1 }
    var configuration = Configuration(settings)
    let transform = ScriptTransform(purpose, &configuration)
    return (transform, configuration.findings)
  }

  /// Which records stay.
  private func kept(_ expression: String, _ more: [String: String] = [:]) throws -> [Bool] {
    let (transform, findings) = make(.filter, expression, more)
    try #require(findings.isEmpty, "\(findings)")
    var batch = ScriptTests.batch()
    try transform.apply(to: &batch, where: Selection())
    return (0..<batch.records.count).map { !batch.records[$0].isDropped }
  }

  /// Whether the expression holds for the update.
  private func holds(_ expression: String) throws -> Bool {
    let (transform, findings) = make(.filter, expression)
    try #require(findings.isEmpty, "\(findings)")
    var batch = ScriptTests.batch()
    for index in 1..<4 { batch.records[index].isDropped = true }
    try transform.apply(to: &batch, where: Selection())
    return !batch.records[0].isDropped
  }

  @Test func conditionsSeeEveryPartOfARecord() throws {
    #expect(try kept("value.op == 'u' && value.before.id == 2") == [true, false, false, true])
    #expect(try kept("value.op != 'd'") == [true, true, false, true])
    #expect(try kept("key.id === 2 && topic == 'srv.public.t'") == [true, false, true, true])
    #expect(try kept("value.source.table == 't' && value.after != null") == [true, true, false, true])
    #expect(try kept("valueSchema.name() == 'srv.public.t.Envelope' && keySchema.name == 'srv.public.t.Key'") == [true, true, true, true])
    #expect(try kept("header.kind.value == 'ü😀' && header.kind.schema.type() == 'STRING'") == [true, true, true, true])
    #expect(try kept("header.nosuch === undefined") == [true, true, true, true])
  }

  @Test func valuesAreWhatTheirTypesSay() throws {
    for expression in [
      "value.after.x == '😀b'", "value.after.x.length == 3", "value.before.n == 5", "value.after.n == 7", "value.before.d == 1.5",
      "value.after.d == -1.5", "value.before.raw[1] == 255 && value.before.raw.length == 2", "value.after.raw === null",
      "value.before.list.length == 2 && value.before.list[1] === null", "value.after.list.length === 0", "value.before.map.k == 3",
      "value.before.b && !value.after.b", "value.nosuch === undefined", "'x' in value.after && !('y' in value.after)", "/^😀/.test(value.after.x)",
      "Object.keys(value.after).join() == 'id,x,n,d,raw,list,map,b'", "value.ts_ms == 5", "var n = value.after.n; n > 6", "value.transaction == null",
    ] { #expect(try holds(expression), "\(expression)") }
  }

  @Test func aScriptKeepsNothingOfARecord() throws {
    // Kept between records by the script itself; it asks in vain.
    let (transform, findings) = make(.filter, "if (!this.old) { this.old = value; } this.old === value || this.old.op === undefined")
    #expect(findings.isEmpty)
    var batch = ScriptTests.batch()
    try transform.apply(to: &batch, where: Selection())
    #expect((0..<3).allSatisfy { !batch.records[$0].isDropped })
  }

  @Test func nullsAreKeptDroppedOrEvaluated() throws {
    #expect(try kept("false") == [false, false, false, true])
    #expect(try kept("true", ["null.handling.mode": "drop"]) == [true, true, true, false])
    #expect(try kept("value == null", ["null.handling.mode": "evaluate"]) == [false, false, false, true])
    #expect(try kept("valueSchema === null", ["null.handling.mode": "evaluate"]) == [false, false, false, true])
  }

  @Test func otherTopicsPassUnseen() throws {
    #expect(try kept("false", ["topic.regex": "srv\\.public\\.t"]) == [false, true, false, true])
  }

  @Test func aRouterNamesTheTopicOrLeavesIt() throws {
    let (transform, findings) = make(.router, "value.op == 'u' ? 'updates-' + value.after.x : null")
    #expect(findings.isEmpty)
    var batch = ScriptTests.batch()
    try transform.apply(to: &batch, where: Selection())
    #expect((0..<4).map { batch.topics[Int(batch.records[$0].topic)] } == ["updates-😀b", "srv.public.other", "srv.public.t", "srv.public.t"])
  }

  private func failure(_ purpose: ScriptTransform.Purpose, _ expression: String) throws -> MillraceError {
    let (transform, findings) = make(purpose, expression)
    try #require(findings.isEmpty, "\(findings)")
    var batch = ScriptTests.batch()
    do throws(MillraceError) {
      try transform.apply(to: &batch, where: Selection())
    } catch {
      return error
    }
    throw Silent()
  }
  private struct Silent: Error {}

  @Test func whatGoesWrongNamesTransformTopicAndPlaceAndNoValue() throws {
    let missing = try failure(.filter, "value.before.id == 2")
    #expect(missing.component == "Filter" && missing.retry == .record)
    #expect(missing.subject == "srv.public.other" && missing.position == "7/1")
    #expect(missing.message.contains("of null"))
    #expect(try failure(.filter, "value.op").code == "transform.Filter.type")
    #expect(try failure(.router, "7").code == "transform.ContentBasedRouter.type")
    let thrown = try failure(.filter, "(function () { throw new Error(value.after.x); })()")
    #expect(thrown.code == "transform.Filter.exception")
    #expect(!thrown.message.contains("b\"") && !thrown.message.contains("😀"))
    #expect(try failure(.filter, "(value.after.x = 'z') == 'z'").message.contains("cannot be changed"))
  }

  @Test func timeAndMemoryAreBounded() throws {
    #expect(try failure(.filter, "(function () { while (true) {} })()").code == "transform.Filter.steps")
    #expect(try failure(.filter, "(function () { var a = ['x']; while (true) { a.push(a.join('') + a.length); } })()").code == "transform.Filter.memory")
    #expect(try failure(.filter, "/^(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')").message.contains("RangeError"))
    #expect(try kept("/^s.*c/.test(topic)") == [true, true, true, true])
    // What went wrong once does not stay so.
    let (transform, _) = make(.filter, "if (topic == 'srv.public.other') { while (true) {} } true")
    var batch = ScriptTests.batch()
    #expect(throws: MillraceError.self) { try transform.apply(to: &batch, where: Selection()) }
    batch.records[1].isDropped = true
    try transform.apply(to: &batch, where: Selection())
    #expect(!batch.records[2].isDropped)
  }

  @Test func whatCannotBeCompiledIsToldWithinTheBounds() {
    // What an expression runs while it is compiled is bounded, and so is making the text of its error.
    let endless = "1); }); throw {toString: function () { while (true) {} }}; (function () { return (1"
    let huge = "1); }); throw {toString: function () { var a = ['x']; while (true) { a.push(a.join('') + a.length); } }}; (function () { return (1"
    for expression in [endless, huge, "\"" + String(repeating: "x", count: 40 << 20) + "\""] {
      let findings = make(.filter, expression).1
      #expect(findings.map(\.key) == ["condition"])
      #expect(findings.allSatisfy { !$0.problem.isEmpty })
    }
  }

  @Test func mistakesAreFoundBeforeTheStart() {
    #expect(make(.filter, "value.op ==").1.map(\.key) == ["condition"])
    #expect(make(.router, "value.after?.x").1.map(\.key) == ["topic.expression"])
    #expect(make(.filter, "true", ["language": "wasm.chicory"]).1.map(\.key) == ["language"])
    #expect(make(.filter, "true", ["language": "groovy"]).1.map(\.key) == ["language"])
    #expect(make(.filter, "true", ["language": "jsr223.python"]).1.map(\.key) == ["language"])
    #expect(make(.filter, "true", ["topic.regex": "("]).1.map(\.key) == ["topic.regex"])
    #expect(make(.filter, "", [:]).1.map(\.key) == ["condition"])
  }

  @Test func groovyIsTakenWhereItMeansTheSame() {
    func differs(_ expression: String) -> Bool { !make(.filter, expression, ["language": "jsr223.groovy"]).1.isEmpty }
    #expect(!differs("value.op == 'u' && value.before.id == 2"))
    #expect(!differs("topic != \"srv.public.t\" || !(value.after.n >= -1.5)"))
    #expect(!differs("value.op == 'd' ? true : false"))
    #expect(!differs("header.kind.value == 'in' && value.after == null"))
    for expression in [
      "value.op in ['c', 'u']", "value.after?.n == 1", "value.after.x =~ 'a'", "value.after.x ==~ /a/", "value.after.x.startsWith('a')", "value.op <=> 'a'",
      "\"${topic}\" == 'a'", "value.op === 'u'", "value.n ?: 1", "value.list.any { it }", "def a = 1; true", "value.after.n / 2 == 1", "value.after.n + 1 == 2",
    ] { #expect(differs(expression), "\(expression)") }
  }
}
