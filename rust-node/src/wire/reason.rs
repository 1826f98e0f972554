//! The reason codes of chapter 12, told apart by what they do: a [`Reject`] ends a datagram, a [`Skip`] leaves one item out,
//! a [`Refusal`] answers a local caller.

use std::fmt;

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $code:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = concat!("`", $code, "`")] $variant),* }

        impl $name {
            /// The code as chapter 12 spells it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::error::Error for $name {}
    };
}

codes! {
    /// Why a datagram was rejected as a whole (MGP1-ERR-001). Nothing of it was used.
    Reject {
        SizeEmpty = "size.empty",
        FrameUnknown = "frame.unknown",
        InflateTruncated = "inflate.truncated",
        InflateCorrupt = "inflate.corrupt",
        InflateTrailing = "inflate.trailing",
        InflateTooBig = "inflate.too-big",
        JsonEncoding = "json.encoding",
        JsonNotObject = "json.not-object",
        JsonSyntax = "json.syntax",
        JsonDuplicate = "json.duplicate",
        JsonDepth = "json.depth",
        JsonSurrogate = "json.surrogate",
        JsonNumber = "json.number",
        VersionBad = "version.bad",
        VersionUnsupported = "version.unsupported",
        ClusterBad = "cluster.bad",
        ClusterMismatch = "cluster.mismatch",
        EnvelopeType = "envelope.type",
        EnvelopeSenderId = "envelope.senderId",
        EnvelopeMessageId = "envelope.messageId",
        EnvelopeTimestamp = "envelope.timestamp",
        EnvelopeData = "envelope.data",
        EnvelopeSelf = "envelope.self",
        SenderSelf = "sender.self",
        DuplicateMessage = "duplicate.message",
        TypeUnknown = "type.unknown",
        BodyLocalData = "body.localData",
        BodyHeartbeats = "body.heartbeats",
        BodyPingId = "body.pingId",
        BodyTargetId = "body.targetId",
        BodyFull = "body.full",
        BodyPage = "body.page",
        BodyPhase = "body.phase",
        BodyPrefix = "body.prefix",
        BodyChildren = "body.children",
        BodyReply = "body.reply",
        LegacyBad = "legacy.bad",
    }
}

codes! {
    /// Why one item of an accepted message was left out (MGP1-MSG-002). The rest of the message was used.
    Skip {
        EntryKey = "entry.key",
        EntryShape = "entry.shape",
        EntryTombstoneValue = "entry.tombstone-value",
        EntrySize = "entry.size",
        EntryFuture = "entry.future",
        EntryExpired = "entry.expired",
        EntryCapacity = "entry.capacity",
        EntryPrefix = "entry.prefix",
        RecordId = "record.id",
        RecordShape = "record.shape",
        RecordHost = "record.host",
        RecordClock = "record.clock",
        RecordSize = "record.size",
        RecordCapacity = "record.capacity",
        HeartbeatId = "heartbeat.id",
        HeartbeatValue = "heartbeat.value",
    }
}

codes! {
    /// Why a local write or deletion was refused (MGP1-MSG-008). Nothing changed.
    Refusal {
        EntryKey = "entry.key",
        EntryShape = "entry.shape",
        EntrySize = "entry.size",
        EntryCapacity = "entry.capacity",
        EntryUnknown = "entry.unknown",
    }
}

impl Reject {
    /// The step of receipt that failed (MGP1-ERR-001): the part of the code before the dot.
    pub fn step(self) -> &'static str {
        self.code().split('.').next().unwrap_or_default()
    }
}
