/// Decodes a `Decodable` type out of a field: structures and maps by key, arrays and bytes by element, the rest as single values.
struct FieldDecoder: Decoder {
  let field: FieldValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ field: FieldValue, path: [any CodingKey]) {
    self.field = field
    codingPath = path
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    if let row = field.row {
      return KeyedDecodingContainer(KeyedFields(path: codingPath, keys: row.names.compactMap { Key(stringValue: $0) }) { row.field($0) })
    }
    guard let pairs = field.pairs else { throw mismatch("a structure") }
    let named = Dictionary(pairs.compactMap { pair in pair.key.text.map { ($0, pair.value) } }) { _, last in last }
    return KeyedDecodingContainer(KeyedFields(path: codingPath, keys: named.keys.compactMap { Key(stringValue: $0) }) { named[$0] })
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = field.elements else { throw mismatch("an array") }
    return ElementFields(elements, path: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  /// `T` out of the field: by `RowValue` where it is one, so that `Row.get` and `Row.decode` agree.
  func value<T: Decodable>(_ type: T.Type) throws -> T {
    guard let type = T.self as? any RowValue.Type else { return try T(from: self) }
    do throws(MillraceError) {
      if let value = try type.init(field) as? T { return value }
    } catch {
      throw field.isNull || field.isUnavailable
        ? DecodingError.valueNotFound(T.self, .init(codingPath: codingPath, debugDescription: error.message))
        : mismatch("\(T.self)")
    }
    throw mismatch("\(T.self)")
  }

  private func mismatch(_ wanted: String) -> DecodingError {
    .typeMismatch(Row.self, .init(codingPath: codingPath, debugDescription: field.mismatch(wanted).message))
  }
}

extension FieldDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { field.isNull }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try value(type) }
}

private struct KeyedFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let codingPath: [any CodingKey]
  let allKeys: [Key]
  private let find: (String) -> FieldValue?

  init(path: [any CodingKey], keys: [Key], find: @escaping (String) -> FieldValue?) {
    codingPath = path
    allKeys = keys
    self.find = find
  }

  func contains(_ key: Key) -> Bool { find(key.stringValue) != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try field(key).isNull }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try superDecoder(forKey: key, as: FieldDecoder.self).value(type) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
    try superDecoder(forKey: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try superDecoder(forKey: key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    throw DecodingError.valueNotFound(Row.self, .init(codingPath: codingPath, debugDescription: "a row has no superclass"))
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder(forKey: key, as: FieldDecoder.self) }

  private func superDecoder(forKey key: Key, as type: FieldDecoder.Type) throws -> FieldDecoder {
    FieldDecoder(try field(key), path: codingPath + [key])
  }

  private func field(_ key: Key) throws -> FieldValue {
    guard let field = find(key.stringValue) else {
      throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "there is no field of this name"))
    }
    return field
  }
}

private struct ElementFields: UnkeyedDecodingContainer {
  private struct Index: CodingKey {
    let number: Int
    var stringValue: String { "\(number)" }
    var intValue: Int? { number }
    init(_ number: Int) { self.number = number }
    init?(stringValue: String) { nil }
    init?(intValue: Int) { nil }
  }

  let codingPath: [any CodingKey]
  private let elements: [FieldValue]
  private(set) var currentIndex = 0

  init(_ elements: [FieldValue], path: [any CodingKey]) {
    self.elements = elements
    codingPath = path
  }

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    guard try peek().isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.value(type) } }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    try next { try $0.container(keyedBy: type) }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next { try $0.unkeyedContainer() } }

  mutating func superDecoder() throws -> any Decoder { try next { $0 } }

  private func peek() throws -> FieldValue {
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(Row.self, .init(codingPath: codingPath, debugDescription: "the array has no more elements"))
    }
    return elements[currentIndex]
  }

  /// Goes on to the next element only where this one could be decoded.
  private mutating func next<R>(_ body: (FieldDecoder) throws -> R) throws -> R {
    let result = try body(FieldDecoder(try peek(), path: codingPath + [Index(currentIndex)]))
    currentIndex += 1
    return result
  }
}
