/// What a statement's meaning needs to know of the server's charsets: which names are the same, the collation that each has
/// where none is named, and how many bytes a character takes at most.
package enum CharacterSet {
  /// One name for each charset: lower case, and `utf8mb3` for what was `utf8`.
  package static func canonical(_ name: String) -> String {
    let name = name.lowercased()
    return name == "utf8" ? "utf8mb3" : name
  }

  /// The charset that a collation belongs to; nil where the name does not say (MariaDB's `uca1400_ai_ci`).
  package static func of(collation: String) -> String? {
    let collation = collation.lowercased()
    if collation == "binary" { return collation }
    let name = String(collation.prefix { $0 != "_" })
    return table[canonical(name)] == nil ? nil : canonical(name)
  }

  package static func defaultCollation(_ charset: String, _ dialect: SQLDialect) -> String? {
    let charset = canonical(charset)
    if charset == "utf8mb4", !dialect.isMariaDB, dialect.version >= 80000 { return "utf8mb4_0900_ai_ci" }
    return table[charset]?.collation
  }

  package static func binaryCollation(_ charset: String) -> String {
    let charset = canonical(charset)
    return charset == "binary" ? charset : "\(charset)_bin"
  }

  /// One name for each collation: `utf8_general_ci` is `utf8mb3_general_ci`.
  package static func canonical(collation: String) -> String {
    let collation = collation.lowercased()
    return collation.hasPrefix("utf8_") ? "utf8mb3_" + collation.dropFirst(5) : collation
  }

  /// The bytes of its longest character; 4 for a charset that is not known.
  package static func maximumBytes(_ charset: String) -> Int { table[canonical(charset)]?.bytes ?? 4 }

  package static func isKnown(_ charset: String) -> Bool { table[canonical(charset)] != nil }

  private static let table: [String: (collation: String, bytes: Int)] = [
    "armscii8": ("armscii8_general_ci", 1), "ascii": ("ascii_general_ci", 1), "big5": ("big5_chinese_ci", 2),
    "binary": ("binary", 1), "cp1250": ("cp1250_general_ci", 1), "cp1251": ("cp1251_general_ci", 1),
    "cp1256": ("cp1256_general_ci", 1), "cp1257": ("cp1257_general_ci", 1), "cp850": ("cp850_general_ci", 1),
    "cp852": ("cp852_general_ci", 1), "cp866": ("cp866_general_ci", 1), "cp932": ("cp932_japanese_ci", 2),
    "dec8": ("dec8_swedish_ci", 1), "eucjpms": ("eucjpms_japanese_ci", 3), "euckr": ("euckr_korean_ci", 2),
    "gb18030": ("gb18030_chinese_ci", 4), "gb2312": ("gb2312_chinese_ci", 2), "gbk": ("gbk_chinese_ci", 2),
    "geostd8": ("geostd8_general_ci", 1), "greek": ("greek_general_ci", 1), "hebrew": ("hebrew_general_ci", 1),
    "hp8": ("hp8_english_ci", 1), "keybcs2": ("keybcs2_general_ci", 1), "koi8r": ("koi8r_general_ci", 1),
    "koi8u": ("koi8u_general_ci", 1), "latin1": ("latin1_swedish_ci", 1), "latin2": ("latin2_general_ci", 1),
    "latin5": ("latin5_turkish_ci", 1), "latin7": ("latin7_general_ci", 1), "macce": ("macce_general_ci", 1),
    "macroman": ("macroman_general_ci", 1), "sjis": ("sjis_japanese_ci", 2), "swe7": ("swe7_swedish_ci", 1),
    "tis620": ("tis620_thai_ci", 1), "ucs2": ("ucs2_general_ci", 2), "ujis": ("ujis_japanese_ci", 3),
    "utf16": ("utf16_general_ci", 4), "utf16le": ("utf16le_general_ci", 4), "utf32": ("utf32_general_ci", 4),
    "utf8mb3": ("utf8mb3_general_ci", 3), "utf8mb4": ("utf8mb4_general_ci", 4),
  ]
}
