import MillraceCore
import Testing

struct NameAdjustmentTests {
  @Test func avroTurnsWhatItDoesNotAllowIntoUnderscores() {
    let schema = NameAdjustment(.avro, of: .schema), field = NameAdjustment(.avro, of: .field)
    #expect(schema.adjusted("my-srv.public.table dash.Value") == "my_srv.public.table_dash.Value")
    #expect(field.adjusted("with.dot") == "with_dot")
    #expect(field.adjusted("ünï 漢😀_x") == "_n____" + "__x")
    #expect(schema.adjusted("Abc_1.z9") == "Abc_1.z9")
  }

  @Test func aDigitInFrontIsKeptBehindAnUnderscore() {
    #expect(NameAdjustment(.avro, of: .field).adjusted("1digit") == "_1digit")
    #expect(NameAdjustment(.avro, of: .schema).adjusted(".a") == "_a")
    #expect(NameAdjustment(.unicode, of: .field).adjusted("1digit") == "_u0031digit")
  }

  @Test func unicodeKeepsTheCodeOfEachUnit() {
    let field = NameAdjustment(.unicode, of: .field), schema = NameAdjustment(.unicode, of: .schema)
    #expect(field.adjusted("a_b.c") == "a_u005fb_u002ec")
    #expect(schema.adjusted("a_b.c") == "a_u005fb.c")
    #expect(field.adjusted("ü漢😀") == "_u00fc_u6f22_ud83d_ude00")
    // Three digits are not filled up, and one digit by two zeros, as in the reference.
    #expect(field.adjusted("xĄ\t") == "x_u104_u009")
  }

  @Test func noneChangesNothing() {
    #expect(NameAdjustment(.none, of: .field).adjusted("1 ü.") == "1 ü.")
    #expect(NameAdjustment(.avro, of: .field).adjusted("") == "")
  }
}
