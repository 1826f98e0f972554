//! The fixed numbers of chapter 11: a node that changes one of them no longer speaks version 1.

/// Largest UDP payload a receiver takes, in bytes (MGP1-FRM-006).
pub const MAX_DATAGRAM: usize = 65_507;
/// `maxTextSize`: largest JSON text after inflating, in bytes (MGP1-FRM-012).
pub const MAX_TEXT: usize = 65_536;
/// Objects and arrays that may be open at once (MGP1-JSN-005).
pub const MAX_DEPTH: u32 = 32;
/// Longest number token, in characters (MGP1-JSN-007).
pub const MAX_NUMBER: usize = 64;
/// Greatest integer on the wire, 2^53 − 1 (MGP1-JSN-014).
pub const MAX_INTEGER: u64 = (1 << 53) - 1;
/// First membership clock value that is refused, 2^52 (MGP1-ENV-008, MGP1-MSG-012, MGP1-MSG-016).
pub const CLOCK_END: u64 = 1 << 52;
/// First rumour about a node itself that does not win, 2^51 (chapter 7).
pub const RUMOUR_END: u64 = 1 << 51;
/// Longest PONG, in bytes, whatever `maxPacketSize` is (MGP1-MSG-019).
pub const MAX_PONG: usize = 1_400;
/// Longest node id, in characters (chapter 4).
pub const MAX_NODE_ID: usize = 64;
/// Longest token, in characters (chapter 4).
pub const MAX_TOKEN: usize = 36;
/// Longest cluster name, in characters (MGP1-ENV-005).
pub const MAX_CLUSTER: usize = 32;
/// Longest key, in bytes of UTF-8 (MGP1-MSG-004).
pub const MAX_KEY: usize = 256;
/// Greatest size of an entry, in canonical bytes (MGP1-MSG-007).
pub const MAX_ENTRY: usize = 640;
/// Greatest size of a record, in canonical bytes (MGP1-MSG-013).
pub const MAX_RECORD: usize = 360;
/// Least size of a PING to an address that is not validated, in bytes (MGP1-MSG-025).
pub const MIN_PADDED_PING: usize = 480;
/// Bytes that may go to an unvalidated address for each byte that came from it (MGP1-DIS-012).
pub const AMPLIFICATION: usize = 3;
/// Levels of the message around an entry's value: top level, `data`, `localData`, entry.
pub const LEVELS_AROUND_VALUE: u32 = 4;
