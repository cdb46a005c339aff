public import MillraceCore

/// Debezium's `io.debezium.transforms.tracing.ActivateTracingSpan`, as it is where OpenTelemetry's library has no exporter: spans lead
/// nowhere, and records pass unchanged.
public enum ActivateTracingSpan {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("tracing.span.context.field", default: "tracingspancontext", support: ignored, "The column with the context of a span."),
    .init("tracing.operation.name", default: "debezium-read", support: ignored, "The name of the span."),
    .init("tracing.with.context.field.only", .boolean, default: "false", support: ignored, "Whether only rows with a context are traced."),
  ]

  private static let ignored = ConfigurationOption.Support.ignored(
    reason: "no spans are made here: records are those of Debezium without OpenTelemetry's agent")

  /// Takes no settings that change a record.
  public static func transform() -> any Transform { Unchanged() }
}

/// Debezium's `io.debezium.transforms.openlineage.OpenLineage` where the connector's integration is off: records pass unchanged.
/// It is never on here (`openlineage.integration.enabled` says so).
public enum OpenLineage {
  /// The settings below `transforms.<alias>.`: none.
  public static let options: [ConfigurationOption] = []

  /// Takes no settings.
  public static func transform() -> any Transform { Unchanged() }
}

/// A transform whose work is not to be seen in any record.
final class Unchanged: Transform {
  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) {}
}
