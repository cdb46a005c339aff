internal import Glibc
internal import MillraceCore

/// Tries whether a file could be written, and leaves nothing behind.
struct FileProbe {
  let path: String

  func findings() -> [Finding] {
    if path.isEmpty { return [] }
    var status = stat()
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { return [finding(SystemError("open", EISDIR))] }
      do throws(SystemError) {
        if status.st_mode & S_IFMT != S_IFREG {
          // Opening a pipe could wait for its reader or wake it.
          return access(path, W_OK) == 0 ? [] : [finding(SystemError("access"))]
        }
        try OpenFile(path, O_WRONLY | O_APPEND).lock()
      } catch {
        return [error.isBusy ? LineFile.Failure.locked.finding : finding(error)]
      }
    }
    do throws(SystemError) {
      try OpenFile.probe(folder: Path.folder(of: path))
      return []
    } catch {
      return [finding(error)]
    }
  }

  private func finding(_ error: SystemError) -> Finding {
    Finding(key: "path", problem: "cannot be written: \(error.text)", advice: error.advice(path: path, setting: "sink.file.path"))
  }
}

extension LineFile.Failure {
  var finding: Finding {
    let error = error(path: "")
    return Finding(key: "path", problem: error.message, advice: error.advice)
  }

  func error(path: String) -> MillraceError {
    switch self {
    case .system(let error):
      return error.error(
        code: "file.open", component: "file", message: "the file cannot be opened for appending", path: path,
        setting: "sink.file.path", retry: .stop)
    case .locked:
      return MillraceError(
        code: "file.locked", component: "file", retry: .stop, message: "another process writes the file",
        advice: "stop the other one, or give each its own sink.file.path", subject: path)
    case .foreign:
      return MillraceError(
        code: "file.foreign", component: "file", retry: .stop,
        message: "the file ends with an incomplete line that is none of ours, so it is not touched",
        advice: "name another file in sink.file.path, or complete its last line", subject: path)
    }
  }
}
