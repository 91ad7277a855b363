import SharedMemory

/// What keeps a database watched for as long as it stands.
final class Watch: Sendable {
  /// As ``ChangeTable/clearCount`` when it began.
  let clearCount: UInt64
  private let attachment: Attachment
  /// Kept: it must not detach before the watch has ended.
  private let database: Database

  init(_ database: Database) throws(StoreError) {
    self.database = database
    attachment = try database.currentAttachment()
    clearCount = attachment.beginWatching()
  }

  deinit { attachment.endWatching() }
}
