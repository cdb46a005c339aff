import Foundation
import Testing

/// A short round of every target with each test run; Tests/Fuzz/run does the long ones.
@Suite struct FuzzTests {
  private static let executions = ProcessInfo.processInfo.environment["FUZZ_EXECUTIONS"].flatMap { Int($0) } ?? 10_000

  @Test(arguments: FuzzTarget.all.map(\.name)) func noInputTraps(_ name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let outcome = target.run(executions: Self.executions, seed: 1)
    // An attack that never gets in tests nothing.
    #expect(outcome.accepted > Self.executions / 200)
  }

  @Test func theSameSeedGivesTheSameInputs() {
    func inputs(_ seed: UInt64) -> [[UInt8]] {
      var mutator = Mutator(seeds: [Array("seed".utf8), [1, 2, 3]], words: ["word"], random: FuzzGenerator(state: seed))
      return (0..<1000).map { _ in
        mutator.make()
        return mutator.input
      }
    }
    #expect(inputs(1) == inputs(1))
    #expect(inputs(1) != inputs(2))
    #expect(Set(inputs(1)).count > 700)
  }
}
