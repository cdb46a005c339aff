public import MillraceCore

/// Transforms one after the other, each for the records that its predicate chooses: Kafka Connect's `transforms=a,b` with
/// `predicate` and `negate`. A record that one step drops is not seen by the next.
public final class TransformChain: Transform {
  private let steps: [(transform: any Transform, predicate: (any Predicate)?, negate: Bool)]

  /// - Parameter steps: in the order of application; `negate` turns the predicate's answer round.
  public init(steps: [(transform: any Transform, predicate: (any Predicate)?, negate: Bool)]) { self.steps = steps }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    for step in steps {
      guard let predicate = step.predicate else {
        try step.transform.apply(to: &batch, where: selection)
        continue
      }
      var chosen: [Bool] = []
      chosen.reserveCapacity(batch.records.count)
      for index in 0..<batch.records.count {
        chosen.append(
          selection.contains(index) && !batch.records[index].isDropped && predicate.test(index, of: batch) != step.negate)
      }
      try step.transform.apply(to: &batch, where: Selection(chosen))
    }
  }
}
