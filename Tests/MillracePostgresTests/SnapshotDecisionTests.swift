import MillraceCore
import Testing

@testable import MillracePostgres

struct SnapshotDecisionTests {
  typealias Decision = SnapshotDecision

  enum Outcome: Equatable, Sendable {
    case does(Decision.Rows, Decision.Start)
    case refuses(Decision.Refusal)
  }

  private static func rules(_ settings: [String: String]) -> SnapshotRules {
    var configuration = Configuration(settings)
    return SnapshotSettings(&configuration).rules
  }

  private func outcome(
    _ rules: SnapshotRules, _ stored: Decision.Stored, hasSlot: Bool = true, loss: Decision.Loss? = nil
  ) -> Outcome {
    do throws(Decision.Refusal) {
      let decision = try Decision.made(rules, stored, hasSlot: hasSlot, loss: loss)
      return .does(decision.rows, decision.start)
    } catch {
      return .refuses(error)
    }
  }

  struct Case: Sendable {
    let mode: String
    let nothing, nothingButASlot, whole, unfinished: Outcome
    let whole2, unfinished2: Outcome   // of a run without stream
    let gone: Outcome
  }

  private static let cases: [Case] = [
    Case(
      mode: "initial", nothing: .does(.whole, .newSlot), nothingButASlot: .does(.whole, .slot), whole: .does(.none, .storedPosition),
      unfinished: .does(.rest, .storedPosition), whole2: .does(.none, .slot), unfinished2: .does(.whole, .slot),
      gone: .refuses(.loss(.slotGone))),
    Case(
      mode: "always", nothing: .does(.whole, .newSlot), nothingButASlot: .does(.whole, .slot), whole: .does(.whole, .slot),
      unfinished: .does(.whole, .slot), whole2: .does(.whole, .slot), unfinished2: .does(.whole, .slot),
      gone: .does(.whole, .newSlot)),
    Case(
      mode: "initial_only", nothing: .does(.whole, .noStream), nothingButASlot: .does(.whole, .noStream), whole: .does(.none, .noStream),
      unfinished: .does(.whole, .noStream), whole2: .does(.none, .noStream), unfinished2: .does(.whole, .noStream),
      gone: .does(.none, .noStream)),
    Case(
      mode: "no_data", nothing: .does(.none, .newSlot), nothingButASlot: .does(.none, .slot), whole: .does(.none, .storedPosition),
      unfinished: .refuses(.unfinished), whole2: .does(.none, .slot), unfinished2: .refuses(.unfinished),
      gone: .refuses(.loss(.slotGone))),
    Case(
      mode: "when_needed", nothing: .does(.whole, .newSlot), nothingButASlot: .does(.whole, .slot), whole: .does(.none, .storedPosition),
      unfinished: .does(.rest, .storedPosition), whole2: .does(.none, .slot), unfinished2: .does(.whole, .slot),
      gone: .does(.whole, .newSlot)),
  ]

  @Test(arguments: cases) func eachModeDecidesByWhatIsStoredAndThere(_ wanted: Case) {
    let rules = Self.rules(["snapshot.mode": wanted.mode])
    #expect(outcome(rules, .nothing, hasSlot: false) == wanted.nothing)
    #expect(outcome(rules, .nothing) == wanted.nothingButASlot)
    #expect(outcome(rules, .whole(streamed: true)) == wanted.whole)
    #expect(outcome(rules, .unfinished(streamed: true)) == wanted.unfinished)
    #expect(outcome(rules, .whole(streamed: false)) == wanted.whole2)
    #expect(outcome(rules, .unfinished(streamed: false)) == wanted.unfinished2)
    #expect(outcome(rules, .whole(streamed: true), hasSlot: false, loss: .slotGone) == wanted.gone)
  }

  @Test func whatTheServerNoLongerHasIsAnErrorOrReadAnew() {
    let stored: [Decision.Stored] = [.whole(streamed: true), .unfinished(streamed: true)]
    for stored in stored {
      for loss in [Decision.Loss.slotLost, .slotAhead, .unpublished] {
        #expect(outcome(Self.rules([:]), stored, loss: loss) == .refuses(.loss(loss)))
        let start: Decision.Start = loss == .slotAhead ? .slot : .replacedSlot
        #expect(outcome(Self.rules(["snapshot.mode": "when_needed"]), stored, loss: loss) == .does(.whole, start))
      }
    }
    // A slot that is of no use is an error whatever is stored; one that somebody else has read is none where nothing counts on it.
    #expect(outcome(Self.rules(["snapshot.mode": "always"]), .nothing, loss: .slotLost) == .refuses(.loss(.slotLost)))
    #expect(outcome(Self.rules(["snapshot.mode": "always"]), .whole(streamed: true), loss: .slotAhead) == .does(.whole, .slot))
    // A snapshot that began without a slot begins again with one.
    #expect(outcome(Self.rules([:]), .unfinished(streamed: false), hasSlot: false, loss: .slotGone) == .does(.whole, .newSlot))
  }

  private static func configured(_ names: String...) -> SnapshotRules {
    var settings = ["snapshot.mode": "configuration_based"]
    for name in names { settings["snapshot.mode.configuration.based.\(name)"] = "true" }
    return rules(settings)
  }

  @Test func eachSwitchDoesWhatItSays() {
    let whole = Decision.Stored.whole(streamed: true)
    #expect(outcome(Self.configured(), .nothing) == .does(.none, .noStream))
    #expect(outcome(Self.configured("snapshot.data"), .nothing) == .does(.whole, .noStream))
    #expect(outcome(Self.configured("snapshot.data"), whole) == .does(.whole, .noStream))
    #expect(outcome(Self.configured("start.stream"), .nothing, hasSlot: false) == .does(.none, .newSlot))
    #expect(outcome(Self.configured("start.stream"), whole) == .does(.none, .storedPosition))
    #expect(outcome(Self.configured("start.stream"), .unfinished(streamed: true)) == .refuses(.unfinished))
    #expect(outcome(Self.configured("start.stream", "snapshot.schema"), .unfinished(streamed: true)) == .does(.none, .storedPosition))
    #expect(outcome(Self.configured("start.stream", "snapshot.data"), whole) == .does(.whole, .slot))
    #expect(outcome(Self.configured("start.stream"), whole, hasSlot: false, loss: .slotGone) == .refuses(.loss(.slotGone)))
    #expect(
      outcome(Self.configured("start.stream", "snapshot.on.data.error"), whole, hasSlot: false, loss: .slotGone) == .does(.none, .newSlot))
    #expect(outcome(Self.configured("start.stream", "snapshot.on.schema.error"), .nothing) == .refuses(.noPosition))
    #expect(outcome(Self.configured("start.stream", "snapshot.on.schema.error"), whole) == .does(.none, .storedPosition))
  }
}
