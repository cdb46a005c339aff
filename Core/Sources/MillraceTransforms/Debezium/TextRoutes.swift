internal import MillraceCore

/// Topics that are made of a text in each record: a text is turned into a topic once, and the topic into an index once for each batch.
struct TextRoutes {
  private struct Route {
    let text: [UInt8]
    let topic: String
    var generation: UInt64
    var index: UInt32
  }

  private var routes: [Route] = []
  /// By the hash of their text. Where two texts have the same, the later one is made anew each time.
  private var places: [UInt64: Int] = [:]

  /// The index of the topic that `make` answers for the text of `slot`.
  mutating func topic<E: Error>(
    of slot: Slot, in batch: inout RecordBatch, _ make: (String) throws(E) -> String
  ) throws(E) -> UInt32 {
    let hash = batch.arena.withBytes(at: slot.offset, length: slot.count) { bytes in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      return hash
    }
    if let place = places[hash] {
      let isSame = batch.arena.withBytes(at: slot.offset, length: slot.count) { $0.elementsEqual(routes[place].text) }
      guard isSame else { return batch.intern(topic: try make(batch.string(slot))) }
      if routes[place].generation != batch.generation {
        routes[place].index = batch.intern(topic: routes[place].topic)
        routes[place].generation = batch.generation
      }
      return routes[place].index
    }
    let topic = try make(batch.string(slot))
    let index = batch.intern(topic: topic)
    if routes.count >= 65_536 {
      routes.removeAll()
      places.removeAll()
    }
    places[hash] = routes.count
    let text = batch.arena.withBytes(at: slot.offset, length: slot.count) { Array($0) }
    routes.append(Route(text: text, topic: topic, generation: batch.generation, index: index))
    return index
  }
}
