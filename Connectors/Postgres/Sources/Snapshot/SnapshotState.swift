internal import MillraceCore

/// What a checkpoint keeps of a snapshot that is not complete.
struct SnapshotState: Sendable, Equatable {
  var progress = SnapshotProgress()
  /// The oldest transaction that the first run's snapshot did not see ended; nil where nothing was read yet.
  var firstTransaction: String?
  /// Whether a slot keeps what follows.
  var streams = true

  /// Version 2: `parts` with their ranges. Version 1 had one table in progress and a token `FILENODE/BLOCK`.
  var json: JSONValue {
    .object([
      .init("done", .array(progress.done.map { .string($0) })), .init("firstTransaction", .string(firstTransaction ?? "0")),
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
    guard case .array(let done)? = stored["done"], let first = stored["firstTransaction"]?.string else {
      throw StoredPosition.damaged("its snapshot progress is incomplete")
    }
    progress = SnapshotProgress()
    progress.done = done.compactMap(\.string)
    guard progress.done.count == done.count else { throw StoredPosition.damaged("its snapshot progress has a table without name") }
    firstTransaction = first
    self.streams = streams
    if case .array(let parts)? = stored["parts"] {
      for part in parts {
        guard let identity = part["table"]?.string, let layout = part["layout"]?.string,
          let ranges = part["done"]?.string.flatMap({ ChunkRanges($0) })
        else { throw StoredPosition.damaged("its snapshot progress has a table without ranges") }
        progress.parts.append(.init(identity: identity, layout: layout, ranges: ranges))
      }
    } else if let current = stored["current"]?.string, let token = stored["token"]?.string {
      let words = token.split(separator: "/")
      guard words.count == 2, let block = UInt32(words[1]) else { throw StoredPosition.damaged("its snapshot progress has an unknown token") }
      progress.parts = [.init(identity: current, layout: String(words[0]), ranges: ChunkRanges([0..<UInt64(block)]))]
    }
  }
}
