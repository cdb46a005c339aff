internal import MillraceCore

/// An image and its label, unwrapped, as text for a reader that knows no JSON: the label as the key, the pixels, numbers from 0 to
/// 255 with commas between, as the value. `CsvValue`, which the program brings, does this and more; here is how little it takes.
///
/// `@unchecked Sendable`: nothing changes after `init`.
final class DigitToCsv: Transform, @unchecked Sendable {
  static let options = [
    ConfigurationOption("label.column", default: "label", "The column that becomes the key."),
    ConfigurationOption("pixels.column", default: "pixels", "The binary column that becomes the value."),
  ]

  private let label: String
  private let pixels: String

  init(_ configuration: inout Configuration) {
    label = configuration.string("label.column") ?? "label"
    pixels = configuration.string("pixels.column") ?? "pixels"
  }

  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    let places = batch.schemas.map { (label: $0.index(of: label), pixels: $0.index(of: pixels)) }
    let text = batch.intern(schema: .string)
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let row = batch.records[index].value
      guard row.kind == .structure, case (let label?, let pixels?) = places[Int(batch.records[index].valueSchema)] else {
        batch.records[index].isDropped = true  // a delete, or no image
        continue
      }
      let start = batch.arena.count
      batch.arena.append(decimal: batch.field(label, of: row).integer)
      let end = batch.arena.count
      let image = batch.field(pixels, of: row)
      for offset in 0..<image.count {
        if offset > 0 { batch.arena.append(UInt8(ascii: ",")) }
        let pixel = batch.arena.withBytes(at: image.offset + offset, length: 1) { $0[0] }
        batch.arena.append(decimal: UInt64(pixel))
      }
      batch.records[index].key = .text(offset: start, length: end - start)
      batch.records[index].value = .text(offset: end, length: batch.arena.count - end)
      batch.records[index].keySchema = text
      batch.records[index].valueSchema = text
    }
  }
}
