/// Where the components report what an operator should know. Never called per event.
public struct Log: Sendable {
  /// How much an operator needs it; compared by that.
  public enum Level: Int, Sendable, Comparable {
    /// From what only a developer wants to what needs an operator.
    case debug, info, warning, error
    /// Less important.
    public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  private let handler: @Sendable (Level, String, [(String, String)]) -> Void

  /// - Parameter handler: takes level, message and fields (name and value, in order). Called from any thread.
  public init(_ handler: @escaping @Sendable (Level, String, [(String, String)]) -> Void) { self.handler = handler }

  /// Throws everything away.
  public static let none = Log { _, _, _ in }

  /// What explains a run to a developer. Fields are shown in this order.
  public func debug(_ message: String, _ fields: (String, String)...) { handler(.debug, message, fields) }
  /// What an operator expects to read in the log of a run that goes well.
  public func info(_ message: String, _ fields: (String, String)...) { handler(.info, message, fields) }
  /// What an operator should look at, though the run goes on.
  public func warning(_ message: String, _ fields: (String, String)...) { handler(.warning, message, fields) }
  /// What ends the run.
  public func error(_ message: String, _ fields: (String, String)...) { handler(.error, message, fields) }

  /// For fields that are put together at run time.
  public func report(_ level: Level, _ message: String, _ fields: [(String, String)]) { handler(level, message, fields) }
}
