#if canImport(Glibc)
import Glibc
#endif

/// Remembers the input at hand, and writes it to standard error when the process is about to die of it, or hangs for a minute.
enum Blackbox {
  private nonisolated(unsafe) static let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 16)
  private nonisolated(unsafe) static var count = 0
  private nonisolated(unsafe) static var execution = 0
  private nonisolated(unsafe) static var name: StaticName = StaticName("")

  /// A name that a signal handler may read.
  private struct StaticName {
    let bytes: UnsafeMutablePointer<CChar>?
    init(_ text: String) { bytes = strdup(text) }
  }

  /// Switched on by whoever runs one target at a time in a process of its own.
  private(set) nonisolated(unsafe) static var isOn = false

  static func install(for target: String) {
    isOn = true
    name = StaticName(target)
    // A stack of its own, so that an overflow of the stack is reported, too.
    var stack = stack_t()
    stack.ss_sp = malloc(1 << 16)
    stack.ss_size = 1 << 16
    sigaltstack(&stack, nil)
    for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { signal in Blackbox.report(signal) }
      action.sa_flags = CInt(SA_ONSTACK) | CInt(bitPattern: UInt32(SA_RESETHAND))
      sigaction(signal, &action, nil)
    }
  }

  @inline(__always)
  static func note(_ target: String, _ index: Int, _ input: [UInt8]) {
    guard isOn else { return }
    if index & 0xFFF == 0 { alarm(60) }
    execution = index
    count = min(input.count, 1 << 16)
    input.withUnsafeBufferPointer { if let base = $0.baseAddress { memory.update(from: base, count: count) } }
  }

  static func clear() { if isOn { alarm(0) } }

  private static func report(_ signal: CInt) {
    func put(_ text: StaticString) { write(2, text.utf8Start, text.utf8CodeUnitCount) }
    func put(number: Int) {
      var digits: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48)
      var rest = number
      withUnsafeMutableBytes(of: &digits) { bytes in
        for index in (0..<12).reversed() {
          bytes[index] = UInt8(48 + rest % 10)
          rest /= 10
        }
        write(2, bytes.baseAddress, 12)
      }
    }
    put("\nfuzz: signal ")
    put(number: Int(signal))
    put(" in ")
    if let bytes = name.bytes { write(2, bytes, strlen(bytes)) }
    put(", execution ")
    put(number: execution)
    put(", input in hexadecimal:\n")
    for index in 0..<count {
      var pair: (UInt8, UInt8) = (hexadecimal(memory[index] >> 4), hexadecimal(memory[index] & 15))
      write(2, &pair, 2)
    }
    put("\n")
    if signal == SIGALRM { _exit(3) }
    raise(signal)
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 10 ? 48 + digit : 87 + digit }
}
