// Prints the rows of a table and every change to it, until it is stopped with Ctrl-D, or after so many events:
//   orders [EVENTS] setting=value …        e.g. orders 10 topic.prefix=shop database.hostname=127.0.0.1 …
import MillraceCore
import MillracePostgres

struct Order: Decodable {
  var id: Int
  var customer: String
  var price: String?  // exact
  var placed: Timestamp?
}

var arguments = Array(CommandLine.arguments.dropFirst())
let limit = arguments.first.flatMap { Int($0) }
if limit != nil { arguments.removeFirst() }
var settings = Configuration([:])
for argument in arguments {
  let parts = argument.split(separator: "=", maxSplits: 1)
  settings[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
}

let connector = PostgresConnector(&settings, log: .none)
let changes = ChangeStream(from: connector, settings: settings, store: FileOffsetStore(path: "orders.offsets"))
if limit == nil { Task.detached { while readLine() != nil {}; changes.stop() } }
var count = 0
do {
  for try await batch in changes {
    for event in batch {
      switch event.operation {
      case .create, .read, .update:
        guard let order = try event.after?.decode(Order.self) else { continue }
        let time = order.placed.map { "\($0.microseconds)" } ?? "-"
        print(event.operation?.rawValue ?? "", order.id, order.customer, order.price ?? "-", time)
      case .delete: print("d", try event.key?.get("id", as: Int.self) ?? 0)
      default: continue
      }
      count += 1
    }
    batch.acknowledge()
    if let limit, count >= limit { break }
  }
  try await changes.close()
} catch let error as MillraceError {
  print(error)  // findings, each with what mends it
}
