internal import MillraceCore

/// The parts of one run, made from its configuration, ready to be checked and started.
struct Assembly: Sendable {
  let name: String
  let connector: any Connector
  /// Where the connector's signals come from beside the channels that it reads by itself.
  let signalChannels: [(name: String, channel: any SignalChannel)]
  let transforms: [any Transform]
  let converters: RecordConverters
  let sink: any Sink
  /// `sink.kafka.`: goes in front of the keys of the sink's findings.
  let sinkPrefix: String
  let store: any OffsetStore
  let options: Pipeline.Options
}
