internal import MillraceCore

/// The numbers of the transactions that the stream has brought last. The server may send a commit before it lets others see it (it
/// waits for a synchronous standby, say), so that a snapshot taken afterwards may not contain what was delivered.
final class RecentTransactions {
  /// More than wait for a standby at once: each of them holds a connection.
  private static let most = 4096
  private var numbers = Buffer<UInt32>(capacity: 4096)
  private var next = 0

  func append(_ transaction: UInt32) {
    if numbers.count < RecentTransactions.most {
      numbers.append(transaction)
    } else {
      numbers[next] = transaction
    }
    next = (next + 1) % RecentTransactions.most
  }

  /// Whether one of them is not in `view`.
  func hasUnseen(by view: PostgresChunkView) -> Bool {
    for index in 0..<numbers.count where !view.sees(UInt64(numbers[index])) { return true }
    return false
  }
}
