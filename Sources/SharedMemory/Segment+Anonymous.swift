import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Segments without a name, for one process, its threads, and the children that it forks.
extension Segment {
  /// Creates a segment that nobody can find, and that is gone with the last process that has it.
  ///
  /// - Throws: `noRoom`, `invalidArgument` for an impossible geometry, `system`.
  public static func anonymous(
    _ geometry: Geometry, mapping options: MappingOptions = []
  ) throws(StoreError) -> Segment {
    let name = "anonymous"
    let place = "database '\(name)'"
    let layout = try SegmentLayout(geometry, place: place)
    let descriptor = unsafe shm_create_anonymous(name)
    guard descriptor >= 0 else {
      throw systemError(
        -descriptor, call: "memfd_create", place: place,
        remedy: "create one with a name; those without need Linux 3.17")
    }
    var keepsDescriptor = false
    defer { if !keepsDescriptor { _ = shm_close(descriptor) } }
    try commitInitially(layout, descriptor: descriptor, place: place)
    let page = try map(
      descriptor, count: shm_header_size, writable: true, options: [], place: place)
    defer { unsafe shm_unmap(page.base, UInt64(page.count)) }
    try SegmentHeader.write(layout, into: page, place: place)
    // What was written is read and checked like any other.
    let header = try SegmentHeader.read(
      descriptor: descriptor, fileSize: UInt64(layout.totalBytes), place: place, writable: true)
    let region = try map(
      descriptor, count: layout.totalBytes, writable: true, options: options, place: place)
    keepsDescriptor = true
    let segment = Segment(
      path: "/memfd:\(name)", header: header, region: region, descriptor: descriptor,
      isWritable: true, isNamed: false, mappingOptions: options)
    try segment.prepareCommittedMemory()
    return segment
  }

  /// Opens the segment's file for writing once more: a description of its own, since a lock belongs
  /// to one, and nothing else ever closes it.
  ///
  /// - Throws: `dropped` when it was, `permission`, `system`.
  func openAgain() throws(StoreError) -> Int32 {
    let descriptor = isNamed ? unsafe shm_open_file(path, true) : shm_open_again(self.descriptor)
    if isNamed, descriptor == -ENOENT { throw droppedError("it has no name any more") }
    guard descriptor >= 0 else {
      throw systemError(
        -descriptor, call: "open", place: "database '\(name)'",
        remedy: isNamed
          ? "check owner and mode of '\(path)'" : "mount /proc, by which it is opened again")
    }
    let reason: String
    if isNamed {
      if shm_same_file(descriptor, self.descriptor) { return descriptor }
      reason = "another has its name"
    } else {
      if isLive { return descriptor }
      reason = "nobody attaches any more"
    }
    _ = shm_close(descriptor)
    throw droppedError(reason)
  }

}
