internal import CLibMongoC
internal import CMongoCounters

/// libmongoc, initialised once per process and never cleaned up: its own advice for programs that use it to their end.
enum MongoLibrary {
  static let isReady: Bool = {
    mongoc_init()
    millrace_hide_mongo_counters()
    return true
  }()
}
