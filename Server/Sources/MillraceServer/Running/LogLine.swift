internal import Glibc
internal import MillraceCore

/// The form of a log line: time (UTC), level, message, then `name=value` pairs.
enum LogLine {
  static func text(_ level: Log.Level, _ message: String, _ fields: [(String, String)], at time: timespec) -> String {
    var line = "\(timestamp(time)) \(name(of: level)) \(message.replacing("\n", with: " "))"
    for (name, value) in fields { line += " \(name)=\(quoted(value))" }
    return line
  }

  /// A log that writes to standard error what is at or above `level`.
  static func log(from lowest: Log.Level) -> Log {
    Log { level, message, fields in
      guard level >= lowest else { return }
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      StandardError.shared.line(text(level, message, fields, at: now))
    }
  }

  static func level(_ text: String?) -> Log.Level {
    switch text?.lowercased() {
    case "debug": .debug
    case "warn", "warning": .warning
    case "error": .error
    default: .info
    }
  }

  private static func name(of level: Log.Level) -> String {
    switch level {
    case .debug: "DEBUG"
    case .info: "INFO "
    case .warning: "WARN "
    case .error: "ERROR"
    }
  }

  private static func timestamp(_ time: timespec) -> String {
    var seconds = time.tv_sec
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let day = "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
    let clock = "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
    return "\(day)T\(clock).\(padded(time.tv_nsec / 1_000_000, 3))Z"
  }

  private static func quoted(_ value: String) -> String {
    let isPlain = !value.isEmpty && !value.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "=") }
    if isPlain { return value }
    let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    return "\"\(escaped)\""
  }
}
