internal import CLibMariaDB
internal import MillraceCore

/// How the server is asked for its log.
///
/// Source: MySQL source documentation, "COM_REGISTER_SLAVE", "COM_BINLOG_DUMP", "COM_BINLOG_DUMP_GTID"; MariaDB Knowledge Base, "COM_BINLOG_DUMP".
enum DumpCommand {
  /// What is wanted: from a place of a file on, or what a set of GTIDs does not hold.
  enum Start: Equatable {
    case place(BinlogPlace)
    case behind(GTIDSet)
  }

  /// Sends it. Session variables have been set before by `prepare`.
  static func send(_ start: Start, serverID: UInt32, annotates: Bool, on connection: MySQLConnection) throws(MillraceError) {
    var bytes: [UInt8] = []
    var command: UInt32 = 0x12
    switch start {
    case .place(let place): bytes = dump(place, serverID, annotates: annotates && connection.version.isMariaDB)
    case .behind(let set):
      if connection.version.isMariaDB {
        bytes = dump(BinlogPlace(file: "", position: 4), serverID, annotates: annotates)
      } else {
        command = 0x1E
        append(UInt16(4), to: &bytes)  // BINLOG_THROUGH_GTID
        append(serverID, to: &bytes)
        append(UInt32(0), to: &bytes)
        append(UInt64(4), to: &bytes)
        let encoded = set.encoded
        append(UInt32(encoded.count), to: &bytes)
        bytes += encoded
      }
    }
    register(serverID, on: connection)
    guard run(command, bytes, answers: false, on: connection) else { throw connection.failure("") }
  }

  /// COM_REGISTER_SLAVE: the server lists us among its replicas (`SHOW REPLICAS`), where `check` looks for our number. A server that refuses
  /// sends its log all the same, or says why not.
  private static func register(_ serverID: UInt32, on connection: MySQLConnection) {
    var bytes: [UInt8] = []
    append(serverID, to: &bytes)
    let name = Array("millrace".utf8)
    bytes += [UInt8(name.count)] + name + [0, 0]  // host, user, password
    append(UInt16(0), to: &bytes)  // port
    append(UInt32(0), to: &bytes)
    append(UInt32(0), to: &bytes)
    _ = run(0x15, bytes, answers: true, on: connection)
  }

  private static func run(_ command: UInt32, _ bytes: [UInt8], answers: Bool, on connection: MySQLConnection) -> Bool {
    let handle = connection.handle
    return bytes.withUnsafeBytes { raw in
      handle.pointee.methods.pointee.db_command(
        handle, enum_server_command(rawValue: command), raw.bindMemory(to: CChar.self).baseAddress, raw.count, answers ? 0 : 1, nil)
    } == 0
  }

  /// The command has 32 bits for a position.
  static func canBegin(at place: BinlogPlace) -> Bool { place.position <= UInt64(UInt32.max) }

  private static func dump(_ place: BinlogPlace, _ serverID: UInt32, annotates: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    append(UInt32(canBegin(at: place) ? place.position : 4), to: &bytes)
    append(UInt16(annotates ? 2 : 0), to: &bytes)  // BINLOG_SEND_ANNOTATE_ROWS_EVENT
    append(serverID, to: &bytes)
    return bytes + Array(place.file.utf8)
  }

  private static func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  /// Sets what the dump goes by; answers whether events carry checksums.
  /// - Parameter heartbeat: how often an idle server is to give a sign of life.
  static func prepare(
    _ start: Start, heartbeat: Duration, writeTimeout: Int, on connection: MySQLConnection
  ) throws(MillraceError) -> Bool {
    let checksum = try connection.query("SELECT @@GLOBAL.binlog_checksum").first?.first.flatMap { $0 } ?? "NONE"
    let period = Int64(heartbeat / .nanoseconds(1))
    var sets = [
      "@master_binlog_checksum = '\(checksum)'", "@source_binlog_checksum = '\(checksum)'", "@master_heartbeat_period = \(period)",
      "@source_heartbeat_period = \(period)",
      // While there is no room nothing is read; the server must not take that for a client that is gone.
      "SESSION net_write_timeout = \(writeTimeout)",
    ]
    if connection.version.isMariaDB {
      sets.append("@mariadb_slave_capability = 4")
      if case .behind(let set) = start {
        sets += ["@slave_connect_state = '\(set)'", "@slave_gtid_strict_mode = 0", "@slave_gtid_ignore_duplicates = 0"]
      }
    }
    try connection.query("SET " + sets.joined(separator: ", "))
    return checksum.uppercased() == "CRC32"
  }
}

/// A place in the log.
struct BinlogPlace: Sendable, Equatable {
  var file: String
  /// May be beyond 4 GiB.
  var position: UInt64

  /// The number that a file's name ends with; grows from file to file.
  var fileNumber: UInt64 {
    let digits = file.utf8.reversed().prefix { (48...57).contains($0) }
    return UInt64(String(decoding: digits.reversed(), as: UTF8.self)) ?? 0
  }

  /// Grows along the log.
  var order: UInt64 { fileNumber << 40 | position }
}

extension BinlogPlace: CustomStringConvertible {
  var description: String { "\(file):\(position)" }
}
