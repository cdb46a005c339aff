internal import Glibc
internal import MillraceCore

/// When a file is complete, and what it is called then.
struct Rotation: Sendable {
  /// 0: no limit.
  let bytes: Int
  let milliseconds: Int

  var isOn: Bool { bytes > 0 || milliseconds > 0 }

  /// Whether a file of `size` bytes is complete, `adding` bytes being about to follow. An empty file never is.
  func isDue(size: Int, adding: Int, opened: Int64, now: Int64) -> Bool {
    if size == 0 { return false }
    if bytes > 0 && (size >= bytes || size + adding > bytes) { return true }
    return milliseconds > 0 && now - opened >= Int64(milliseconds)
  }

  /// Whether readers of the folder pass over a file of this name: then a complete one loses the mark.
  static func isHidden(_ path: String) -> Bool { [".", "_"].contains(Path.name(of: path).prefix(1)) && Path.name(of: path).count > 1 }

  /// `PATH.` and eight digits, one more than the highest that is there; without the mark of a hidden name.
  func nextName(of path: String) throws(SystemError) -> String {
    let folder = Path.folder(of: path)
    let name = Path.name(of: path)
    let prefix = (Self.isHidden(path) ? String(name.dropFirst()) : name) + "."
    var highest = 0
    for name in try Path.names(in: folder) {
      // Longer numbers are not ours.
      guard name.hasPrefix(prefix), name.utf8.count - prefix.utf8.count <= 15 else { continue }
      if let number = Int(name.dropFirst(prefix.count)), number > highest { highest = number }
    }
    let digits = String(highest + 1)
    return path.dropLast(name.count) + prefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}

/// Times in milliseconds since the epoch.
enum FileAge {
  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
