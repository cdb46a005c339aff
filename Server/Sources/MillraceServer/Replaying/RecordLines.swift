internal import Glibc

/// The lines of a file, one after the other.
final class RecordLines {
  private let file: UnsafeMutablePointer<FILE>
  private var line: UnsafeMutablePointer<CChar>?
  private var capacity = 0

  /// nil where the file cannot be read.
  init?(_ path: String) {
    guard let file = fopen(path, "rbe") else { return nil }
    self.file = file
  }

  deinit {
    fclose(file)
    free(line)
  }

  /// Without its end; nil behind the last.
  func next() -> String? {
    let length = getline(&line, &capacity, file)
    guard length >= 0, let line else { return nil }
    let bytes = UnsafeRawBufferPointer(start: line, count: length)
    return String(decoding: bytes.last == 0x0a ? bytes.dropLast() : bytes[...], as: UTF8.self)
  }
}
