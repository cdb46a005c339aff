import Synchronization

/// What a position needs that is too large to be written for each batch, such as MySQL's table definitions: one object goes with the
/// checkpoints of all batches until its content changes, and is made into text only when one of them is stored.
public final class CheckpointAttachment: Sendable, Equatable {
  private let make: @Sendable () -> String
  private let made = Mutex<String?>(nil)

  /// - Parameter make: called once at most, by any thread.
  public init(_ make: @escaping @Sendable () -> String) { self.make = make }

  /// The content, as a store keeps it: opaque text of the connector.
  public var text: String {
    made.withLock { made in
      if let made { return made }
      let text = make()
      made = text
      return text
    }
  }

  /// The same object, or the same content.
  public static func == (a: CheckpointAttachment, b: CheckpointAttachment) -> Bool { a === b || a.text == b.text }
}
