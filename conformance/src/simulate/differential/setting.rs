//! How the machines of a schedule are configured.

use serde_json::{Value, json};

use super::{DEAD_RETENTION, FAILURE_TIMEOUT, OWN_ID, SUSPECT_TIMEOUT};

/// What differs from schedule to schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    /// The cluster of the machines.
    pub(super) cluster: &'static str,
    /// Where they receive version 0, the cluster that its messages count as (MGP1-LEG-003).
    pub(super) legacy: Option<&'static str>,
}

const RECEIVES: Setting = Setting {
    cluster: "",
    legacy: Some(""),
};
const RECEIVES_AS_ITS_OWN: Setting = Setting {
    cluster: "prod",
    legacy: Some("prod"),
};
const RECEIVES_NONE: Setting = Setting {
    cluster: "",
    legacy: None,
};
const RECEIVES_AS_ANOTHERS: Setting = Setting {
    cluster: "prod",
    legacy: Some(""),
};

/// In turn.
const SETTINGS: [Setting; 6] = [
    RECEIVES,
    RECEIVES_AS_ITS_OWN,
    RECEIVES_NONE,
    RECEIVES_AS_ANOTHERS,
    RECEIVES,
    RECEIVES_AS_ITS_OWN,
];

impl Setting {
    /// That of a schedule: its seed chooses.
    pub(super) fn of(seed: u64) -> Self {
        SETTINGS[(seed % SETTINGS.len() as u64) as usize]
    }

    /// The `config` of the adapter protocol.
    pub(super) fn config(self, seed: u64) -> Value {
        let mut config = json!({
            "nodeId": OWN_ID, "host": "127.0.0.1", "port": 9000, "randomSeed": seed,
            "suspectTimeout": SUSPECT_TIMEOUT, "failureTimeout": FAILURE_TIMEOUT, "deadRetention": DEAD_RETENTION,
            "cluster": self.cluster,
        });
        if let Some(cluster) = self.legacy {
            config["legacy"] = json!(true);
            config["legacyCluster"] = json!(cluster);
        }
        config
    }
}
