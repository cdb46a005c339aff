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
    case "money":
      var money = decimal(ColumnCodec(.money, parameter: modes.moneyFractionDigits), scale: modes.moneyFractionDigits)
      money.takesDefault = false
      return money
    case "text", "varchar", "bpchar": return text().defaulting("")
    case "char", "name", "inet", "cidr", "macaddr", "macaddr8": return text()
    case "uuid": return text("io.debezium.data.Uuid").defaulting("00000000-0000-0000-0000-000000000000")
    case "json", "jsonb": return text("io.debezium.data.Json").defaulting("{}")
    case "xml": return text("io.debezium.data.Xml").defaulting("")
    case "tsvector":
      var vector = text("io.debezium.data.Tsvector")
      vector.isOptionalElement = false
      return vector
    case "bytea": return Mapping(.bytes, ColumnCodec(.bytea))
    case "bit", "varbit": return bits(typmod)
    case "point": return point()
    default: return temporal(type.name, typmod)
    }
  }

  /// Types that extensions bring, known by name, in whatever schema they were installed.
  private func ofExtension(_ type: PostgresTypeDescriptor) -> Mapping? {
    switch type.name {
    case "citext", "isbn": text()
    case "ltree": text("io.debezium.data.Ltree")
    case "hstore": Mapping(.string, ColumnCodec(.hstore), name: "io.debezium.data.Json")
    default: nil
    }
  }

  private func text(_ name: String? = nil) -> Mapping { Mapping(.string, ColumnCodec(.text), name: name) }

  private func temporal(_ name: String, _ typmod: Int32) -> Mapping? {
    let digits = typmod >= 0 && typmod <= 6 ? Int(typmod) : 6
    switch name {
    case "date": return Mapping(.int32, ColumnCodec(.date), name: "io.debezium.time.Date").defaulting("1970-01-01")
    case "time":
      let mapping =
        digits <= 3
        ? Mapping(.int32, ColumnCodec(.timeMillis), name: "io.debezium.time.Time")
        : Mapping(.int64, ColumnCodec(.timeMicros), name: "io.debezium.time.MicroTime")
      return mapping.defaulting("00:00:00")
    case "timestamp":
      let mapping =
        digits <= 3
        ? Mapping(.int64, ColumnCodec(.timestampMillis), name: "io.debezium.time.Timestamp")
        : Mapping(.int64, ColumnCodec(.timestampMicros), name: "io.debezium.time.MicroTimestamp")
      return mapping.defaulting("1970-01-01 00:00:00")
    case "timestamptz":
      return Mapping(.string, ColumnCodec(.timestamptz, parameter: digits), name: "io.debezium.time.ZonedTimestamp")
        .defaulting("1970-01-01 00:00:00+00")
    case "timetz": return Mapping(.string, ColumnCodec(.timetz), name: "io.debezium.time.ZonedTime")
    case "interval":
      return Mapping(.int64, ColumnCodec(.interval), name: "io.debezium.time.MicroDuration").defaulting("00:00:00")
    default: return nil
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
    guard typmod >= 4 else {
      var variable = Mapping(
        .structure([Schema.Field("scale", .int32), Schema.Field("value", .bytes)]), ColumnCodec(.variableDecimal),
        name: "io.debezium.data.VariableScaleDecimal")
      variable.doc = "Variable scaled decimal"
      return variable
    }
    let scale = Int((typmod - 4) & 0x7FF)
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
