import Foundation
@testable import MillraceMySQL

extension TableDefinition {
  /// The same table without what a server does not keep of a statement: synonyms, display widths, the form of literals.
  func canonical(_ dialect: SQLDialect) -> TableDefinition {
    var table = self
    table.columns = columns.map { $0.canonical(dialect) }
    table.charset = charset.map { CharacterSet.canonical($0) }
    table.collation = collation.map { CharacterSet.canonical(collation: $0) }
    table.keys = keys.filter { $0.isUnique }.sorted { $0.name.lowercased() < $1.name.lowercased() }
    table.keys = table.keys.map { KeyDefinition($0.name.lowercased(), $0.columns, isUnique: true) }
    table.comment = comment.map { unescaped($0) }
    if table.comment == "" { table.comment = nil }
    return table
  }
}

private func unescaped(_ raw: String) -> String {
  SQLTokenizer.tokens(Array("'\(raw)'".utf8), .mysql, []).first?.text ?? ""
}

extension ColumnDefinition {
  func canonical(_ dialect: SQLDialect) -> ColumnDefinition {
    var column = self
    column.writtenType = nil
    column.writtenMembers = nil
    column.charset = charset.map { CharacterSet.canonical($0) }
    column.collation = collation.map { CharacterSet.canonical(collation: $0) }
    if column.charset == "binary" {   // MySQL says nothing of an ENUM of bytes
      column.charset = nil
      column.collation = nil
    }
    column.comment = comment.map { unescaped($0) }
    if column.comment == "" { column.comment = nil }
    if type == .geometryCollection || !type.isSpatial || dialect.isMariaDB { column.srid = dialect.isMariaDB ? nil : srid }
    switch type {
    case .tinyint, .smallint, .mediumint, .int, .bigint: column.length = width(dialect)
    case .tinytext, .text, .mediumtext, .longtext, .tinyblob, .blob, .mediumblob, .longblob: column.length = nil
    case .year: column.length = dialect.isMariaDB ? length ?? 4 : nil
    case .float, .double: if scale == nil { column.length = nil }
    default: break
    }
    column.defaultValue = canonicalDefault(dialect)
    return column
  }

  private func width(_ dialect: SQLDialect) -> Int? {
    let widths: [ColumnType: (Int, Int)] = [.tinyint: (4, 3), .smallint: (6, 5), .mediumint: (9, 8), .int: (11, 10), .bigint: (20, 20)]
    let usual = widths[type].map { isUnsigned ? $0.1 : $0.0 }
    if !dialect.hidesIntegerWidth { return length == 0 ? usual : length ?? usual }
    if isZerofill { return length == 0 ? usual : length ?? usual }
    return type == .tinyint && length == 1 && !isUnsigned ? 1 : nil
  }

  private func canonicalDefault(_ dialect: SQLDialect) -> ColumnDefault {
    if isGenerated || isAutoIncremented { return .none }
    switch defaultValue {
    case .none, .null: return .none
    case .bits(let digits):
      let number = Int(digits, radix: 2) ?? 0
      return type == .bit ? .bits(String(number, radix: 2)) : literal(String(number))
    case .hex(let digits):
      if type == .binary || type == .varbinary { return .hex(padded(digits.uppercased())) }
      if type.isText { return literal(text(hex: digits)) }
      if type == .bit { return .bits(String(Int(digits, radix: 16) ?? 0, radix: 2)) }
      return literal(String(Int(digits, radix: 16) ?? 0))
    case .literal(let raw):
      if type == .bit, let number = Int(unescaped(raw)) { return .bits(String(number, radix: 2)) }
      if type == .binary || type == .varbinary {
        return .hex(padded(unescaped(raw).utf8.map { String(format: "%02X", $0) }.joined()))
      }
      return literal(unescaped(raw))
    case .expression(let text):
      let name = text.uppercased()
      let isNow = ["CURRENT_TIMESTAMP", "NOW", "LOCALTIME"].contains { name.hasPrefix($0) }
      return .expression(isNow ? "now" : "an expression")
    }
  }

  private func padded(_ hex: String) -> String {
    let count = type == .binary ? (length ?? 1) * 2 : hex.count
    return hex + String(repeating: "0", count: max(0, count - hex.count))
  }

  private func text(hex: String) -> String {
    var bytes: [UInt8] = []
    var digits = Substring(hex)
    while let byte = UInt8(digits.prefix(2), radix: 16) {
      bytes.append(byte)
      digits = digits.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func literal(_ text: String) -> ColumnDefault {
    switch type {
    case .tinyint, .smallint, .mediumint, .int, .bigint, .decimal, .float, .double, .year:
      let word = text.lowercased()
      if word == "true" || word == "false" { return .literal(word == "true" ? "1.0" : "0.0") }
      var number = Double(text) ?? .nan
      if type != .float, type != .double, let scale = Optional(self.scale ?? 0) {
        let factor = pow(10, Double(scale))
        number = (number * factor).rounded(.toNearestOrAwayFromZero) / factor
      }
      if type == .year, number < 100 { number += number < 70 ? 2000 : 1900 }
      return .literal(String(number == 0 ? 0 : number))
    case .date:
      guard text.count == 8, Int(text) != nil else { return .literal(String(text.prefix(10))) }
      return .literal("\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))")
    case .time, .datetime, .timestamp:
      var parts = text.split(separator: ".", omittingEmptySubsequences: false)
      if parts.count == 1 { parts.append("") }
      let digits = parts[1].padding(toLength: length ?? 0, withPad: "0", startingAt: 0)
      var whole = String(parts[0])
      if type != .time, !whole.contains(" ") { whole += " 00:00:00" }
      return .literal("\(whole).\(digits)")
    case .enum, .set:
      return .literal(text.lowercased())
    default: return .literal(text)
    }
  }
}
