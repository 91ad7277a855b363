import SharedMemory

/// What the exit status of a command says.
enum ExitStatus: Int32, CaseIterable {
  case success = 0
  /// Not found, a check or a packet failed, a queue is full or empty, or documents differ.
  case failure = 1
  /// Wrong usage, such as of an entry of another type, a bad graph file, or text that is not JSON.
  case usage = 2
  /// The environment: a damaged or foreign store or document, no room, a port in use.
  case environment = 3
  /// A signal ended it before it was done, as shells tell of SIGINT.
  case interrupted = 130

  /// The status for an error of the store.
  init(_ error: StoreError) {
    switch error.code {
    case .notFound: self = .failure
    case .invalidName, .invalidArgument, .typeMismatch: self = .usage
    default: self = .environment
    }
  }
}

/// An error that knows its words and its exit status.
protocol ReportedError: Error {
  /// Where, what, and the remedy.
  var text: String { get }
  /// How the command ends.
  var status: ExitStatus { get }
}

/// What the user asked for is not there.
struct NotFoundError: ReportedError {
  let text: String
  var status: ExitStatus { .failure }
}
