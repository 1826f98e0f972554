//! The parameters of chapter 11, in one table.

use thiserror::Error;

/// A parameter that is unknown or out of its range. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParameterError {
    /// No parameter has that name.
    #[error("there is no parameter `{0}`")]
    Unknown(String),
    /// The value is out of range.
    #[error("`{name}` must be {range}, not {value}")]
    Range {
        /// Name in chapter 11.
        name: &'static str,
        /// What is allowed.
        range: String,
        /// What was given.
        value: u64,
    },
}

macro_rules! parameters {
    ($($field:ident $name:literal = $default:literal, $min:literal ..= $max:expr, $doc:literal;)*) => {
        /// The defaults of chapter 11 that a node may choose otherwise. Times are milliseconds.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Parameters {
            $(#[doc = $doc] #[doc = concat!(" Default ", stringify!($default), ".")] pub $field: u64,)*
        }

        impl Default for Parameters {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }

        impl Parameters {
            /// The names of chapter 11, in its order.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Sets the parameter of that name in chapter 11. Ranges are checked by [`check`](Self::check).
            ///
            /// # Errors
            /// [`ParameterError::Unknown`].
            pub fn set(&mut self, name: &str, value: u64) -> Result<(), ParameterError> {
                match name {
                    $($name => self.$field = value,)*
                    _ => return Err(ParameterError::Unknown(name.to_owned())),
                }
                Ok(())
            }

            fn check_ranges(&self) -> Result<(), ParameterError> {
                $(check_range($name, self.$field, $min, $max)?;)*
                Ok(())
            }
        }
    };
}

/// No bound but what keeps sums of times and counts far from overflow.
const ANY: u64 = 1 << 52;

parameters! {
    gossip_interval "gossipInterval" = 1_000, 10 ..= ANY, "Time between rounds.";
    fanout "fanout" = 3, 1 ..= 32, "Peers per round.";
    suspect_timeout "suspectTimeout" = 3_000, 1 ..= ANY, "Age at which a member becomes SUSPECT.";
    failure_timeout "failureTimeout" = 5_000, 1 ..= ANY, "Age at which a member may become DEAD.";
    max_packet_size "maxPacketSize" = 1_400, 1_400 ..= 65_507, "Largest datagram sent, bytes.";
    compression_threshold "compressionThreshold" = 512, 0 ..= 65_536, "Shortest text worth compressing, bytes.";
    max_message_history "maxMessageHistory" = 1_000, 1 ..= ANY, "Pairs remembered against duplicates.";
    eager_interval "eagerInterval" = 10, 1 ..= ANY, "Pace of news.";
    eager_copies "eagerCopies" = 9, 1 ..= ANY, "Times one item of news is sent eagerly.";
    max_news "maxNews" = 1_024, 1 ..= ANY, "Items of news queued.";
    reconnect_interval "reconnectInterval" = 10_000, 10 ..= ANY, "Pace of healing.";
    dead_retention "deadRetention" = 60_000, 0 ..= ANY, "How long a DEAD member stays listed.";
    remembered_retention "rememberedRetention" = 86_400_000, 0 ..= ANY, "How long a reaped member is remembered.";
    max_remembered "maxRemembered" = 4_096, 1 ..= ANY, "Reaped members remembered.";
    max_members "maxMembers" = 1_024, 1 ..= ANY, "Members held.";
    max_entries "maxEntries" = 65_536, 1 ..= ANY, "Keys held.";
    max_future_skew "maxFutureSkew" = 86_400_000, 0 ..= ANY, "How far ahead an entry may be dated.";
    tombstone_retention "tombstoneRetention" = 86_400_000, 0 ..= ANY, "How long a deletion is remembered.";
    sync_interval "syncInterval" = 10_000, 10 ..= ANY, "Pace of anti-entropy.";
}

fn check_range(name: &'static str, value: u64, min: u64, max: u64) -> Result<(), ParameterError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    let range = if max == ANY {
        format!("at least {min}")
    } else {
        format!("from {min} to {max}")
    };
    Err(ParameterError::Range { name, range, value })
}

impl Parameters {
    /// Checks every range of chapter 11.
    ///
    /// # Errors
    /// The first parameter that is out of its range.
    pub fn check(&self) -> Result<(), ParameterError> {
        self.check_ranges()?;
        let above = |name, value, floor_name, floor| {
            if value > floor {
                return Ok(());
            }
            let range = format!("greater than {floor_name} ({floor})");
            Err(ParameterError::Range { name, range, value })
        };
        let (gossip, suspect) = (self.gossip_interval, self.suspect_timeout);
        above("suspectTimeout", suspect, "gossipInterval", gossip)?;
        above(
            "failureTimeout",
            self.failure_timeout,
            "suspectTimeout",
            suspect,
        )
    }

    pub(super) fn fanout(&self) -> usize {
        count(self.fanout)
    }

    /// Period of the PINGs of MGP1-LIV-006.
    pub(super) fn half_interval(&self) -> u64 {
        self.gossip_interval.div_ceil(2)
    }
}

/// A count as an index; more than memory holds is as good as the most it could hold.
pub(super) fn count(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
