/// What a connector tells about itself (io.debezium.pipeline.notification.Notification).
public struct Notification: Sendable, Equatable {
  /// The id of the signal that it answers, or a random one.
  public var id: String
  /// What it is about: `Initial Snapshot` or `Incremental Snapshot`.
  public var aggregateType: String
  /// What has happened: `STARTED`, for example.
  public var type: String
  /// Names and values, in order.
  public var additionalData: [(name: String, value: String)]
  /// ms since 1970.
  public var timestamp: Int64

  /// A notification.
  public init(id: String, aggregateType: String, type: String, additionalData: [(name: String, value: String)], timestamp: Int64) {
    self.id = id
    self.aggregateType = aggregateType
    self.type = type
    self.additionalData = additionalData
    self.timestamp = timestamp
  }

  /// Field by field.
  public static func == (a: Notification, b: Notification) -> Bool {
    a.id == b.id && a.aggregateType == b.aggregateType && a.type == b.type && a.timestamp == b.timestamp
      && a.additionalData.elementsEqual(b.additionalData) { $0 == $1 }
  }
}

/// How a snapshot of a table has ended (io.debezium.pipeline.notification.TableScanCompletionStatus).
package enum TableScanStatus: String, Sendable {
  case succeeded = "SUCCEEDED"
  case empty = "EMPTY"
  case noPrimaryKey = "NO_PRIMARY_KEY"
  case sqlException = "SQL_EXCEPTION"
  case unknownSchema = "UNKNOWN_SCHEMA"
}
