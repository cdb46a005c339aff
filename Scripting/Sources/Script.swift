internal import CDuktape
internal import MillraceCore

/// A JavaScript expression, compiled once, that sees one record at a time.
///
/// Memory and steps are bounded: 32 MiB for everything that it holds, about ten million operations for one evaluation.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time, and so is its script.
final class Script: @unchecked Sendable {
  /// Why an expression does not compile.
  struct Invalid: Error {
    let reason: String
  }

  enum Failure: Error {
    /// What the engine says, without a value of the record.
    case exception(String)
    case steps, memory
  }

  enum Outcome: Equatable {
    case nothing
    case boolean(Bool)
    /// A text, which `text` answers.
    case text
    case number, other
  }

  private let engine: OpaquePointer
  private let view: RecordView

  init(_ source: String) throws(Invalid) {
    view = RecordView()
    let host = script_host(
      context: Unmanaged.passUnretained(view).toOpaque(),
      argument: { context, script, which, result in
        guard let view = RecordView.of(context), let script, let result else { return }
        view.argument(Int(which), script, result)
      },
      member: { context, script, node, name, length, result in
        guard let view = RecordView.of(context), let script, let name, let result else { return }
        view.member(node, UnsafeRawBufferPointer(start: name, count: length), script, result)
      },
      name: { context, script, node, index, result in
        guard let view = RecordView.of(context), let script, let result else { return }
        view.name(node, index, script, result)
      },
      element: { context, script, node, index, result in
        guard let view = RecordView.of(context), let script, let result else { return }
        view.element(node, index, script, result)
      })
    guard let engine = script_create(host, 32 << 20, 40) else { throw Invalid(reason: "there is no memory for the engine") }
    self.engine = engine
    var source = source
    let failed = source.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { script_compile(engine, $0.baseAddress, $0.count) }
    }
    if failed != 0 { throw Invalid(reason: text) }
  }

  deinit { script_destroy(engine) }

  /// The text of the last outcome.
  var text: String { withText { String(decoding: $0, as: UTF8.self) } }

  /// Reads the bytes of the last outcome's text.
  func withText<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    var length = 0
    let bytes = script_text(engine, &length)
    return body(UnsafeRawBufferPointer(start: bytes, count: length))
  }

  func evaluate(_ index: Int, of batch: inout RecordBatch) throws(Failure) -> Outcome {
    var result = script_value()
    let status = withUnsafeMutablePointer(to: &batch) { batch in
      view.begin(index, batch)
      defer { view.end() }
      return script_run(engine, &result)
    }
    switch Int(status) {
    case SCRIPT_DONE: break
    case SCRIPT_TOO_LONG: throw .steps
    case SCRIPT_TOO_LARGE: throw .memory
    default: throw .exception(text)
    }
    switch Int(result.kind) {
    case SCRIPT_UNDEFINED, SCRIPT_NULL: return .nothing
    case SCRIPT_BOOLEAN: return .boolean(result.number != 0)
    case SCRIPT_TEXT: return .text
    case SCRIPT_NUMBER: return .number
    default: return .other
    }
  }
}
