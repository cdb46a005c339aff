import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct GTIDSetTests {
  private let a = "9f710a8f-e643-11f1-9580-02fc00000001", b = "9f710a8f-e643-11f1-9580-02fc00000002"

  @Test func setsAreReadAndWrittenInTheServersForm() throws {
    #expect("\(try GTIDSet("\(a):1-5:7:9-10"))" == "\(a):1-5:7:9-10")
    #expect("\(try GTIDSet(" \(b):3,\n\(a.uppercased()):1-5"))" == "\(a):1-5,\(b):3")
    #expect("\(try GTIDSet("\(a):1-3:4-6:2"))" == "\(a):1-6")
    #expect("\(try GTIDSet("\(a):1-3:blue:1-2:5:red:7"))" == "\(a):1-3:blue:1-2:5:red:7")
    #expect("\(try GTIDSet("1-2-3,0-1-100"))" == "0-1-100,1-2-3")
    #expect(try GTIDSet("").isEmpty)
  }

  @Test(arguments: ["x:1", "9f710a8f-e643-11f1-9580-02fc00000001:0", "9f710a8f-e643-11f1-9580-02fc00000001:5-3", "1-2", "0-1-x", "9f710a8f-e643-11f1-9580-02fc00000001:", "9f710a8f-e643-11f1-9580-02fc00000001:1,0-1-1"])
  func whatIsNoSetIsRefused(text: String) {
    #expect(throws: MillraceError.self) { try GTIDSet(text) }
  }

  @Test func theNextTransactionExtendsTheLastRange() throws {
    var set = try GTIDSet("\(a):1-5")
    set.insert(.mysql(source: GTIDSource(uuid: a), number: 6))
    set.insert(.mysql(source: GTIDSource(uuid: a), number: 9))
    set.insert(.mysql(source: GTIDSource(uuid: a, tag: "t"), number: 1))
    #expect("\(set)" == "\(a):1-6:9:t:1")
    set.insert(.mysql(source: GTIDSource(uuid: a), number: 8))
    set.insert(.mysql(source: GTIDSource(uuid: a), number: 7))
    #expect("\(set)" == "\(a):1-9:t:1")
    #expect(set.contains(.mysql(source: GTIDSource(uuid: a), number: 8)))
    #expect(!set.contains(.mysql(source: GTIDSource(uuid: a, tag: "t"), number: 8)))
    var maria = try GTIDSet("0-1-5")
    maria.insert(.mariadb(domain: 0, server: 2, number: 6))
    #expect("\(maria)" == "0-2-6")
    #expect(maria.contains(.mariadb(domain: 0, server: 9, number: 6)))
    #expect(!maria.contains(.mariadb(domain: 1, server: 9, number: 6)))
  }

  @Test func setsAreMergedAndTakenFromEachOther() throws {
    let left = try GTIDSet("\(a):1-10:20-30,\(b):1"), right = try GTIDSet("\(a):5-25")
    #expect("\(left.union(right))" == "\(a):1-30,\(b):1")
    #expect("\(left.subtracting(right))" == "\(a):1-4:26-30,\(b):1")
    #expect("\(right.subtracting(left))" == "\(a):11-19")
    #expect(try GTIDSet("\(a):2-3").isSubset(of: left))
    #expect(!right.isSubset(of: left))
    #expect(try GTIDSet("0-1-5").isSubset(of: GTIDSet("0-2-6,1-1-1")))
    #expect(try !GTIDSet("0-1-7").isSubset(of: GTIDSet("0-2-6")))
    #expect("\(left.filtered { $0 == b })" == "\(b):1")
  }

  @Test func aSetIsEncodedForTheDump() throws {
    let plain = try GTIDSet("\(a):1-5").encoded
    #expect(plain.count == 8 + 16 + 8 + 16)
    #expect(Array(plain.prefix(10)) == [1, 0, 0, 0, 0, 0, 0, 0, 0x9F, 0x71])
    #expect(Array(plain.suffix(16)) == [1, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
    let tagged = try GTIDSet("\(a):1:t:1").encoded
    #expect(Array(tagged.prefix(8)) == [1, 2, 0, 0, 0, 0, 0, 1])
    #expect(tagged[24] == 0)
  }
}
