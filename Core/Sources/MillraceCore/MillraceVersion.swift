/// The version of the suite: in `source.version`, `--version` and logs.
public enum MillraceVersion {
  /// As `--version` prints it.
  public static let string = "0.1.0"
}
