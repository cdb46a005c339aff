/// The version of the suite: in `source.version`, `--version` and logs.
public enum MillraceVersion {
  public static let string = "0.1.0"
}
