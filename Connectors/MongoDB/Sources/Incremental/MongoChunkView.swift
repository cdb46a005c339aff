internal import MillraceCore
internal import Synchronization

/// What a read at one cluster time sees: all changes up to it, and none of those behind it. The events of a change stream say their
/// cluster time, so both can be held against each other exactly.
struct MongoChunkView: ChunkView, Equatable {
  let time: UInt64

  func sees(_ time: UInt64) -> Bool { time <= self.time }

  /// - Parameter place: the cluster time up to which all events were delivered.
  func isPassed(at place: UInt64) -> Bool { place >= time }
}

/// How far the stream is: the cluster time up to which all its events were decoded. Written by the stream's thread, read by others.
final class StreamPlace: Sendable {
  private let value = Atomic<UInt64>(0)

  var time: UInt64 { value.load(ordering: .acquiring) }

  /// Never moves back.
  func raise(to time: UInt64) { _ = value.max(time, ordering: .releasing) }
}
