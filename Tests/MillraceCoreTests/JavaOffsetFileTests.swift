import Glibc
import Testing

@testable import MillraceCore

/// The bytes are those that the real Debezium 3.6.3 wrote: after a snapshot and two changes.
struct JavaOffsetFileTests {
  private static let map: [UInt8] = [
    0xac, 0xed, 0x00, 0x05, 0x73, 0x72, 0x00, 0x11, 0x6a, 0x61, 0x76, 0x61, 0x2e, 0x75, 0x74, 0x69, 0x6c, 0x2e, 0x48, 0x61, 0x73, 0x68,
    0x4d, 0x61, 0x70, 0x05, 0x07, 0xda, 0xc1, 0xc3, 0x16, 0x60, 0xd1, 0x03, 0x00, 0x02, 0x46, 0x00, 0x0a, 0x6c, 0x6f, 0x61, 0x64, 0x46,
    0x61, 0x63, 0x74, 0x6f, 0x72, 0x49, 0x00, 0x09, 0x74, 0x68, 0x72, 0x65, 0x73, 0x68, 0x6f, 0x6c, 0x64, 0x78, 0x70, 0x3f, 0x40, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x0c, 0x77, 0x08, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
  ]
  private static let firstArray: [UInt8] = [
    0x75, 0x72, 0x00, 0x02, 0x5b, 0x42, 0xac, 0xf3, 0x17, 0xf8, 0x06, 0x08, 0x54, 0xe0, 0x02, 0x00, 0x00, 0x78, 0x70, 0x00, 0x00, 0x00,
  ]
  private static let nextArray: [UInt8] = [0x75, 0x71, 0x00, 0x7e, 0x00, 0x02, 0x00, 0x00, 0x00]
  private static let key = #"["shop",{"server":"shop"}]"#
  private static let value = #"{"lsn_proc":26511984,"messageType":"UPDATE","lsn":26511984,"txId":729,"ts_usec":1795561928086257}"#

  /// A file with these keys and values; nil is Java's null.
  private static func file(_ texts: [String?]) -> [UInt8] {
    var bytes = map + [UInt8(texts.count / 2)]
    var isFirst = true
    for text in texts {
      guard let text else {
        bytes.append(0x70)
        continue
      }
      bytes += (isFirst ? firstArray : nextArray) + [UInt8(text.utf8.count)] + text.utf8
      isFirst = false
    }
    return bytes + [0x78]
  }

  private let partition = [Checkpoint.Entry("server", .text("shop"))]

  @Test func aFileOfDebeziumsIsRead() throws {
    let bytes = Self.file([Self.key, Self.value])
    #expect(JavaOffsetFile.isOne(bytes))
    let checkpoint = try #require(try JavaOffsetFile.checkpoints(bytes, name: "other").first)
    #expect(checkpoint.partition == partition)
    #expect(checkpoint.offset.map(\.key) == ["lsn_proc", "messageType", "lsn", "txId", "ts_usec"])
    #expect(checkpoint["lsn"] == .integer(26_511_984))
    #expect(checkpoint.state == nil)
  }

  @Test func everyTruncationAndEveryChangedByteOfTheFrameIsDamage() {
    let bytes = Self.file([Self.key, Self.value])
    for count in 0..<bytes.count { #expect(throws: OffsetDamage.self) { try JavaOffsetFile.entries(Array(bytes[..<count])) } }
    #expect(throws: OffsetDamage.self) { try JavaOffsetFile.entries(bytes + [0]) }
    // Load factor, threshold and capacity (bytes 63 to 70, 73 to 76) say nothing about the content.
    for index in 0..<Self.map.count + Self.firstArray.count where !(63...76).contains(index) {
      var changed = bytes
      changed[index] ^= 0x55
      #expect(throws: OffsetDamage.self, "byte \(index)") { try JavaOffsetFile.entries(changed) }
    }
  }

  @Test func nullValuesAreLeftOutAndNullKeysAreDamage() throws {
    #expect(try JavaOffsetFile.checkpoints(Self.file([Self.key, nil]), name: "").isEmpty)
    #expect(throws: OffsetDamage.self) { try JavaOffsetFile.checkpoints(Self.file([nil, Self.value]), name: "") }
  }

  @Test func theNameDecidesWhereTwoConnectorsHaveOnePartition() throws {
    let bytes = Self.file([Self.key, #"{"lsn":1}"#, #"["b",{"server":"shop"}]"#, #"{"lsn":2}"#])
    #expect(try JavaOffsetFile.checkpoints(bytes, name: "b").map { $0["lsn"] } == [.integer(2)])
    #expect(try JavaOffsetFile.checkpoints(bytes, name: "shop").map { $0["lsn"] } == [.integer(1)])
    #expect(throws: OffsetDamage.self) { try JavaOffsetFile.checkpoints(bytes, name: "c") }
  }

  @Test(arguments: [
    "x", "[]", #"["shop"]"#, #"[1,{"server":"shop"}]"#, #"["shop",{"server":"shop"},1]"#, #"["shop",[]]"#, #"["shop",{"server":{"a":{}}}]"#,
  ])
  func aKeyOfAnotherFormIsDamage(key: String) {
    #expect(throws: OffsetDamage.self) { try ConnectOffset(key: Array(key.utf8)) }
  }

  @Test func aKeyIsWrittenAsConnectWritesIt() throws {
    let key = ConnectOffset(name: "shop", partition: partition)
    #expect(try key.key() == Self.key)
    #expect(try ConnectOffset(key: Array(Self.key.utf8)) == key)
    #expect(key.isOf("shop", partition) && !key.isOf("b", partition) && !key.isOf("shop", []))
    #expect(try ConnectOffset.value(try ConnectOffset.offset(Array(Self.value.utf8))) == Self.value)
    #expect(throws: OffsetDamage.self) { try ConnectOffset.offset(Array("[]".utf8)) }
    #expect(throws: OffsetDamage.self) { try ConnectOffset.offset(Array("{\"lsn\":".utf8)) }
  }

  @Test func theFileStoreTakesItOverAndKeepsACopy() async throws {
    var template = Array("/tmp/millrace-test-XXXXXX".utf8CString)
    let folder = mkdtemp(&template).map { String(cString: $0) } ?? ""
    let path = folder + "/offsets.dat"
    defer {
      for name in ["", ".lock", ".debezium"] { unlink(path + name) }
      rmdir(folder)
    }
    let bytes = Self.file([Self.key, Self.value])
    try OpenFile(path, O_WRONLY | O_CREAT).write(bytes)
    let store = FileOffsetStore(path: path, name: "shop")
    var checkpoint = try #require(try await store.load(partition: partition))
    #expect(try OpenFile(path, O_RDONLY).readAll() == bytes)
    #expect(try OpenFile(path + ".debezium", O_RDONLY).readAll() == bytes)
    checkpoint.state = "{}"
    try await store.save(checkpoint)
    await store.close()
    #expect(try OpenFile(path, O_RDONLY).readAll().first == UInt8(ascii: "{"))
    #expect(try OpenFile(path + ".debezium", O_RDONLY).readAll() == bytes)
    let again = FileOffsetStore(path: path, name: "shop")
    #expect(try await again.load(partition: partition) == checkpoint)
    await again.close()
    // A damaged one is not absence.
    try OpenFile(path, O_WRONLY | O_TRUNC).write(Array(bytes.dropLast()))
    let error = await #expect(throws: MillraceError.self) { try await FileOffsetStore(path: path).load(partition: partition) }
    #expect(error?.code == "offsets.damaged")
  }
}
