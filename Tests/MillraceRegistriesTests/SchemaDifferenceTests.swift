import MillraceCore
import MillraceFormats
import Testing

@testable import MillraceRegistries

@Suite struct SchemaDifferenceTests {
  private func difference(_ ours: String, _ theirs: String, isStrict: Bool = true) -> String? {
    SchemaDifference.between(
      RegistrySchema(.avro, ours, name: nil, topic: "t", part: .value), theirs, isStrict: isStrict)
  }

  private func record(_ name: String = "a.R", _ fields: String) -> String {
    #"{"type":"record","name":"\#(name)","fields":[\#(fields)]}"#
  }

  @Test func whatHasNoInfluenceOnTheBytesIsNoDifference() {
    #expect(difference("\"int\"", "\"int\"") == nil)
    #expect(difference(#"{"type":"int","connect.type":"int16"}"#, "\"int\"") == nil)
    let ours = #"{"type":"record","name":"R","namespace":"a","fields":[{"name":"x","type":["null","int"],"default":null}],"connect.name":"a.R"}"#
    #expect(difference(ours, record(fields: #"{"name":"x","type":["null","int"],"doc":"d"}"#)) == nil)
  }

  @Test func theFirstDifferenceIsNamedWithItsPlace() {
    let ours = record(fields: #"{"name":"x","type":"int"},{"name":"y","type":["null","string"]}"#)
    #expect(difference(ours, record(fields: #"{"name":"x","type":"long"},{"name":"y","type":["null","string"]}"#)) == "x is int, there long")
    #expect(difference(ours, record(fields: #"{"name":"x","type":"int"}"#)) == "y is not there")
    #expect(
      difference(ours, record(fields: #"{"name":"x","type":"int"},{"name":"y","type":["null","string"]},{"name":"z","type":"int"}"#)) == "z is there only")
    #expect(difference(ours, record(fields: #"{"name":"x","type":"int"},{"name":"y","type":["string","null"]}"#)) == "y is null, there string")
    #expect(difference("\"int\"", "\"string\"") == "the whole is int, there string")
    #expect(difference("\"int\"", "{") == "it cannot be read")
  }

  @Test func namesCountOnlyWhereTheSettingIsStrict() {
    let ours = record(fields: #"{"name":"x","type":"int"}"#), theirs = record("b.S", #"{"name":"y","type":"int"}"#)
    #expect(difference(ours, theirs) != nil)
    #expect(difference(ours, theirs, isStrict: false) == nil)
    #expect(difference(ours, record("b.S", #"{"name":"y","type":"long"}"#), isStrict: false) != nil)
  }
}

extension SchemaDifferenceTests {
  private func record(fields: String) -> String { record("a.R", fields) }
}
