// Prints the rows of a table and every change to them, until so many events have come:
//   rows EVENTS setting=value …        e.g. rows 10 topic.prefix=shop database.hostname=127.0.0.1 database.server.id=5501 …
// For a MariaDB the connector is MySQLConnector.mariaDB: here where connector.class names it.
import MillraceCore
import MillraceMySQL

struct Order: Decodable {
  var id: Int
  var customer: String
  var price: String?  // exact
}

var arguments = Array(CommandLine.arguments.dropFirst())
let limit = arguments.first.flatMap { Int($0) } ?? 1
if !arguments.isEmpty { arguments.removeFirst() }
var settings = Configuration([:])
for argument in arguments {
  let parts = argument.split(separator: "=", maxSplits: 1)
  settings[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
}

let isMariaDB = settings["connector.class"]?.hasSuffix("MariaDbConnector") ?? false
let connector = isMariaDB ? MySQLConnector.mariaDB(&settings, log: .none) : MySQLConnector.mysql(&settings, log: .none)
let changes = ChangeStream(from: connector, settings: settings, store: FileOffsetStore(path: "rows.offsets"))
var count = 0
do {
  for try await batch in changes {
    for event in batch {
      switch event.operation {
      case .create, .read, .update:
        guard let order = try event.after?.decode(Order.self) else { continue }
        print(event.operation?.rawValue ?? "", order.id, order.customer, order.price ?? "-")
      case .delete: print("d", try event.key?.get("id", as: Int.self) ?? 0)
      default: continue
      }
      count += 1
    }
    batch.acknowledge()
    if count >= limit { break }
  }
  try await changes.close()
} catch {
  print(error)  // findings, each with what mends it
}
