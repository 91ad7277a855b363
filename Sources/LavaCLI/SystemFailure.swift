import Foundation

/// What the system refused to do with something that is none of our files.
struct SystemFailure: ReportedError {
  let text: String
  var status: ExitStatus { .environment }

  /// Says that `error` happened at `place`, and what can be done about it.
  init(place: String, _ error: any Error, remedy: String) {
    text = "\(place): \(error.systemWords); \(remedy)"
  }
}

extension Error {
  /// What the system says of it, where it comes from there.
  var systemWords: String {
    let error = self as NSError
    let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? error
    return cause.localizedFailureReason ?? "\(self)"
  }
}
