import SharedMemory

/// An error that knows what the user can do about it, so that whoever reports it adds nothing of
/// their own.
///
/// **Concurrency.** Conforming types are values.
public protocol RemediedError: Error {
  /// Where it happened and what was found there, without the remedy.
  var complaint: String { get }
  /// What the user can do about it.
  var remedy: String { get }
}

extension StoreError: RemediedError {
  /// `place: reason`.
  public var complaint: String { "\(place): \(reason)" }
}

/// What `error` says, and its own remedy, or `remedy` where it has none.
func complaint(of error: any Error, otherwise remedy: String) -> (text: String, remedy: String) {
  guard let error = error as? any RemediedError else { return ("\(error)", remedy) }
  return (error.complaint, error.remedy)
}
