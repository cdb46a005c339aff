/// One parser under attack. It may refuse an input in whatever typed way it has; it must not trap, hang or read outside.
struct FuzzTarget: Sendable {
  let name: String
  let seeds: [[UInt8]]
  var words: [String] = []
  /// Makes what takes the inputs; it may keep state between them. True where the input was good.
  let prepare: @Sendable () -> (([UInt8], inout FuzzGenerator) -> Bool)

  init(
    _ name: String, _ seeds: [[UInt8]], words: [String] = [],
    prepare: @escaping @Sendable () -> (([UInt8], inout FuzzGenerator) -> Bool)
  ) {
    self.name = name
    self.seeds = seeds
    self.words = words
    self.prepare = prepare
  }

  static let all: [FuzzTarget] =
    protocolTargets + typeTargets + textTargets + mysqlValueTargets + statementTargets + binlogTargets + documentTargets

  struct Outcome {
    var executions = 0
    var accepted = 0
    var seconds = 0.0
  }

  /// Runs so many inputs, the same ones for the same seed.
  func run(executions: Int, seed: UInt64) -> Outcome {
    var mutator = Mutator(seeds: seeds, words: words, random: FuzzGenerator(state: seed))
    var choices = FuzzGenerator(state: seed &+ 1)
    let take = prepare()
    var outcome = Outcome()
    let clock = ContinuousClock()
    let begin = clock.now
    for index in 0..<executions {
      mutator.make()
      Blackbox.note(name, index, mutator.input)
      if take(mutator.input, &choices) { outcome.accepted += 1 }
    }
    Blackbox.clear()
    outcome.executions = executions
    outcome.seconds = (clock.now - begin) / .seconds(1)
    return outcome
  }
}
