/// Where a connector puts its batches.
public protocol BatchOutput: AnyObject, Sendable {
}
