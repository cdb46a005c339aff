@testable import MillraceMongoDB
import Testing

@Suite struct MongoLibraryTests {
  @Test("The library can be initialised") func ready() {
    #expect(MongoLibrary.isReady)
  }
}
