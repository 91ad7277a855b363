/// Everything that a program which uses Lava may need, by one import.
///
/// Each layer is a product of its own as well, for programs that need no more.
@_exported import Fissure
@_exported import Inspection
@_exported import LavaFlow
@_exported import LavaNodes
@_exported import LavaSchema
@_exported import SharedMemory
@_exported import SharedStructures
@_exported import SimDB
@_exported import Tbl
