/// Brings signals to a connector from somewhere else than its source, a file or the program itself.
public protocol SignalChannel: AnyObject, Sendable {
  /// Begins to leave signals in the inbox, on a thread of its own.
  func start(into inbox: SignalInbox)

  /// Sends a signal the other way, for the connector that the settings are of.
  func send(_ signal: Signal) async throws(MillraceError)

  /// Ends the thread. What the inbox has given away by now does not come again.
  func close() async
}

/// A connector that follows signals.
public protocol SignalledConnector: Connector {
  /// Takes signals while the connector streams.
  var signals: SignalInbox { get }

  /// The channels that it reads by itself.
  var signalSettings: SignalSettings { get }

  /// Writes a signal to the table or collection of the channel `source`, by a connection of its own.
  func write(_ signal: Signal) async throws(MillraceError)
}
