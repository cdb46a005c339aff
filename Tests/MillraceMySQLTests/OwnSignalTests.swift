import Testing

import MillraceCore

@testable import MillraceMySQL

@Suite struct PositionSignalTests {
  private func signal(_ data: String) throws -> Signal {
    Signal(id: "s", type: "set-binlog-position", data: try JSONValue(parsing: data))
  }

  @Test func aSetOfGTIDsOrAPlaceIsTaken() throws {
    let set = "24bc7850-2c16-11e6-a073-0242ac110002:1-5"
    #expect(try PositionSignal(signal("{\"gtid_set\": \"\(set)\"}")) == .gtids(GTIDSet(set)))
    #expect(try PositionSignal(signal(#"{"binlog_filename": "mysql-bin.000005", "binlog_position": 154}"#)) == .place(.init(file: "mysql-bin.000005", position: 154)))
    #expect(try PositionSignal(signal(#"{"binlog_filename": "b.000005", "binlog_position": 0}"#)) == .place(.init(file: "b.000005", position: 4)))
  }

  @Test(arguments: [
    #"{"binlog_filename": "b.000005"}"#, #"{"binlog_position": 4}"#, #"{"binlog_filename": "b", "binlog_position": 4}"#, "{}",
    #"{"binlog_filename": "b.000005", "binlog_position": -1}"#, #"{"gtid_set": "nonsense"}"#,
    #"{"gtid_set": "24bc7850-2c16-11e6-a073-0242ac110002:1-5", "binlog_filename": "b.000005", "binlog_position": 4}"#,
  ])
  func whatIsNoPositionIsSaid(_ data: String) throws {
    #expect(throws: SignalFault.self) { try PositionSignal(signal(data)) }
  }

  @Test func theNewPositionRemembersTheSignalAndForgetsTheTransaction() throws {
    var now = MySQLPosition()
    (now.place, now.rowsDone, now.event) = (BinlogPlace(file: "b.000009", position: 99), 7, 3)
    let place = BinlogPlace(file: "b.000002", position: 4)
    let position = try PositionSignal.place(place).position(from: now, signal: "s")
    #expect(position.place == place && position.rowsDone == 0 && position.event == 0)
    #expect(try StoredPosition(position.checkpoint(partition: [])).position.setBy == "s")
    now.gtids = try GTIDSet("24bc7850-2c16-11e6-a073-0242ac110002:1-5")
    #expect(throws: SignalFault.self) { try PositionSignal.place(place).position(from: now, signal: "s") }
    #expect(try PositionSignal.gtids(GTIDSet("")).position(from: now, signal: "s").place == now.place)
  }
}

@Suite struct TableSignalTests {
  private func made(_ data: String) throws -> TableSignal { try TableSignal(Signal(id: "s", type: "schema-changes", data: try JSONValue(parsing: data))) }

  @Test func tablesAreTakenAsDebeziumWritesThem() throws {
    let column = #"{"name": "id", "jdbcType": 4, "typeName": "INT", "typeExpression": "INT", "position": 1, "optional": false}"#
    let signal = try made(
      #"{"database": "d", "changes": [{"type": "alter", "id": "\"d\".\"t\"", "table": {"primaryKeyColumnNames": ["id"], "columns": [\#(column)]}}, {"type": "DROP", "id": "\"d\".\"u\""}]}"#)
    #expect(signal.changes.map(\.type) == [.alter, .drop] && signal.changes.map(\.id) == [TableID("d", "t"), TableID("d", "u")])
    #expect(signal.changes[0].definition?.primaryKey == ["id"] && signal.changes[1].definition == nil)
    #expect(signal.events(source: "signals").allSatisfy { $0.ddl == nil && $0.sourceTable == "signals" && $0.database == "d" })
  }

  @Test(arguments: [
    "{}", #"{"database": "d"}"#, #"{"changes": [{"type": "DROP", "id": "\"d\".\"t\""}]}"#, #"{"database": "d", "changes": [{"type": "TURN", "id": "\"d\".\"t\""}]}"#,
    #"{"database": "d", "changes": [{"type": "DROP", "id": "t"}]}"#, #"{"database": "d", "changes": [{"type": "CREATE", "id": "\"d\".\"t\""}]}"#,
  ])
  func whatIsNoTableIsSaid(_ data: String) throws {
    #expect(throws: SignalFault.self) { try made(data) }
  }
}
