/// Where the components report what an operator should know. Never called per event.
public struct Log: Sendable {
  public enum Level: Int, Sendable, Comparable {
    case debug, info, warning, error
    public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  private let handler: @Sendable (Level, String, [(String, String)]) -> Void

  /// - Parameter handler: takes level, message and fields (name and value, in order). Called from any thread.
  public init(_ handler: @escaping @Sendable (Level, String, [(String, String)]) -> Void) { self.handler = handler }

  /// Throws everything away.
  public static let none = Log { _, _, _ in }

  public func debug(_ message: String, _ fields: (String, String)...) { handler(.debug, message, fields) }
  public func info(_ message: String, _ fields: (String, String)...) { handler(.info, message, fields) }
  public func warning(_ message: String, _ fields: (String, String)...) { handler(.warning, message, fields) }
  public func error(_ message: String, _ fields: (String, String)...) { handler(.error, message, fields) }

  /// For fields that are put together at run time.
  public func report(_ level: Level, _ message: String, _ fields: [(String, String)]) { handler(level, message, fields) }
}
