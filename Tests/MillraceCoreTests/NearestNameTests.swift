import MillraceCore
import Testing

struct NearestNameTests {
  @Test func theNearestNameIsFoundUpToAThirdOfDifference() {
    let names = ["table.include.list", "table.exclude.list", "topic.prefix", "slot.name"]
    #expect(NearestName.of("table.inculde.list", among: names) == "table.include.list")
    #expect(NearestName.of("topicprefix", among: names) == "topic.prefix")
    #expect(NearestName.of("SLOT.NAME", among: names) == "slot.name")
    #expect(NearestName.of("completely.different", among: names) == nil)
  }

  @Test func aSwapOfNeighboursIsOneEdit() {
    #expect(NearestName.distance(Array("ab".utf8), Array("ba".utf8)) == 1)
    #expect(NearestName.distance(Array("".utf8), Array("abc".utf8)) == 3)
    #expect(NearestName.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
  }
}
