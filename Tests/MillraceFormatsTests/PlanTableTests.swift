import MillraceCore
import Testing

@testable import MillraceFormats

struct PlanTableTests {
  private final class Plan {
    let schema: Schema
    init(_ schema: Schema) { self.schema = schema }
  }

  /// Asks for the plan of every schema, batch after batch; answers how many were made.
  private func made(schemas count: Int, limit: Int, rounds: Int) throws -> Int {
    let schemas = (0..<count).map { Schema(.structure([Schema.Field("f\($0)", .int32)])) }
    let table = PlanTable<Plan>(limit: limit)
    var made = 0
    for _ in 0..<rounds {
      var batch = RecordBatch(capacity: 64)
      for schema in schemas {
        let index = batch.intern(schema: schema)
        let plan = try table.plan(index, of: batch) { schema throws(MillraceError) in
          made += 1
          return Plan(schema)
        }
        #expect(plan._withUnsafeGuaranteedRef { $0.schema === schema })
      }
    }
    return made
  }

  @Test func eachPlanIsMadeOnceAsLongAsTheyFit() throws {
    #expect(try made(schemas: 1, limit: 16, rounds: 10) == 1)
    #expect(try made(schemas: 16, limit: 16, rounds: 10) == 16)
    #expect(try made(schemas: 40, limit: 64, rounds: 10) == 40)
  }

  @Test func moreSchemasThanFitGetTheirOwnPlanEachTime() throws {
    #expect(try made(schemas: 100, limit: 16, rounds: 5) > 100)
  }
}
