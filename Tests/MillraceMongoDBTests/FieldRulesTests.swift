import MillraceCore
@testable import MillraceMongoDB
import Testing

/// What io.debezium.connector.mongodb.FieldSelector does to documents and changes.
@Suite struct FieldRulesTests {
  private func record(_ settings: [String: String], document: BSONDocument, updated: BSONDocument = [:], removed: [String] = []) throws -> Feed.Seen {
    let feed = Feed(settings)
    let update: BSONDocument = ["updatedFields": .document(updated), "removedFields": .array(removed.map { .text($0) })]
    try feed.take(Events.event("update", 1, time: 1, ["fullDocument": .document(document), "updateDescription": .document(update)]))
    return try #require(feed.seen.first)
  }

  private let nested: BSONDocument = [
    "_id": .int32(1), "a": .document(["b": .int32(2), "c": .int32(3)]), "l": .array([.document(["b": .int32(4), "d": .int32(5)]), .int32(6)]), "b": .int32(7),
  ]

  @Test("Fields are left out at any depth, also of the documents in an array")
  func excludes() throws {
    let top = try record(["field.exclude.list": "db.c.b"], document: nested)
    #expect(top.after == .text(#"{"_id": 1,"a": {"b": 2,"c": 3},"l": [{"b": 4,"d": 5},6]}"#))
    let deep = try record(["field.exclude.list": "*.c.a.b,db.*.l.b"], document: nested)
    #expect(deep.after == .text(#"{"_id": 1,"a": {"c": 3},"l": [{"d": 5},6],"b": 7}"#))
    let other = try record(["field.exclude.list": "db.other.b,db.c.a.x.y"], document: nested)
    #expect(other.after == .text(#"{"_id": 1,"a": {"b": 2,"c": 3},"l": [{"b": 4,"d": 5},6],"b": 7}"#))
  }

  @Test("A field with a new name stands at the end")
  func renames() throws {
    let record = try record(["field.renames": "db.c.a.b:z,DB.C._id:key"], document: nested)
    #expect(record.after == .text(#"{"a": {"c": 3,"z": 2},"l": [{"b": 4,"d": 5},6],"b": 7,"key": 1}"#))
  }

  @Test("A new name that a document already has puts its event at fault")
  func taken() throws {
    #expect(throws: MillraceError.self) { try record(["field.renames": "db.c.a.b:c"], document: nested) }
  }

  @Test("Changes are named by paths, with places of arrays in them")
  func changes() throws {
    let updated: BSONDocument = ["a.b": .int32(1), "l.0.b": .int32(2), "a": .document(["b": .int32(3), "c": .int32(4)]), "l.1.d": .int32(5)]
    #expect(try record(["field.exclude.list": "db.c.l.b"], document: nested, updated: updated).update == .structure([.null, .text(#"{"a.b": 1, "a": {"b": 3, "c": 4}, "l.1.d": 5}"#), .null]))
    #expect(try record(["field.renames": "db.c.l.b:z"], document: nested, updated: updated).update == .structure([.null, .text(#"{"a.b": 1, "a": {"b": 3, "c": 4}, "l.1.d": 5, "l.0.z": 2}"#), .null]))
    #expect(try record(["field.renames": "db.c.a.b:z"], document: nested, updated: updated).update == .structure([.null, .text(#"{"l.0.b": 2, "a": {"b": 3, "c": 4}, "l.1.d": 5, "a.z": 1}"#), .null]))
    let whole: BSONDocument = ["a": .document(["b": .int32(3), "c": .int32(4)]), "n": .int32(1)]
    #expect(try record(["field.exclude.list": "db.c.a.b"], document: nested, updated: whole).update == .structure([.null, .text(#"{"a": {"c": 4}, "n": 1}"#), .null]))
  }

  @Test("Removed fields are left out or renamed, those above a rule's field as well")
  func removed() throws {
    #expect(try record(["field.exclude.list": "db.c.a.b"], document: nested, removed: ["a.b", "a", "a.c", "x"]).update == .structure([.array([.text("a.c"), .text("x")]), .text("{}"), .null]))
    #expect(try record(["field.renames": "db.c.l.b:z"], document: nested, removed: ["l.3.b", "x"]).update == .structure([.array([.text("l.3.z"), .text("x")]), .text("{}"), .null]))
    #expect(try record(["field.exclude.list": "db.c.x"], document: nested, removed: ["x"]).update == .structure([.null, .text("{}"), .null]))
  }
}
