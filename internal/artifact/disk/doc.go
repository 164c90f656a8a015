// Package disk works on raw disk files: it clones, reads, checks, grows, mounts
// and digests them.
//
// Terms:
//
//   - disk: a sparse file that holds a partition table (GPT) and file systems, or one
//     ext4 file system alone.
//   - clone: a copy of a disk that shares its blocks with the source until one of them
//     is written, where the file system can do that (XFS, btrfs); elsewhere a sparse
//     copy.
//   - block: 512 KiB of a disk; the digest of a disk is the hash of the list of its
//     blocks' digests.
//
// Nothing here keeps state: every function leaves the host as it found it.
package disk
