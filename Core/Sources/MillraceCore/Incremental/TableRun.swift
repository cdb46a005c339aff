internal import Synchronization

/// One table of an incremental snapshot while it is read: what was asked of its reader, and what has come back.
///
/// The connector's thread owns it; only the mailbox is shared with the reader's thread.
final class TableRun<Reader: ChunkReader> {
  enum Answer: Sendable {
    case lastKey([String?]?)
    case chunk(Chunk<Reader.View>)
    case failure(ChunkFailure)
  }

  /// What the reader's thread has left.
  final class Mailbox: Sendable {
    private let answers = Mutex<[Answer]>([])
    func put(_ answer: Answer) { answers.withLock { $0.append(answer) } }
    func take() -> [Answer] {
      answers.withLock { answers in
        defer { answers.removeAll() }
        return answers
      }
    }
  }

  let form: Reader.Form
  let watch: KeyWatch
  let lane: ReaderLane<Reader>
  let mailbox = Mailbox()
  /// The table as its next read sees it: further on than what is delivered.
  var next: IncrementalProgress.Table
  var limit: Int
  /// How many rows the table may have.
  let estimate: UInt64?
  /// Reads that are under way.
  var asked = 0
  var ready: [Chunk<Reader.View>] = []
  /// Whether the last chunk was read.
  var isReadOut = false
  /// After a passing failure: not before this time, ns since 1970.
  var notBefore: Int64 = 0
  var failures = 0
  /// Whether a chunk's view has been held against what was streamed before the watch.
  var isGuarded = false

  init(_ table: IncrementalProgress.Table, form: Reader.Form, watch: KeyWatch, lane: ReaderLane<Reader>, limit: Int, estimate: UInt64?) {
    self.estimate = estimate
    next = table
    self.form = form
    self.watch = watch
    self.lane = lane
    self.limit = limit
  }

  func askForLastKey() {
    asked += 1
    let (table, form, mailbox) = (next, form, mailbox)
    lane.enqueue { reader in
      do throws(ChunkFailure) {
        mailbox.put(.lastKey(try reader.lastKey(of: table, form)))
      } catch {
        mailbox.put(.failure(error))
      }
    }
  }

  func askForChunk() {
    asked += 1
    let (table, form, limit, mailbox) = (next, form, limit, mailbox)
    lane.enqueue { reader in
      do throws(ChunkFailure) {
        mailbox.put(.chunk(try reader.read(table, form, limit: limit)))
      } catch {
        if case .passing = error { reader.disconnect() }
        mailbox.put(.failure(error))
      }
    }
  }
}

/// A reader and its thread.
final class ReaderLane<Reader: ChunkReader>: Sendable {
  private let thread = WorkerThread()
  private let reader: Reader

  init(_ reader: Reader) { self.reader = reader }

  func enqueue(_ job: @escaping @Sendable (Reader) -> Void) {
    thread.enqueue { [reader] in job(reader) }
  }
}
