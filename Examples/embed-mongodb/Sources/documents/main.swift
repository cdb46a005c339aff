// Prints the documents of a database and every change to them, as JSON, until so many events have come:
//   documents EVENTS setting=value …        e.g. documents 10 topic.prefix=shop mongodb.connection.string=mongodb://127.0.0.1/?replicaSet=rs0
import MillraceCore
import MillraceMongoDB

var arguments = Array(CommandLine.arguments.dropFirst())
let limit = arguments.first.flatMap { Int($0) } ?? 1
if !arguments.isEmpty { arguments.removeFirst() }
var settings = Configuration([:])
for argument in arguments {
  let parts = argument.split(separator: "=", maxSplits: 1)
  settings[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
}

let connector = MongoDBConnector(&settings, log: .none)
let changes = ChangeStream(from: connector, settings: settings, store: FileOffsetStore(path: "documents.offsets"))
var count = 0
do {
  for try await batch in changes {
    for event in batch {
      guard let envelope = event.value else { continue }
      let after = try envelope.get("after", as: String?.self)
      print(event.operation?.rawValue ?? "", try event.key?.get("id", as: String.self) ?? "", after ?? "-")
      count += 1
    }
    batch.acknowledge()
    if count >= limit { break }
  }
  try await changes.close()
} catch {
  print(error)  // findings, each with what mends it
}
