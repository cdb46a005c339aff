import MillraceCore
import Testing

struct ContextHeadersTests {
  @Test func runsAreNumberedByUUIDsOfVersion7() throws {
    let before = Clock.nanoseconds() / 1_000_000
    let id = ContextHeaders.newRunID()
    let after = Clock.nanoseconds() / 1_000_000
    let groups = id.split(separator: "-", omittingEmptySubsequences: false)
    #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
    #expect(id.allSatisfy { $0 == "-" || $0.isHexDigit && !$0.isUppercase })
    #expect(groups[2].first == "7")
    #expect(["8", "9", "a", "b"].contains(groups[3].first))
    let milliseconds = try #require(Int64(groups[0] + groups[1], radix: 16))
    #expect((before...after).contains(milliseconds))
  }

  @Test func everyRunHasItsOwn() {
    #expect(Set((0..<1000).map { _ in ContextHeaders.newRunID() }).count == 1000)
  }

  @Test func fourHeadersTellWhereARecordComesFrom() {
    var batch = RecordBatch(capacity: 64)
    let headers = ContextHeaders(logicalName: "srv", connector: "postgresql", runID: "run")
    let plain = headers.append(to: &batch)
    let extra = Header(name: batch.intern(headerName: "extra"), schema: batch.intern(schema: .int32), value: .integer(7))
    let longer = headers.append(to: &batch, behind: extra)
    func read(_ run: (first: UInt32, count: UInt32)) -> [String] {
      (run.first..<run.first + run.count).map { index in
        let header = batch.headers[Int(index)]
        return "\(batch.headerNames[Int(header.name)])=\(batch.value(header.value))"
      }
    }
    let all = [
      "__debezium.context.connectorLogicalName=text(\"srv\")", "__debezium.context.taskId=text(\"0\")",
      "__debezium.context.connectorName=text(\"postgresql\")", "__debezium.context.runId=text(\"run\")",
    ]
    #expect(read(plain) == all)
    #expect(read(longer) == ["extra=integer(7)"] + all)
  }
}
