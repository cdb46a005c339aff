public struct Envelope { public static let source = 2 }
