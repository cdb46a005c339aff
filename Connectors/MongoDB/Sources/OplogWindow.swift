internal import MillraceCore

/// How far back the server's oplog goes: for so long a connector may be stopped.
struct OplogWindow: Sendable, Equatable {
  static let key = "oplog"

  /// The cluster times of the first and the last entry.
  let first: UInt64
  let last: UInt64
  /// Whether old entries make room for new ones, or soon will.
  let isFull: Bool

  init(first: UInt64, last: UInt64, isFull: Bool) {
    self.first = first
    self.last = last
    self.isFull = isFull
  }

  /// nil where it cannot be told: not everybody may read `local`, and mongos has none.
  init?(session: MongoSession) throws(MillraceError) {
    do throws(MillraceError) {
      func time(_ order: Int32) throws(MillraceError) -> UInt64? {
        let command: BSONDocument = [
          "find": .text("oplog.rs"), "sort": .document(["$natural": .int32(order)]), "projection": .document(["ts": .int32(1)]), "limit": .int32(1),
          "singleBatch": .boolean(true),
        ]
        let reply = try session.run(command, on: "local")
        guard case .document(let entry)? = try reply.document("cursor")?.array("firstBatch")?.first, case .timestamp(let time)? = try entry.value("ts") else { return nil }
        return time
      }
      let status = try session.run(["collStats": .text("oplog.rs")], on: "local")
      guard let size = try status.integer("size"), let most = try status.integer("maxSize"), let first = try time(1), let last = try time(-1) else { return nil }
      self.init(first: first, last: last, isFull: size > most / 2)
    } catch {
      if error.retry == .retry { throw error }
      return nil
    }
  }

  /// - Parameter stored: the cluster time of the stored position, where a connector is stopped.
  func findings(stored: UInt64?) -> [Finding] {
    guard isFull else { return [] }
    func seconds(_ time: UInt64) -> Int64 { Int64(time >> 32) }
    let window = seconds(last) - seconds(first)
    let advice = "run on each member: db.adminCommand({replSetResizeOplog: 1, minRetentionHours: 48}), or give it a larger size"
    if let stored, window > 0 {
      let age = seconds(last) - seconds(stored), left = seconds(stored) - seconds(first)
      if left * 4 < window {
        return [
          Finding(
            .warning, key: OplogWindow.key,
            problem: "goes back \(OplogWindow.text(window)), and the stored position is \(OplogWindow.text(age)) old: \(left > 0 ? "in about \(OplogWindow.text(left)) the server can no longer go on from it" : "the server may no longer go on from it")",
            advice: "start the connector before that; for longer pauses \(advice)")
        ]
      }
    }
    guard window < 24 * 3600 else { return [] }
    return [
      Finding(.warning, key: OplogWindow.key, problem: "goes back \(OplogWindow.text(window)): a connector that is stopped for longer has to begin anew", advice: advice)
    ]
  }

  private static func text(_ seconds: Int64) -> String {
    if seconds >= 2 * 3600 { return "\(seconds / 3600) hours" }
    return seconds >= 120 ? "\(seconds / 60) minutes" : "\(max(0, seconds)) seconds"
  }
}
