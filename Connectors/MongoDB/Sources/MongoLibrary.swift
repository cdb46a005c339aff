internal import CLibMongoC

/// libmongoc, initialised once per process and never cleaned up: its own advice for programs that use it to their end.
enum MongoLibrary {
  static let isReady: Bool = {
    mongoc_init()
    return true
  }()
}
