/// Reads the rows that are there, at one consistent point, in chunks; knows the database, but no order of business:
/// `SnapshotCoordinator` decides what is read when, marks the records and keeps the progress.
public protocol SnapshotReader: AnyObject, Sendable {
}
