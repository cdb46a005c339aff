/// A generator whose numbers are the same in every run (SplitMix64).
struct FuzzGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// From 0 up to `bound`, which is more than 0; evenly enough.
  mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }
}

/// Makes inputs out of seeds: a seed with a few changes, two seeds in one, or, now and then, noise.
struct Mutator {
  private let seeds: [[UInt8]]
  private let words: [[UInt8]]
  var random: FuzzGenerator
  private(set) var input: [UInt8] = []

  private static let longest = 1024
  private static let bytes: [UInt8] = [0, 1, 9, 10, 13, 32, 34, 39, 44, 45, 46, 48, 57, 58, 91, 92, 93, 101, 123, 125, 127, 128, 0xC3, 0xED, 0xF0, 0xFF]
  private static let lengths: [UInt32] = [0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF]

  /// - Parameter words: what the format is made of; inserted as they are.
  init(seeds: [[UInt8]], words: [String], random: FuzzGenerator) {
    self.seeds = seeds.isEmpty ? [[]] : seeds
    self.words = words.map { Array($0.utf8) }
    self.random = random
  }

  /// The next input; the same one for the same seeds and the same state of `random`.
  mutating func make() {
    input.removeAll(keepingCapacity: true)
    let kind = random.below(64)
    if kind == 0 {
      for _ in 0..<random.below(64) { input.append(UInt8(truncatingIfNeeded: random.next())) }
      return
    }
    input.append(contentsOf: seeds[random.below(seeds.count)])
    if kind == 1 { return }
    if kind < 6 { splice() }
    for _ in 0...random.below(4) { change() }
    if input.count > Mutator.longest { input.removeLast(input.count - Mutator.longest) }
  }

  private mutating func splice() {
    let other = seeds[random.below(seeds.count)]
    guard !other.isEmpty else { return }
    if !input.isEmpty { input.removeLast(random.below(input.count)) }
    input.append(contentsOf: other[random.below(other.count)...])
  }

  private mutating func change() {
    guard !input.isEmpty else { return input.append(UInt8(truncatingIfNeeded: random.next())) }
    let at = random.below(input.count)
    switch random.below(12) {
    case 0: input[at] ^= 1 << UInt8(random.below(8))
    case 1: input[at] = UInt8(truncatingIfNeeded: random.next())
    case 2: input[at] = Mutator.bytes[random.below(Mutator.bytes.count)]
    case 3: input[at] &+= random.below(2) == 0 ? 1 : 255
    case 4: input.insert(Mutator.bytes[random.below(Mutator.bytes.count)], at: at)
    case 5: input.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
    case 6: input.removeSubrange(at..<min(input.count, at + 1 + random.below(4)))
    case 7: input.removeLast(input.count - at)
    case 8:   // a part of it once more, or many times
      let part = Array(input[at..<min(input.count, at + 1 + random.below(16))])
      for _ in 0..<(random.below(8) == 0 ? 20 : 1) { input.insert(contentsOf: part, at: at) }
    case 9:   // a length that lies
      guard at + 4 <= input.count else { return }
      let length = Mutator.lengths[random.below(Mutator.lengths.count)]
      let isShort = random.below(2) == 0
      for index in 0..<(isShort ? 2 : 4) { input[at + index] = UInt8(truncatingIfNeeded: length >> UInt32(8 * ((isShort ? 1 : 3) - index))) }
    case 10 where !words.isEmpty: input.insert(contentsOf: words[random.below(words.count)], at: at)
    case 11 where !words.isEmpty:
      let word = words[random.below(words.count)]
      input.replaceSubrange(at..<min(input.count, at + word.count), with: word)
    default: input.swapAt(at, random.below(input.count))
    }
  }
}
