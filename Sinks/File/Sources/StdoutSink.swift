internal import Glibc
public import MillraceCore

/// Writes one JSON line for each record to standard output. What is written counts as durable: what the reader of a pipe does
/// with it is not known.
///
/// `@unchecked Sendable`: the calls come one at a time (`Sink`), and the thread that writes is waited for in each.
public final class StdoutSink: Sink, @unchecked Sendable {
  /// The settings below `sink.stdout.`: none.
  public static let options: [ConfigurationOption] = []

  private let descriptor: Int32
  private var encoder: LineEncoder?
  private var written: UInt64 = 0
  private let thread = WorkerThread()

  /// Takes no settings; nothing is opened before `start`.
  public convenience init(_ configuration: inout Configuration) { self.init(descriptor: STDOUT_FILENO) }

  init(descriptor: Int32) { self.descriptor = descriptor }

  public func check() async -> [Finding] {
    fcntl(descriptor, F_GETFD) >= 0
      ? [] : [Finding(key: "standard output", problem: "is closed", advice: "start without >&-, or choose sink.type=file")]
  }

  public func start(_ context: SinkContext) async throws(MillraceError) { encoder = LineEncoder(context.converters) }

  public func write(_ box: BatchBox) async throws(MillraceError) {
    var index = 0
    repeat {
      index = try encoder?.encode(box.batch, from: index, limit: FileSink.writeSize) ?? box.batch.records.count
      if encoder?.output.count ?? 0 > 0 {
        // The reader may be slow or asleep: wait on a thread of our own.
        try await thread.run { () throws(MillraceError) in try self.writeLines() }
      }
    } while index < box.batch.records.count
    written = box.sequence
  }

  public func flush(waiting: Bool) async throws(MillraceError) -> UInt64 { written }

  public func close() async { encoder = nil }

  private func writeLines() throws(MillraceError) {
    defer { encoder?.output.removeAll(keeping: 2 * FileSink.writeSize) }
    do throws(SystemError) {
      try encoder?.output.withBytes { (lines) throws(SystemError) in try OpenFile.write(lines, to: descriptor) }
    } catch {
      if error.isBrokenPipe {
        throw MillraceError(
          code: "stdout.closed", component: "stdout", retry: .stop, message: "the reader of standard output is gone",
          advice: "nothing to mend if the reader had enough; the next run goes on from the last checkpoint")
      }
      throw error.error(
        code: "stdout.write", component: "stdout", message: "writing to standard output failed", path: "standard output",
        setting: "sink.type")
    }
  }
}
