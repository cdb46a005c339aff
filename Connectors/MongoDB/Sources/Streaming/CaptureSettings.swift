internal import MillraceCore

/// What the change stream is asked for: `capture.*` and `cursor.*`.
struct CaptureSettings: Sendable {
  enum Mode: String, CaseIterable, Sendable {
    case plain = "change_streams"
    case updateFull = "change_streams_update_full"
    case preImage = "change_streams_with_pre_image"
    case updateFullWithPreImage = "change_streams_update_full_with_pre_image"

    var hasFullUpdates: Bool { self == .updateFull || self == .updateFullWithPreImage }
    var hasPreImages: Bool { self == .preImage || self == .updateFullWithPreImage }
  }

  enum FullUpdate: String, CaseIterable, Sendable {
    case lookup
    case postImage = "post_image"
  }

  enum Scope: Sendable, Equatable {
    case deployment
    case database(String)
    case collection(database: String, name: String)
  }

  private enum ScopeName: String, CaseIterable { case deployment, database, collection }

  enum PipelineOrder: String, CaseIterable, Sendable {
    case internalFirst = "internal_first"
    case userFirst = "user_first"
    case userOnly = "user_only"
  }

  enum Oversize: String, CaseIterable, Sendable { case fail, skip, split }

  let mode: Mode
  let fullUpdate: FullUpdate
  let scope: Scope
  /// Where a stream begins without a stored position, as a BSON timestamp; nil: now.
  let startTime: UInt64?
  /// The user's own stages.
  let stages: [BSONDocument]
  let order: PipelineOrder
  let oversize: Oversize
  let oversizeThreshold: Int
  /// ms; 0: the server's default, a second.
  let awaitTime: Int

  init(_ configuration: inout Configuration) {
    mode = configuration.choice("capture.mode", default: .updateFull)
    fullUpdate = configuration.choice("capture.mode.full.update.type", default: .lookup)
    scope = CaptureSettings.scope(&configuration)
    let start = configuration.integer("capture.start.op.time", default: -1, in: Int.min...Int.max)
    startTime = start == -1 ? nil : UInt64(bitPattern: Int64(start))
    order = configuration.choice("cursor.pipeline.order", default: .internalFirst)
    stages = CaptureSettings.stages(&configuration)
    oversize = configuration.choice("cursor.oversize.handling.mode", default: .fail)
    oversizeThreshold = configuration.integer("cursor.oversize.skip.threshold", default: 0, in: 0...Int(Int32.max))
    if oversize == .skip, oversizeThreshold == 0 {
      configuration.report(
        Finding(
          key: "cursor.oversize.skip.threshold", problem: "is not set, although cursor.oversize.handling.mode is skip",
          advice: "write the size in bytes above which documents are left out"))
    }
    awaitTime = configuration.integer("cursor.max.await.time.ms", default: 0, in: 0...Int(Int32.max))
  }

  private static func scope(_ configuration: inout Configuration) -> Scope {
    let name = configuration.choice("capture.scope", default: ScopeName.deployment)
    let target = configuration["capture.target"]?.trimmed ?? ""
    switch name {
    case .deployment:
      if !target.isEmpty {
        configuration.report(
          Finding(.warning, key: "capture.target", problem: "has no effect with capture.scope=deployment", advice: "leave it out, or write capture.scope=database or collection"))
      }
      return .deployment
    case .database:
      if target.isEmpty {
        configuration.report(Finding(key: "capture.target", problem: "is missing", advice: "write the name of the database"))
      }
      return .database(target)
    case .collection:
      guard let namespace = Namespace(target) else {
        configuration.report(Finding(key: "capture.target", problem: "names no collection", advice: "write database.collection"))
        return .deployment
      }
      return .collection(database: namespace.database, name: namespace.collection)
    }
  }

  /// `cursor.pipeline`: an array of stages, or one stage.
  private static func stages(_ configuration: inout Configuration) -> [BSONDocument] {
    guard let text = configuration["cursor.pipeline"], !text.trimmed.isEmpty else { return [] }
    let isArray = text.trimmed.hasPrefix("[")
    guard let document = BSONDocument(json: isArray ? "{\"stages\": \(text)}" : text) else {
      configuration.report(
        Finding(key: "cursor.pipeline", problem: "is no JSON", advice: "write an array of aggregation stages, such as [{\"$match\": {\"operationType\": \"insert\"}}]"))
      return []
    }
    guard isArray else { return [document] }
    let items = (try? document.array("stages")) ?? []
    return items.compactMap { if case .document(let stage) = $0 { stage } else { nil } }
  }
}

extension CaptureSettings {
  /// Whether the server has to keep images of the captured collections.
  var needsImages: Bool { mode.hasPreImages || (mode.hasFullUpdates && fullUpdate == .postImage) }
}
