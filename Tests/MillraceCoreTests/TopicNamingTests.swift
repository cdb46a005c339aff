import MillraceCore
import Testing

struct TopicNamingTests {
  @Test func partsAreJoinedByTheDelimiter() {
    #expect(TopicNaming(prefix: "srv").dataChange(["public", "orders"]) == "srv.public.orders")
    #expect(TopicNaming(prefix: "srv", delimiter: "_").dataChange(["public", "orders"]) == "srv_public_orders")
  }

  @Test func whatKafkaDoesNotAllowBecomesAnUnderscore() {
    #expect(TopicNaming.sanitised("aZ09._-") == "aZ09._-")
    #expect(TopicNaming.sanitised("a b$c/d\u{e9}\n\"") == "a_b_c_d___")
    #expect(TopicNaming(prefix: "srv").dataChange(["my schema", "t#1"]) == "srv.my_schema.t_1")
  }

  @Test func aCharacterOutsideTheBasicPlaneBecomesTwoUnderscoresAsInJava() {
    #expect(TopicNaming.sanitised("a\u{1F600}b\u{20AC}c") == "a__b_c")
  }

  @Test func namesAreCutAt249() {
    let long = String(repeating: "x", count: 300)
    #expect(TopicNaming.sanitised(long) == String(repeating: "x", count: 249))
    #expect(TopicNaming.sanitised(String(repeating: "x", count: 249)).count == 249)
    #expect(TopicNaming.sanitised(String(repeating: "\u{1F600}", count: 125)) == String(repeating: "_", count: 249))
  }

  @Test func dotsAloneAreNoName() {
    #expect(TopicNaming.sanitised(".") == "_")
    #expect(TopicNaming.sanitised("..") == "__")
    #expect(TopicNaming.sanitised("...") == "...")
  }
}
