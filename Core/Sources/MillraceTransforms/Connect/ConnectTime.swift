internal import MillraceCore

/// Connect's own logical types for times (org.apache.kafka.connect.data): days, ms of the day, ms since 1970.
enum ConnectTime {
  static let dateName = "org.apache.kafka.connect.data.Date"
  static let timeName = "org.apache.kafka.connect.data.Time"
  static let timestampName = "org.apache.kafka.connect.data.Timestamp"
  static let millisecondsPerDay: Int64 = 86_400_000

  static func date(optional: Bool) -> Schema { Schema(.int32, optional: optional, name: dateName, version: 1) }
  static func time(optional: Bool) -> Schema { Schema(.int32, optional: optional, name: timeName, version: 1) }
  static func timestamp(optional: Bool) -> Schema { Schema(.int64, optional: optional, name: timestampName, version: 1) }

  /// Milliseconds since 1970 of a value of one of the three types; nil for other schemas.
  static func milliseconds(_ value: Int64, _ schema: Schema) -> Int64? {
    switch schema.name {
    case dateName: value.multipliedReportingOverflow(by: millisecondsPerDay).partialValue
    case timeName, timestampName: value
    default: nil
    }
  }
}
