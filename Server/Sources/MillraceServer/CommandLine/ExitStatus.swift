/// What the process answers to the shell.
enum ExitStatus: Int32, Error {
  /// Everything was delivered up to where it was stopped.
  case graceful = 0
  /// Failed while running.
  case failed = 1
  /// The configuration, the arguments, or the server's set-up must be changed first.
  case invalidConfiguration = 2
}
