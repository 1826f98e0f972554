//! The reason codes of chapter 12: which step each belongs to, and which requirement gives it.

/// Every reason for a rejection or a skip, with its step (or `skip`) and the requirement that gives it.
pub const REASONS: [(&str, &str, &str); 53] = [
    ("size.empty", "size", "MGP1-FRM-007"),
    ("frame.unknown", "frame", "MGP1-FRM-010"),
    ("inflate.truncated", "inflate", "MGP1-FRM-013"),
    ("inflate.corrupt", "inflate", "MGP1-FRM-014"),
    ("inflate.trailing", "inflate", "MGP1-FRM-015"),
    ("inflate.too-big", "inflate", "MGP1-FRM-012"),
    ("json.encoding", "json", "MGP1-JSN-001"),
    ("json.not-object", "json", "MGP1-JSN-002"),
    ("json.syntax", "json", "MGP1-JSN-003"),
    ("json.duplicate", "json", "MGP1-JSN-004"),
    ("json.depth", "json", "MGP1-JSN-005"),
    ("json.surrogate", "json", "MGP1-JSN-006"),
    ("json.number", "json", "MGP1-JSN-007"),
    ("version.bad", "version", "MGP1-ENV-002"),
    ("version.unsupported", "version", "MGP1-ENV-003"),
    ("cluster.bad", "cluster", "MGP1-ENV-005"),
    ("cluster.mismatch", "cluster", "MGP1-ENV-006"),
    ("envelope.type", "envelope", "MGP1-ENV-008"),
    ("envelope.senderId", "envelope", "MGP1-ENV-008"),
    ("envelope.messageId", "envelope", "MGP1-ENV-008"),
    ("envelope.timestamp", "envelope", "MGP1-ENV-008"),
    ("envelope.data", "envelope", "MGP1-ENV-008"),
    ("envelope.self", "envelope", "MGP1-ENV-009"),
    ("sender.self", "sender", "MGP1-ENV-015"),
    ("duplicate.message", "duplicate", "MGP1-ENV-016"),
    ("type.unknown", "type", "MGP1-ENV-019"),
    ("body.localData", "body", "MGP1-MSG-001"),
    ("body.heartbeats", "body", "MGP1-MSG-001"),
    ("body.pingId", "body", "MGP1-MSG-018"),
    ("body.targetId", "body", "MGP1-MSG-018"),
    ("body.full", "body", "MGP1-MSG-018"),
    ("body.page", "body", "MGP1-MSG-026"),
    ("body.phase", "body", "MGP1-SYN-001"),
    ("body.prefix", "body", "MGP1-SYN-001"),
    ("body.children", "body", "MGP1-SYN-001"),
    ("body.reply", "body", "MGP1-SYN-001"),
    ("legacy.bad", "legacy", "MGP1-LEG-002"),
    ("entry.key", "skip", "MGP1-MSG-004"),
    ("entry.shape", "skip", "MGP1-MSG-005"),
    ("entry.tombstone-value", "skip", "MGP1-MSG-006"),
    ("entry.size", "skip", "MGP1-MSG-007"),
    ("entry.future", "skip", "MGP1-MRG-003"),
    ("entry.expired", "skip", "MGP1-MRG-013"),
    ("entry.capacity", "skip", "MGP1-MRG-010"),
    ("entry.prefix", "skip", "MGP1-SYN-017"),
    ("record.id", "skip", "MGP1-MSG-009"),
    ("record.shape", "skip", "MGP1-MSG-010"),
    ("record.host", "skip", "MGP1-MSG-011"),
    ("record.clock", "skip", "MGP1-MSG-012"),
    ("record.size", "skip", "MGP1-MSG-013"),
    ("record.capacity", "skip", "MGP1-MRG-022"),
    ("heartbeat.id", "skip", "MGP1-MSG-015"),
    ("heartbeat.value", "skip", "MGP1-MSG-016"),
];

/// The requirement that gives a reason, or `None` for a reason that chapter 12 does not list.
pub fn requirement_of(reason: &str) -> Option<&'static str> {
    REASONS
        .iter()
        .find(|(name, _, _)| *name == reason)
        .map(|(_, _, requirement)| *requirement)
}
