// What files lie in.

import CHost

public enum FileSystem {
  /// Whether other machines may write where `path` lies: locks of files may then be known on each machine alone. Local.
  public static func isShared(_ path: String) -> Bool {
    sharedKinds.contains(hyperdist_file_system(path))
  }

  /// Asks the system to bring what was written of some bytes of an open file to the disk, and does not wait. Where it cannot, ending the file has all of it to do.
  public static func startWriting(_ file: Int32, _ bytes: Range<Int>) {
    if !bytes.isEmpty { hyperdist_start_writing(file, bytes.lowerBound, bytes.count) }
  }

  /// Of statfs(2) and of the file systems' own headers: NFS, SMB (three), Lustre, GPFS, BeeGFS, Ceph, PanFS, AFS, 9P,
  /// OrangeFS, OCFS2, GFS2, and FUSE, which may be any of them.
  private static let sharedKinds: Set<UInt32> = [
    0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x517B, 0x0BD0_0BD0, 0x4750_4653, 0x1983_0326, 0x00C3_6400,
    0xAAD7_AAEA,
    0x5346_414F, 0x0102_1997, 0x2003_0528, 0x7461_636F, 0x0116_1970, 0x6573_5546,
  ]
}
