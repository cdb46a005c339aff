// Exactly once at the consumer: keeps the sum of a table's rows and the position in one file that is replaced as a whole, and goes
// on from it. Whatever ends the process, no record is counted twice and none is missed.
//   replica FILE COUNT setting=value …     ends when it has counted so many rows
import Foundation
import MillraceCore
import MillracePostgres

/// What is stored in one step: here a file, elsewhere one transaction of a database.
struct State: Codable {
  var rows = 0
  var sum = 0
  var position: String?
}

let file = URL(fileURLWithPath: CommandLine.arguments[1])
let wanted = Int(CommandLine.arguments[2]) ?? 0
var settings = Configuration([:])
for argument in CommandLine.arguments.dropFirst(3) {
  let parts = argument.split(separator: "=", maxSplits: 1)
  settings[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
}

var state = State()
if FileManager.default.fileExists(atPath: file.path) {
  state = try JSONDecoder().decode(State.self, from: Data(contentsOf: file))
}

let connector = PostgresConnector(&settings, log: .none)
let changes = ChangeStream(
  from: connector, settings: settings, resuming: try state.position.map { try Checkpoint(parsing: $0) })
var uncommitted: [ChangeBatch] = []
for try await batch in changes {
  uncommitted.append(batch)
  for event in batch where event.operation == .create || event.operation == .read {
    state.rows += 1
    state.sum += try event.after?.get("id", as: Int.self) ?? 0
  }
  // Rows without a position belong to the same step as what follows.
  guard let checkpoint = batch.checkpoint else { continue }
  state.position = try checkpoint.text()
  try JSONEncoder().encode(state).write(to: file, options: .atomic)
  uncommitted.forEach { $0.acknowledge() }
  uncommitted = []
  if state.rows >= wanted { break }
}
try await changes.close()
print(state.rows, state.sum)
