internal import CLibMariaDB
internal import Glibc
internal import MillraceCore

/// Reads the packets of a binlog dump from the connection's socket, below the library, by large reads that never wait.
///
/// The library reads packet by packet and waits for each, so that nobody could hand on what has arrived, or stop. Once the dump
/// command is sent, nothing but packets comes, and nothing is sent any more. With TLS the library's session decrypts.
struct BinlogSocket: ~Copyable {
  private let connection: MySQLConnection
  private let descriptor: CInt
  private let tls: OpaquePointer?
  private var memory: UnsafeMutableRawPointer
  private var capacity = BinlogSocket.usualCapacity
  private var start = 0
  private var end = 0
  /// The packets of an event that takes more than one.
  private var pieces: [UInt8] = []
  private var isInPieces = false

  private static let usualCapacity = 256 * 1024
  private static let longestPacket = 0xFF_FFFF

  /// - Parameter connection: one that was sent the dump command.
  init(_ connection: MySQLConnection) {
    self.connection = connection
    descriptor = connection.socket
    memory = .allocate(byteCount: capacity, alignment: 16)
    tls = connection.handle.pointee.net.pvio?.pointee.ctls?.pointee.ssl.map { OpaquePointer($0) }
    // What the library has read beyond its last answer.
    if let pvio = connection.handle.pointee.net.pvio, let cache = pvio.pointee.cache, let at = pvio.pointee.cache_pos {
      let left = pvio.pointee.cache_size - (at - cache)
      if left > 0 {
        memory.copyMemory(from: at, byteCount: left)
        end = left
        pvio.pointee.cache_pos = cache + pvio.pointee.cache_size
      }
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit { memory.deallocate() }

  /// Takes what has arrived, a buffer's worth at most; answers the bytes.
  mutating func fill() throws(MillraceError) -> Int {
    if start == end {
      start = 0
      end = 0
      if capacity > 4 * BinlogSocket.usualCapacity { resize(to: BinlogSocket.usualCapacity) }
    } else if start > 0, capacity - end < capacity / 2 {
      memory.copyMemory(from: memory + start, byteCount: end - start)
      end -= start
      start = 0
    }
    var taken = 0
    while end < capacity {
      let count = try read(into: memory + end, capacity - end)
      if count == 0 { break }
      end += count
      taken += count
      // A record of TLS is 16 KiB at most; a socket gives all it has.
      if tls == nil { break }
    }
    return taken
  }

  private func read(into place: UnsafeMutableRawPointer, _ count: Int) throws(MillraceError) -> Int {
    if let tls {
      ERR_clear_error()
      let result = SSL_read(tls, place, CInt(clamping: count))
      if result > 0 { return Int(result) }
      let code = SSL_get_error(tls, result)
      if code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE { return 0 }
      throw MySQLFailure.lost("the encrypted connection has ended")
    }
    while true {
      let result = recv(descriptor, place, count, 0)
      if result > 0 { return result }
      if result == 0 { throw MySQLFailure.lost("the server has closed the connection") }
      if errno == EINTR { continue }
      if errno == EAGAIN || errno == EWOULDBLOCK { return 0 }
      throw MySQLFailure.lost(String(cString: strerror(errno)))
    }
  }

  /// Hands the next event to `body`; its bytes are good inside it only. False where no whole one has arrived.
  /// - Throws: also what the server says instead of an event, and the end of the dump.
  @inline(__always)
  mutating func event(_ body: (UnsafeRawBufferPointer) throws(MillraceError) -> Void) throws(MillraceError) -> Bool {
    while true {
      guard end &- start >= 4 else { return false }
      let header = UInt32(littleEndian: memory.loadUnaligned(fromByteOffset: start, as: UInt32.self))
      let length = Int(header & 0xFF_FFFF)
      guard end &- start >= 4 &+ length else {
        if 4 + length > capacity - start { makeRoom(4 + length) }
        return false
      }
      let packet = UnsafeRawBufferPointer(start: memory + start + 4, count: length)
      start &+= 4 &+ length
      if isInPieces || length == BinlogSocket.longestPacket {
        pieces.append(contentsOf: packet)
        isInPieces = length == BinlogSocket.longestPacket
        if isInPieces { continue }
        defer { pieces = [] }
        let whole = pieces
        try whole.withUnsafeBufferPointer { bytes throws(MillraceError) in try BinlogSocket.open(UnsafeRawBufferPointer(bytes), body) }
        return true
      }
      try BinlogSocket.open(packet, body)
      return true
    }
  }

  @inline(__always)
  private static func open(_ packet: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(MillraceError) -> Void) throws(MillraceError) {
    guard let first = packet.first else { throw BinlogReader.truncated }
    switch first {
    case 0: try body(UnsafeRawBufferPointer(rebasing: packet[1...]))
    case 0xFF: throw refusal(packet)
    case 0xFE: throw MySQLFailure.lost("the server has ended the dump")
    default: throw BinlogReader.malformed("a packet begins with \(first)")
    }
  }

  /// ERR_Packet: number, `#`, SQLSTATE, text.
  private static func refusal(_ packet: UnsafeRawBufferPointer) -> MillraceError {
    var reader = BinlogReader(packet)
    do throws(MillraceError) {
      _ = try reader.byte()
      let number = Int(try reader.integer(UInt16.self))
      var text = String(decoding: reader.rest(), as: UTF8.self)
      if text.hasPrefix("#") { text = String(text.dropFirst(6)) }
      return MySQLFailure.dump(number: number, text: text)
    } catch { return error }
  }

  private mutating func makeRoom(_ count: Int) {
    if start > 0 {
      memory.copyMemory(from: memory + start, byteCount: end - start)
      end -= start
      start = 0
    }
    if count > capacity { resize(to: count + 64 * 1024) }
  }

  private mutating func resize(to size: Int) {
    let new = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    new.copyMemory(from: memory + start, byteCount: end - start)
    memory.deallocate()
    memory = new
    capacity = size
    end -= start
    start = 0
  }

  /// Whether something lies in the buffer of TLS that the socket does not show.
  var hasPending: Bool { tls.map { SSL_pending($0) > 0 } ?? false }

  /// Waits for something to arrive.
  func wait(milliseconds: CInt) {
    if hasPending { return }
    var descriptor = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    poll(&descriptor, 1, milliseconds)
  }
}
