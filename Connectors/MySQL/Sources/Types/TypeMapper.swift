internal import MillraceCore

/// Chooses schema and codec for a column, as Debezium's BinlogValueConverters and JdbcValueConverters do.
struct TypeMapper: Sendable {
  let settings: TypeSettings

  /// A type's schema but for optionality and default, with its codec.
  struct Mapping {
    var kind: Schema.Kind
    var codec: ColumnCodec
    var name: String?
    var doc: String?
    var parameters: [Schema.Parameter] = []
    /// What stands for NULL, and for what has no place in the type (`ZeroDateFallbackConverter`).
    var standIn: Value?

    init(_ kind: Schema.Kind, _ codec: ColumnCodec, name: String? = nil) {
      self.kind = kind
      self.codec = codec
      self.name = name
    }

    func schema(optional: Bool, default value: Value? = nil) -> Schema {
      Schema(
        kind, optional: optional, name: name, version: name == nil ? nil : 1, doc: doc, parameters: parameters, defaultValue: value)
    }
  }

  /// - Parameter table: with its database in front.
  func mapping(of column: ColumnDefinition, table: String) -> Mapping {
    if let converted = settings.converters.mapping(of: column, table: table) { return converted }
    var mapping = base(column)
    mapping.codec.adjustsYears = settings.adjustsYears
    mapping.codec.binary = settings.binaries
    return mapping
  }

  private func base(_ column: ColumnDefinition) -> Mapping {
    let isUnsigned = column.isUnsigned || column.isZerofill
    let whole = ColumnCodec(isUnsigned ? .unsigned : .signed)
    switch column.type {
    case .tinyint:
      // Where a statement of the log says so; the server shows TINYINT(1), which is a number.
      let isBoolean = column.writtenType == "BOOL" || column.writtenType == "BOOLEAN"
      return isBoolean ? Mapping(.boolean, ColumnCodec(.boolean)) : Mapping(.int16, whole)
    case .smallint: return Mapping(isUnsigned ? .int32 : .int16, whole)
    case .mediumint: return Mapping(.int32, whole)
    case .int: return Mapping(isUnsigned ? .int64 : .int32, whole)
    case .bigint: return bigint(whole)
    case .year: return Mapping(.int32, ColumnCodec(.year), name: "io.debezium.time.Year")
    case .float:
      // FLOAT(M,D) and FLOAT(25) and above.
      let isSingle = column.scale == nil && (column.length ?? 0) <= 24
      return Mapping(isSingle ? .float32 : .float64, ColumnCodec(isSingle ? .float32 : .float64))
    case .double: return Mapping(.float64, ColumnCodec(.float64))
    case .decimal: return decimal(precision: column.length ?? 10, scale: column.scale ?? 0)
    case .bit: return bits(column.length ?? 1)
    case .date, .time, .datetime, .timestamp: return temporal(column.type, digits: min(max(column.length ?? 0, 0), 6))
    case .char, .varchar, .tinytext, .text, .mediumtext, .longtext: return column.charset == "binary" ? bytes(padding: 0) : TypeMapper.text(column)
    case .binary: return bytes(padding: column.length ?? 1)
    case .varbinary, .tinyblob, .blob, .mediumblob, .longblob: return bytes(padding: 0)
    case .enum, .set:
      var labelled = Mapping(
        .string, ColumnCodec(column.type == .enum ? .enumeration : .set),
        name: column.type == .enum ? "io.debezium.data.Enum" : "io.debezium.data.EnumSet")
      let members = column.members.map { member in member.split(separator: ",", omittingEmptySubsequences: false).joined(separator: "\\,") }
      labelled.parameters = [Schema.Parameter("allowed", members.joined(separator: ","))]
      return labelled
    case .json: return Mapping(.string, ColumnCodec(.json), name: "io.debezium.data.Json")
    case .point: return point()
    case .geometry, .linestring, .polygon, .multipoint, .multilinestring, .multipolygon, .geometryCollection:
      var mapping = Mapping(
        .structure([Schema.Field("wkb", .bytes), Schema.Field("srid", .optionalInt32)]), ColumnCodec(.geometry),
        name: "io.debezium.data.geometry.Geometry")
      mapping.doc = "Geometry"
      return mapping
    case .vector: return Mapping(.array(.float32), ColumnCodec(.vector), name: "io.debezium.data.FloatVector")
    case .uuid: return Mapping(.string, ColumnCodec(.uuid))
    case .inet4: return Mapping(.string, ColumnCodec(.inet4))
    case .inet6: return Mapping(.string, ColumnCodec(.inet6))
    }
  }

  private func bigint(_ codec: ColumnCodec) -> Mapping {
    guard codec.form == .unsigned, settings.unsignedBigints == .precise else { return Mapping(.int64, codec) }
    return decimal(ColumnCodec(.unsignedDecimal), precision: 20, scale: 0)
  }

  private func decimal(precision: Int, scale: Int) -> Mapping {
    switch settings.decimals {
    case .precise: decimal(ColumnCodec(.decimal, parameter: scale), precision: precision, scale: scale)
    case .double: Mapping(.float64, ColumnCodec(.decimalFloat))
    case .string: Mapping(.string, ColumnCodec(.decimalText, parameter: scale))
    }
  }

  private func decimal(_ codec: ColumnCodec, precision: Int, scale: Int) -> Mapping {
    var mapping = Mapping(.bytes, codec, name: "org.apache.kafka.connect.data.Decimal")
    mapping.parameters = [
      Schema.Parameter("scale", String(scale)), Schema.Parameter("connect.decimal.precision", String(precision)),
    ]
    return mapping
  }

  private func bits(_ length: Int) -> Mapping {
    if length <= 1 { return Mapping(.boolean, ColumnCodec(.bit)) }
    var mapping = Mapping(.bytes, ColumnCodec(.bits, parameter: (length + 7) / 8), name: "io.debezium.data.Bits")
    mapping.parameters = [Schema.Parameter("length", String(length))]
    return mapping
  }

  static func text(_ column: ColumnDefinition) -> Mapping {
    var codec = ColumnCodec(.text)
    codec.charset = column.charset.flatMap { Charset(name: $0) } ?? .utf8mb4
    return Mapping(.string, codec)
  }

  private func bytes(padding: Int) -> Mapping {
    Mapping(settings.binaries.schema.kind, ColumnCodec(.bytes, parameter: padding))
  }

  private func temporal(_ type: ColumnType, digits: Int) -> Mapping {
    switch (type, settings.times) {
    case (.timestamp, _):
      Mapping(.string, ColumnCodec(.timestamp, parameter: digits), name: "io.debezium.time.ZonedTimestamp")
    case (.date, .connect): Mapping(.int32, ColumnCodec(.date), name: "org.apache.kafka.connect.data.Date")
    case (.date, .isostring): Mapping(.string, ColumnCodec(.dateText), name: "io.debezium.time.IsoDate")
    case (.date, _): Mapping(.int32, ColumnCodec(.date), name: "io.debezium.time.Date")
    case (.time, .connect): Mapping(.int32, ColumnCodec(.timeMillis), name: "org.apache.kafka.connect.data.Time")
    case (.time, .isostring): Mapping(.string, ColumnCodec(.timeText), name: "io.debezium.time.IsoTime")
    case (.time, .nanoseconds): Mapping(.int64, ColumnCodec(.timeNanos), name: "io.debezium.time.NanoTime")
    case (.time, _): Mapping(.int64, ColumnCodec(.timeMicros), name: "io.debezium.time.MicroTime")
    case (_, .connect): Mapping(.int64, ColumnCodec(.datetimeMillis), name: "org.apache.kafka.connect.data.Timestamp")
    case (_, .isostring): Mapping(.string, ColumnCodec(.datetimeText), name: "io.debezium.time.IsoTimestamp")
    case (_, .nanoseconds): Mapping(.int64, ColumnCodec(.datetimeNanos), name: "io.debezium.time.NanoTimestamp")
    case (_, .adaptiveTimeMicroseconds) where digits <= 3:
      Mapping(.int64, ColumnCodec(.datetimeMillis), name: "io.debezium.time.Timestamp")
    case (_, _): Mapping(.int64, ColumnCodec(.datetimeMicros), name: "io.debezium.time.MicroTimestamp")
    }
  }

  private func point() -> Mapping {
    var mapping = Mapping(
      .structure([
        Schema.Field("x", .float64), Schema.Field("y", .float64), Schema.Field("wkb", .optionalBytes),
        Schema.Field("srid", .optionalInt32),
      ]), ColumnCodec(.point), name: "io.debezium.data.geometry.Point")
    mapping.doc = "Geometry (POINT)"
    return mapping
  }
}
