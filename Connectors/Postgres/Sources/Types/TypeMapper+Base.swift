internal import MillraceCore

extension TypeMapper {
  /// The mapping of a type that is neither array, domain, enum nor range; nil where there is none.
  func base(_ type: PostgresTypeDescriptor, typmod: Int32) -> Mapping? {
    guard type.schema == "pg_catalog" else { return ofExtension(type) }
    switch type.name {
    case "bool": return Mapping(.boolean, ColumnCodec(.boolean)).defaulting("f")
    case "int2": return Mapping(.int16, ColumnCodec(.int2)).defaulting("0")
    case "int4": return Mapping(.int32, ColumnCodec(.int4)).defaulting("0")
    case "int8": return Mapping(.int64, ColumnCodec(.int8)).defaulting("0")
    case "oid": return Mapping(.int64, ColumnCodec(.oid))
    case "float4": return Mapping(.float32, ColumnCodec(.float4)).defaulting("0")
    case "float8": return Mapping(.float64, ColumnCodec(.float8)).defaulting("0")
    case "numeric": return numeric(typmod)
    case "money": return money()
    case "text", "varchar", "bpchar": return text().defaulting("")
    case "char", "name", "inet", "cidr", "macaddr", "macaddr8": return text()
    case "uuid": return text("io.debezium.data.Uuid").defaulting("00000000-0000-0000-0000-000000000000")
    case "json", "jsonb": return text("io.debezium.data.Json").defaulting("{}")
    case "xml": return text("io.debezium.data.Xml").defaulting("")
    case "tsvector":
      var vector = text("io.debezium.data.Tsvector")
      vector.isOptionalElement = false
      return vector
    case "bytea": return bytea()
    case "bit", "varbit": return bits(typmod)
    case "point": return point()
    default: return temporal(type.name, typmod)
    }
  }

  /// Types that extensions bring, known by name, in whatever schema they were installed.
  private func ofExtension(_ type: PostgresTypeDescriptor) -> Mapping? {
    switch type.name {
    case "citext": return text()
    case "isbn":
      var isbn = text()
      isbn.isOptionalElement = false
      return isbn
    case "ltree": return text("io.debezium.data.Ltree")
    case "hstore": return hstore()
    case "geometry": return geometry("Geometry")
    case "geography": return geometry("Geography")
    case "vector", "halfvec", "sparsevec": return vector(type.name)
    default: return nil
    }
  }

  private func hstore() -> Mapping {
    if modes.hstoreIsMap { return Mapping(.map(key: .string, value: .optionalString), ColumnCodec(.hstoreMap)) }
    var mapping = Mapping(.string, ColumnCodec(.hstore), name: "io.debezium.data.Json")
    mapping.placeholder = .jsonPair
    return mapping
  }

  private func vector(_ name: String) -> Mapping {
    var mapping: Mapping
    switch name {
    case "vector": mapping = Mapping(.array(.float64), ColumnCodec(.denseVector), name: "io.debezium.data.DoubleVector")
    case "halfvec":
      mapping = Mapping(.array(.float32), ColumnCodec(.denseVector, parameter: 4), name: "io.debezium.data.FloatVector")
    default:
      let map = Schema(.map(key: .int16, value: .float64))
      mapping = Mapping(
        .structure([Schema.Field("dimensions", .int16), Schema.Field("vector", map)]), ColumnCodec(.sparseVector),
        name: "io.debezium.data.SparseDoubleVector")
      mapping.doc = "Sparse double vector"
    }
    mapping.isOptionalElement = false
    return mapping
  }

  private func geometry(_ name: String) -> Mapping {
    var mapping = Mapping(
      .structure([Schema.Field("wkb", .bytes), Schema.Field("srid", .optionalInt32)]), ColumnCodec(.geometry),
      name: "io.debezium.data.geometry.\(name)")
    mapping.doc = name
    mapping.isAlwaysOptional = true
    return mapping
  }

  private func bytea() -> Mapping {
    switch modes.binaries {
    case .bytes: Mapping(.bytes, ColumnCodec(.bytea))
    case .base64: Mapping(.string, ColumnCodec(.byteaBase64))
    case .base64URLSafe: Mapping(.string, ColumnCodec(.byteaBase64URL))
    case .hex: Mapping(.string, ColumnCodec(.byteaHex))
    }
  }

  private func money() -> Mapping {
    switch modes.decimals {
    case .precise:
      var money = decimal(ColumnCodec(.money, parameter: modes.moneyFractionDigits), scale: modes.moneyFractionDigits)
      money.takesDefault = false
      return money
    case .double: return Mapping(.float64, ColumnCodec(.moneyFloat))
    case .string: return Mapping(.string, ColumnCodec(.moneyText))
    }
  }

  private func text(_ name: String? = nil) -> Mapping { Mapping(.string, ColumnCodec(.text), name: name) }

  private func temporal(_ name: String, _ typmod: Int32) -> Mapping? {
    let digits = typmod >= 0 && typmod <= 6 ? Int(typmod) : 6
    switch name {
    case "date": return date().defaulting("1970-01-01")
    case "time": return time(digits).defaulting("00:00:00")
    case "timestamp": return timestamp(digits).defaulting("1970-01-01 00:00:00")
    case "timestamptz":
      return Mapping(.string, ColumnCodec(.timestamptz, parameter: digits), name: "io.debezium.time.ZonedTimestamp")
        .defaulting("1970-01-01 00:00:00+00")
    case "timetz": return Mapping(.string, ColumnCodec(.timetz), name: "io.debezium.time.ZonedTime")
    case "interval":
      let mapping =
        modes.intervalIsText
        ? Mapping(.string, ColumnCodec(.intervalText), name: "io.debezium.time.Interval")
        : Mapping(.int64, ColumnCodec(.interval), name: "io.debezium.time.MicroDuration")
      return mapping.defaulting("00:00:00")
    default: return nil
    }
  }

  private func date() -> Mapping {
    switch modes.times {
    case .connect: Mapping(.int32, ColumnCodec(.date), name: "org.apache.kafka.connect.data.Date")
    case .isostring: Mapping(.string, ColumnCodec(.dateText), name: "io.debezium.time.IsoDate")
    default: Mapping(.int32, ColumnCodec(.date), name: "io.debezium.time.Date")
    }
  }

  private func time(_ digits: Int) -> Mapping {
    switch modes.times {
    case .connect: Mapping(.int32, ColumnCodec(.timeMillis), name: "org.apache.kafka.connect.data.Time")
    case .isostring: Mapping(.string, ColumnCodec(.timeText), name: "io.debezium.time.IsoTime")
    case .nanoseconds: Mapping(.int64, ColumnCodec(.timeNanos), name: "io.debezium.time.NanoTime")
    case .adaptive where digits <= 3: Mapping(.int32, ColumnCodec(.timeMillis), name: "io.debezium.time.Time")
    case .adaptive, .adaptiveTimeMicroseconds, .microseconds:
      Mapping(.int64, ColumnCodec(.timeMicros), name: "io.debezium.time.MicroTime")
    }
  }

  private func timestamp(_ digits: Int) -> Mapping {
    switch modes.times {
    case .connect: Mapping(.int64, ColumnCodec(.timestampMillis), name: "org.apache.kafka.connect.data.Timestamp")
    case .isostring: Mapping(.string, ColumnCodec(.timestampText), name: "io.debezium.time.IsoTimestamp")
    case .nanoseconds: Mapping(.int64, ColumnCodec(.timestampNanos), name: "io.debezium.time.NanoTimestamp")
    case .adaptive where digits <= 3, .adaptiveTimeMicroseconds where digits <= 3:
      Mapping(.int64, ColumnCodec(.timestampMillis), name: "io.debezium.time.Timestamp")
    case .adaptive, .adaptiveTimeMicroseconds, .microseconds:
      Mapping(.int64, ColumnCodec(.timestampMicros), name: "io.debezium.time.MicroTimestamp")
    }
  }

  private func decimal(_ codec: ColumnCodec, scale: Int) -> Mapping {
    var mapping = Mapping(.bytes, codec, name: "org.apache.kafka.connect.data.Decimal").defaulting("0")
    mapping.parameters = [Schema.Parameter("scale", String(scale))]
    return mapping
  }

  /// The typmod is `(precision << 16 | scale) + 4`, the scale of 11 bits. A negative scale (PostgreSQL 15) is taken without
  /// its sign, as the reference does (-2 is 2046): a decimal of the same value with that many zeros.
  private func numeric(_ typmod: Int32) -> Mapping {
    let scale = typmod >= 4 ? Int((typmod - 4) & 0x7FF) : -1
    switch modes.decimals {
    case .precise: break
    case .double: return Mapping(.float64, ColumnCodec(.decimalFloat, parameter: scale)).defaulting("0")
    case .string: return Mapping(.string, ColumnCodec(.decimalText, parameter: scale)).defaulting("0.0")
    }
    guard scale >= 0 else {
      var variable = Mapping(
        .structure([Schema.Field("scale", .int32), Schema.Field("value", .bytes)]), ColumnCodec(.variableDecimal),
        name: "io.debezium.data.VariableScaleDecimal")
      variable.doc = "Variable scaled decimal"
      return variable
    }
    var mapping = decimal(ColumnCodec(.decimal, parameter: scale), scale: scale)
    mapping.parameters.append(Schema.Parameter("connect.decimal.precision", String((typmod - 4) >> 16 & 0xFFFF)))
    return mapping
  }

  private func bits(_ typmod: Int32) -> Mapping {
    if typmod == 1 { return Mapping(.boolean, ColumnCodec(.bit)).defaulting("0") }
    var mapping = Mapping(.bytes, ColumnCodec(.bits), name: "io.debezium.data.Bits").defaulting("")
    mapping.parameters = [Schema.Parameter("length", String(typmod > 0 ? typmod : Int32.max))]
    return mapping
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
