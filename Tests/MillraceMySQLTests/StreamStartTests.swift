import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct StreamStartTests {
  private let own = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"

  private func position(_ file: String, _ at: UInt64, upTo number: Int? = nil) throws -> MySQLPosition {
    var position = MySQLPosition()
    position.place = BinlogPlace(file: file, position: at)
    if let number { position.gtids = try GTIDSet("\(own):1-\(number)") }
    return position
  }

  private func rules(_ settings: [String: String] = [:]) -> GTIDRules {
    var configuration = Configuration(settings)
    return GTIDRules(&configuration)
  }

  @Test("The place of a snapshot is begun at, although the log was longer then than when it was asked for") func snapshot() throws {
    let told = try position("b.000009", 900, upTo: 20)
    #expect(StreamStart.made(at: told, hasGTIDs: true, rules()).dump == .behind(told.gtids))
    #expect(StreamStart.made(at: told, hasGTIDs: false, rules()).dump == .place(told.place))
    #expect(StreamStart.made(at: told, hasGTIDs: true, rules(["gtid.ignore.on.recovery": "true"])).dump == .place(told.place))
    #expect(StreamStart.made(at: try position("b.000009", 900), hasGTIDs: true, rules()).dump == .place(told.place))
  }

  @Test("A stored position goes on where the server has what it has and what it lacks, and else names what is missing") func stored() throws {
    func made(_ stored: MySQLPosition, purged: Int = 0, _ end: Int = 20, gtids: Bool = true) throws -> (start: StreamStart?, loss: StreamStart.Loss?) {
      let log = StreamStart.ServerLog(
        end: try position("b.000009", 900, upTo: end), files: ["b.000008", "b.000009"], hasGTIDs: gtids,
        purged: purged == 0 ? GTIDSet() : try GTIDSet("\(own):1-\(purged)"))
      return StreamStart.made(stored, isForeign: false, log, rules())
    }
    let stored = try position("b.000007", 4, upTo: 10)
    #expect(try made(stored).start?.dump == .behind(stored.gtids))
    #expect(try made(stored, purged: 10).start?.dump == .behind(stored.gtids))
    #expect(try made(stored, purged: 12).loss == .purged("transactions \(own):11-12"))
    #expect(try made(stored, 8).loss == .diverged("\(own):9-10"))
    #expect(try made(stored, gtids: false).loss == .purged("the file b.000007"))
    #expect(try made(try position("b.000008", 4), gtids: false).start?.dump == .place(BinlogPlace(file: "b.000008", position: 4)))
  }
}
