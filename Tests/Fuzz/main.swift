// fuzz [-n EXECUTIONS] [-s SEED] [TARGET …]: runs the targets one after the other, all without a name; "-l" lists them.
// A trap or a hang writes the input to standard error; `fuzz -x HEX TARGET` gives it to the target again.
import Glibc

var executions = 1_000_000
var seed: UInt64 = 1
var names: [String] = []
var input: [UInt8]?
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "-n": executions = arguments.popFirst().flatMap { Int($0) } ?? executions
  case "-s": seed = arguments.popFirst().flatMap { UInt64($0) } ?? seed
  case "-l":
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
  case "-x":
    let text = Array((arguments.popFirst() ?? "").utf8)
    input = stride(from: 0, to: text.count - 1, by: 2).compactMap { UInt8(String(decoding: text[$0..<$0 + 2], as: UTF8.self), radix: 16) }
  default: names.append(argument)
  }
}
if let unknown = names.first(where: { name in !FuzzTarget.all.contains { $0.name == name } }) {
  print("fuzz: no target \(unknown); -l lists them")
  exit(2)
}
for target in FuzzTarget.all where names.isEmpty || names.contains(target.name) {
  Blackbox.install(for: target.name)
  if let input {
    var random = FuzzGenerator(state: seed)
    Blackbox.note(target.name, 0, input)
    // A choice among several parsers is random: all of them get it, sooner or later.
    let take = target.prepare()
    for _ in 0..<1000 { _ = take(input, &random) }
    print("\(target.name): no trap")
    continue
  }
  let outcome = target.run(executions: executions, seed: seed)
  let rate = Int(Double(outcome.executions) / max(outcome.seconds, 0.001))
  print("\(target.name): \(outcome.executions) executions, \(outcome.accepted) accepted, \(Int(outcome.seconds)) s, \(rate)/s, seed \(seed)")
  fflush(nil)
}
