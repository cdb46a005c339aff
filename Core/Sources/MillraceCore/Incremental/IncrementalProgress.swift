/// What an incremental snapshot has to do and has done: part of the checkpoint, so that it goes on after a restart.
public struct IncrementalProgress: Sendable, Equatable {
  /// A table that is waiting or being read.
  public struct Table: Sendable, Equatable {
    /// The table's name in the source's form.
    public var name: String
    /// The signal that has asked for it.
    public var signal: String
    /// The rows that are wanted, in the source's language.
    public var condition: String?
    /// The column that orders the chunks instead of the key.
    public var surrogateKey: String?
    /// The columns that order the chunks; empty before the table was begun.
    public var key: [String] = []
    /// The key of the last row when the table was begun: rows behind it come as changes. nil before, and for an empty table.
    public var last: [String?]?
    /// The key of the last row that is delivered.
    public var done: [String?]?
    /// Rows delivered so far.
    public var rows: UInt64 = 0

    /// A table that has not been begun.
    public init(name: String, signal: String, condition: String? = nil, surrogateKey: String? = nil) {
      self.name = name
      self.signal = signal
      self.condition = condition
      self.surrogateKey = surrogateKey
    }
  }

  /// In the order in which they were asked for.
  public var tables: [Table] = []
  /// Whether a signal has told it to wait.
  public var isPaused = false

  /// Nothing to do.
  public init() {}

  /// Whether anything is left.
  public var isEmpty: Bool { tables.isEmpty }

  /// For the state of a checkpoint.
  public var json: JSONValue {
    func key(_ values: [String?]) -> JSONValue { .array(values.map { $0.map { .string($0) } ?? .null }) }
    var members: [JSONValue.Member] = [
      .init("tables", .array(tables.map { table in
        var members: [JSONValue.Member] = [.init("name", .string(table.name)), .init("signal", .string(table.signal))]
        if let condition = table.condition { members.append(.init("condition", .string(condition))) }
        if let column = table.surrogateKey { members.append(.init("surrogateKey", .string(column))) }
        if !table.key.isEmpty { members.append(.init("key", .array(table.key.map { .string($0) }))) }
        if let last = table.last { members.append(.init("last", key(last))) }
        if let done = table.done { members.append(.init("done", key(done))) }
        if table.rows > 0 { members.append(.init("rows", .integer(Int64(clamping: table.rows)))) }
        return .object(members)
      }))
    ]
    if isPaused { members.append(.init("paused", .boolean(true))) }
    return .object(members)
  }

  /// What `json` has written; nil if it is damaged.
  public init?(_ json: JSONValue) {
    guard let elements = json["tables"]?.elements else { return nil }
    isPaused = json["paused"]?.boolean ?? false
    for element in elements {
      guard let name = element["name"]?.string, let signal = element["signal"]?.string else { return nil }
      var table = Table(name: name, signal: signal, condition: element["condition"]?.string, surrogateKey: element["surrogateKey"]?.string)
      table.key = element["key"]?.elements?.compactMap(\.string) ?? []
      table.last = element["last"]?.elements?.map(\.string)
      table.done = element["done"]?.elements?.map(\.string)
      // The values of a key mean something only beside its columns.
      if [table.last, table.done].contains(where: { $0 != nil && $0?.count != table.key.count }) { return nil }
      table.rows = UInt64(clamping: element["rows"]?.integer ?? 0)
      tables.append(table)
    }
  }
}
