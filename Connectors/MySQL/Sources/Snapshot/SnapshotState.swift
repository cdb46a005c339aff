internal import MillraceCore

/// What a checkpoint keeps of a snapshot that is not complete.
struct SnapshotState: Sendable, Equatable {
  var progress = SnapshotProgress()
  /// Whether changes follow.
  var streams = true

  var json: JSONValue {
    .object([
      .init("done", .array(progress.done.map { .string($0) })),
      .init(
        "parts",
        .array(
          progress.parts.map {
            .object([
              .init("table", .string($0.identity)), .init("layout", .string($0.layout)), .init("done", .string($0.ranges.text)),
            ])
          })),
    ])
  }
}

extension SnapshotState {
  init(_ stored: JSONValue, streams: Bool) throws(MillraceError) {
    guard case .array(let done)? = stored["done"], case .array(let parts)? = stored["parts"] else {
      throw StoredPosition.damaged("its snapshot progress is incomplete")
    }
    progress = SnapshotProgress()
    progress.done = done.compactMap(\.string)
    guard progress.done.count == done.count else { throw StoredPosition.damaged("its snapshot progress has a table without name") }
    self.streams = streams
    for part in parts {
      guard let identity = part["table"]?.string, let layout = part["layout"]?.string,
        let ranges = part["done"]?.string.flatMap({ ChunkRanges($0) })
      else { throw StoredPosition.damaged("its snapshot progress has a table without ranges") }
      progress.parts.append(.init(identity: identity, layout: layout, ranges: ranges))
    }
  }
}
