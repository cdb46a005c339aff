/// The table whose new rows are signals: its first three columns are id, type and data.
package struct SignalTable: Sendable {
  /// The table's name in the source's form.
  package let name: String
  private let inbox: SignalInbox
  private let log: Log

  package init(name: String, inbox: SignalInbox, log: Log) {
    self.name = name
    self.inbox = inbox
    self.log = log
  }

  /// Leaves the signal of a new row in the inbox.
  package func take(_ row: Slot, _ batch: borrowing RecordBatch) {
    func text(_ field: Int) -> String? {
      guard field < row.count, case .text(let text) = batch.value(batch.slots[row.offset + field]) else { return nil }
      return text
    }
    guard let id = text(0), let type = text(1) else {
      return log.warning("a row of the signal table is left out: its columns are to be id, type and data, and texts", ("table", name))
    }
    do throws(SignalFault) {
      inbox.post(try Signal(id: id, type: type, text: text(2)), isOfSource: true)
    } catch {
      log.warning("a signal is left out", ("signal", id), ("problem", error.problem))
    }
  }
}
