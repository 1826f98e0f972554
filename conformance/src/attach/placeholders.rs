//! What a node's command may have filled in: the names, what they stand for, and what a case needs of them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::command::CommandLine;
use super::template::{TemplateError, Values};
use crate::cases::{NodeSettings, Timing};

/// Every placeholder of a node's command, and what it stands for.
pub const PLACEHOLDERS: [(&str, &str); 13] = [
    ("id", "node id; needed"),
    ("port", "UDP port to listen on; needed"),
    (
        "host",
        "address to listen on; without it the node must listen on 127.0.0.1",
    ),
    (
        "seed",
        "HOST:PORT of a node to join by: none, one or several",
    ),
    ("cluster", "name of the cluster: none or one"),
    (
        "advertise",
        "HOST:PORT at which others reach the node: none or one",
    ),
    (
        "legacy",
        "true where the node is to receive version 0 (chapter 10), else none",
    ),
    (
        "set",
        "key=JSON, an entry the node writes at start: none or several",
    ),
    (
        "gossip_interval_ms",
        "gossipInterval in milliseconds; without it the node must run at 1000",
    ),
    (
        "suspect_timeout_ms",
        "suspectTimeout in milliseconds; without it the node must run at 3000",
    ),
    (
        "failure_timeout_ms",
        "failureTimeout in milliseconds; without it the node must run at 5000",
    ),
    (
        "reconnect_interval_ms",
        "reconnectInterval in milliseconds; without it the node must run at 10000",
    ),
    (
        "dead_retention_ms",
        "deadRetention in milliseconds; without it the node must run at 60000",
    ),
];

/// The table of [`PLACEHOLDERS`] for `--help`.
pub fn help() -> String {
    let mut text = String::from(
        "Placeholders of --wire. A placeholder without a value is left out together with the flag before it; one with several \
         values is repeated with its flag.\n",
    );
    for (name, meaning) in PLACEHOLDERS {
        text.push_str(&format!("  {:<24}{meaning}\n", format!("{{{name}}}")));
    }
    text
}

/// Checks that a node's command names nothing unknown and all that is needed.
///
/// # Errors
/// One line.
pub fn check(command: &CommandLine) -> Result<(), TemplateError> {
    let any = NodeSettings {
        id: "x".into(),
        listen: SocketAddr::from(([127, 0, 0, 1], 1)),
        advertise: None,
        seeds: Vec::new(),
        cluster: String::new(),
        gossip_interval_ms: 1,
        legacy: false,
        set: Vec::new(),
    };
    command.fill(&values(&any, Timing::DEFAULT))?;
    for needed in ["id", "port"] {
        if !command.has(needed) {
            return Err(TemplateError::Missing {
                name: needed.to_owned(),
            });
        }
    }
    Ok(())
}

/// The timing that a node of this command has when that round length is asked for: what the command cannot say stays at its default, and what it
/// can say follows from the rounds in the proportions of the defaults.
pub fn timing(command: &CommandLine, gossip_interval_ms: u64) -> Timing {
    let default = Timing::DEFAULT;
    let rounds = if command.has("gossip_interval_ms") {
        gossip_interval_ms
    } else {
        default.gossip_interval_ms
    };
    let asked = Timing::in_proportion(rounds);
    let choose = |name: &str, asked: u64, default: u64| {
        if command.has(name) { asked } else { default }
    };
    let suspect_timeout_ms = choose(
        "suspect_timeout_ms",
        asked.suspect_timeout_ms,
        default.suspect_timeout_ms,
    );
    // A short failureTimeout is of no use beside a suspectTimeout that cannot be shortened.
    let failure = asked
        .failure_timeout_ms
        .max(suspect_timeout_ms + 2 * rounds);
    Timing {
        gossip_interval_ms: rounds,
        suspect_timeout_ms,
        failure_timeout_ms: choose("failure_timeout_ms", failure, default.failure_timeout_ms),
        reconnect_interval_ms: choose(
            "reconnect_interval_ms",
            asked.reconnect_interval_ms,
            default.reconnect_interval_ms,
        ),
        dead_retention_ms: choose(
            "dead_retention_ms",
            asked.dead_retention_ms,
            default.dead_retention_ms,
        ),
    }
}

/// What these settings need and the command cannot say, in words.
pub fn not_offered(command: &CommandLine, settings: &NodeSettings) -> Option<String> {
    let loopback = settings.listen.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST);
    let needs = [
        ("host", !loopback, "listens on another address"),
        ("seed", !settings.seeds.is_empty(), "has a seed"),
        (
            "cluster",
            !settings.cluster.is_empty(),
            "is in a named cluster",
        ),
        (
            "advertise",
            settings.advertise.is_some(),
            "advertises another address",
        ),
        ("legacy", settings.legacy, "receives version 0"),
        ("set", !settings.set.is_empty(), "writes an entry at start"),
    ];
    let missing = |name: &str, what: &str| {
        format!("the case needs a node that {what}, and the command has no {{{name}}}")
    };
    if let Some((name, _, what)) = needs
        .into_iter()
        .find(|(name, is_needed, _)| *is_needed && !command.has(name))
    {
        return Some(missing(name, what));
    }
    let timing = timing(command, settings.gossip_interval_ms);
    let rounds = format!("has rounds of {} ms", settings.gossip_interval_ms);
    // Shorter ones only save time; in longer ones a case does what has to happen between two rounds.
    if timing.gossip_interval_ms < settings.gossip_interval_ms {
        Some(missing("gossip_interval_ms", &rounds))
    } else if timing.suspect_timeout_ms <= timing.gossip_interval_ms {
        Some(missing("suspect_timeout_ms", &rounds))
    } else if timing.failure_timeout_ms <= timing.suspect_timeout_ms {
        Some(missing("failure_timeout_ms", &rounds))
    } else {
        None
    }
}

/// The values of all placeholders.
pub fn values(settings: &NodeSettings, timing: Timing) -> Values {
    let one = |text: String| vec![text];
    Values::from([
        ("id", one(settings.id.clone())),
        ("host", one(settings.listen.ip().to_string())),
        ("port", one(settings.listen.port().to_string())),
        (
            "seed",
            settings.seeds.iter().map(SocketAddr::to_string).collect(),
        ),
        (
            "cluster",
            Some(settings.cluster.clone())
                .filter(|name| !name.is_empty())
                .into_iter()
                .collect(),
        ),
        (
            "advertise",
            settings
                .advertise
                .iter()
                .map(SocketAddr::to_string)
                .collect(),
        ),
        (
            "gossip_interval_ms",
            one(timing.gossip_interval_ms.to_string()),
        ),
        (
            "suspect_timeout_ms",
            one(timing.suspect_timeout_ms.to_string()),
        ),
        (
            "failure_timeout_ms",
            one(timing.failure_timeout_ms.to_string()),
        ),
        (
            "reconnect_interval_ms",
            one(timing.reconnect_interval_ms.to_string()),
        ),
        (
            "dead_retention_ms",
            one(timing.dead_retention_ms.to_string()),
        ),
        (
            "legacy",
            settings
                .legacy
                .then(|| "true".to_owned())
                .into_iter()
                .collect(),
        ),
        (
            "set",
            settings
                .set
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect(),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings() -> NodeSettings {
        NodeSettings {
            id: "n1".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 9100)),
            advertise: None,
            seeds: vec![SocketAddr::from(([127, 0, 0, 1], 9200))],
            cluster: String::new(),
            gossip_interval_ms: 100,
            legacy: false,
            set: vec![("k".into(), json!({"a": 1}))],
        }
    }

    #[test]
    fn a_command_is_filled_with_the_settings_and_the_default_proportions() {
        let command = CommandLine::parse(
            "n --id {id} --host {host} --port {port} --seed {seed} --cluster {cluster} --advertise {advertise} --set {set} {gossip_interval_ms} {suspect_timeout_ms} {failure_timeout_ms}",
        )
        .unwrap();
        let filled = command
            .fill(&values(&settings(), timing(&command, 100)))
            .unwrap();
        assert_eq!(
            filled.join(" "),
            r#"n --id n1 --host 127.0.0.1 --port 9100 --seed 127.0.0.1:9200 --set k={"a":1} 100 300 500"#
        );
    }

    #[test]
    fn the_page_for_authors_shows_every_placeholder_with_the_words_of_the_help() {
        const PAGE: &str = include_str!("../../../docs/test-your-node.md");
        let shown: Vec<&str> = PAGE
            .lines()
            .filter(|line| line.starts_with("| `{") && line.matches('|').count() == 3)
            .filter(|line| line.matches('{').count() == 1)
            .collect();
        let wanted: Vec<String> = PLACEHOLDERS
            .iter()
            .map(|(name, meaning)| format!("| `{{{name}}}` | {meaning} |"))
            .collect();
        assert_eq!(shown, wanted);
    }

    #[test]
    fn every_placeholder_of_the_table_has_a_value_and_no_other() {
        let values = values(&settings(), Timing::DEFAULT);
        let mut listed: Vec<&str> = PLACEHOLDERS.iter().map(|(name, _)| *name).collect();
        listed.sort_unstable();
        assert_eq!(values.keys().copied().collect::<Vec<_>>(), listed);
    }

    #[test]
    fn a_command_without_a_port_is_refused_with_the_name() {
        let check = |text: &str| check(&CommandLine::parse(text).unwrap());
        assert!(matches!(check("n {id}"), Err(TemplateError::Missing { name }) if name == "port"));
        assert!(matches!(
            check("n {id} {prot}"),
            Err(TemplateError::UnknownPlaceholder { .. })
        ));
        assert_eq!(check("n {id} {port}"), Ok(()));
    }

    #[test]
    fn what_a_command_cannot_say_stays_at_its_default() {
        let command = CommandLine::parse("n {id} {port} {gossip_interval_ms}").unwrap();
        let timing = timing(&command, 100);
        assert_eq!(timing.gossip_interval_ms, 100);
        assert_eq!(timing.suspect_timeout_ms, 3_000);
    }

    #[test]
    fn a_case_that_needs_longer_rounds_than_the_timeouts_allow_is_not_for_this_node() {
        let mut settings = settings();
        settings.set.clear();
        let command = CommandLine::parse("n {id} {port} {seed} {gossip_interval_ms}").unwrap();
        assert_eq!(not_offered(&command, &settings), None);
        settings.gossip_interval_ms = 20_000;
        let line = not_offered(&command, &settings).unwrap();
        assert!(line.contains("{suspect_timeout_ms}"), "{line}");
        let command = CommandLine::parse("n {id} {port} {seed}").unwrap();
        let line = not_offered(&command, &settings).unwrap();
        assert!(line.contains("{gossip_interval_ms}"), "{line}");
    }

    #[test]
    fn a_case_that_needs_what_the_command_cannot_say_is_not_for_this_node() {
        let command = CommandLine::parse("n {id} {port} {seed}").unwrap();
        let line = not_offered(&command, &settings()).unwrap();
        assert!(line.contains("{set}"), "{line}");
    }
}
