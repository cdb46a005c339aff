internal import Glibc
internal import MillraceCore

/// A file that holds whole lines only, whatever happens: opened for appending and locked, a torn last line cut off, a failed
/// write cut back.
struct LineFile: ~Copyable {
  let path: String
  let isRegular: Bool
  private let file: OpenFile
  /// Bytes up to the end of the last whole line.
  private(set) var size: Int
  /// How many bytes of a torn line were cut off when the file was opened.
  let repaired: Int
  /// When the content that was found was last written, in milliseconds since the epoch; nil for an empty file.
  let lastWritten: Int64?
  /// Whether the file could not be cut back after a failed write.
  private(set) var isTorn = false

  var descriptor: Int32 { file.descriptor }

  /// Opens or creates the file at `path`, and makes its name durable.
  /// - Parameter beginning: what each of our lines begins with.
  init(_ path: String, beginning: StaticString = "{\"topic\":") throws(Failure) {
    let file = try Self.open(path)
    let status: OpenFile.Status
    do throws(SystemError) { status = try file.status() } catch { throw .system(error) }
    let end = status.isRegular ? try Self.repair(file, size: status.size, path: path, beginning) : 0
    self.path = path
    isRegular = status.isRegular
    size = end
    repaired = status.isRegular ? status.size - end : 0
    lastWritten = status.size > 0 ? status.modified : nil
    self.file = file
  }

  private static func open(_ path: String) throws(Failure) -> OpenFile {
    do throws(SystemError) {
      return try OpenFile(path, O_RDWR | O_CREAT | O_APPEND)
    } catch {
      throw .system(error)
    }
  }

  /// Takes the file for this process alone and cuts off a torn last line; answers the size then.
  private static func repair(_ file: borrowing OpenFile, size: Int, path: String, _ beginning: StaticString) throws(Failure) -> Int {
    do throws(SystemError) { try file.lock() } catch { throw error.isBusy ? .locked : .system(error) }
    let end = try endOfLastLine(file, size: size, beginning)
    do throws(SystemError) {
      if end < size {
        try file.truncate(to: end)
        try file.synchronize()
      }
      try OpenFile.synchronize(folder: Path.folder(of: path))
    } catch {
      throw .system(error)
    }
    return end
  }

  enum Failure: Error {
    case system(SystemError)
    /// Another process writes it.
    case locked
    /// Its last line was not written by us.
    case foreign
  }

  /// Looks backwards for the last line feed; what follows it must be the beginning of a line of ours.
  private static func endOfLastLine(_ file: borrowing OpenFile, size: Int, _ beginning: StaticString) throws(Failure) -> Int {
    var block = [UInt8](repeating: 0, count: 64 * 1024)
    var end = size
    var result = 0
    do throws(SystemError) {
      while end > 0 {
        let start = max(0, end - block.count)
        let count = min(try file.read(into: &block, at: start), end - start)
        guard count == end - start else { throw SystemError("pread", EIO) }
        if let place = block[..<count].lastIndex(of: 0x0a) {
          result = start + place + 1
          break
        }
        end = start
      }
      if result < size {
        let begin = Array(UnsafeBufferPointer(start: beginning.utf8Start, count: beginning.utf8CodeUnitCount))
        let count = min(try file.read(into: &block, at: result), begin.count)
        guard block[..<count].elementsEqual(begin[..<count]) else { throw SystemError("pread", 0) }
      }
    } catch {
      throw error.number == 0 ? .foreign : .system(error)
    }
    return result
  }

  /// Appends whole lines. After an error the file ends with the line before them, or `isTorn`.
  mutating func append(_ lines: UnsafeRawBufferPointer) throws(SystemError) {
    do throws(SystemError) {
      try file.write(lines)
      size += lines.count
    } catch {
      if isRegular { do throws(SystemError) { try file.truncate(to: size) } catch { isTorn = true } }
      throw error
    }
  }
}
