internal import MillraceCore

/// Replaces the text of one column by stars, in the rows before and after each change.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
final class MaskColumn: Transform, @unchecked Sendable {
  static let options = [ConfigurationOption("column", required: true, "The column to mask.")]

  private let column: String
  /// Where the column is, by schema object; the schema is held, so that its identity stays its own.
  private var places: [ObjectIdentifier: (schema: Schema, fields: [(row: Int, column: Int)])] = [:]

  init(_ configuration: inout Configuration) {
    column = configuration.required("column", "name the column to mask")
  }

  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    // What depends on a schema is found once for each; a record costs two comparisons and a slot.
    let places = batch.schemas.map { place(in: $0) }
    var stars: Slot?
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let record = batch.records[index]
      guard record.valueSchema != Record.noSchema, record.value.kind == .structure else { continue }
      for (row, column) in places[Int(record.valueSchema)] {
        let row = batch.field(row, of: record.value)
        guard row.kind == .structure, batch.slots[row.offset + column].kind == .text else { continue }
        let mask = stars ?? batch.text("***")
        stars = mask
        batch.slots[row.offset + column] = mask
      }
    }
  }

  private func place(in schema: Schema) -> [(row: Int, column: Int)] {
    if let known = places[ObjectIdentifier(schema)] { return known.fields }
    var fields: [(row: Int, column: Int)] = []
    for name in ["before", "after"] {
      guard let row = schema.index(of: name), let column = schema.fields[row].schema.index(of: column) else { continue }
      fields.append((row, column))
    }
    places[ObjectIdentifier(schema)] = (schema, fields)
    return fields
  }
}
