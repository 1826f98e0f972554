//! The command line of a run, narrowed to one case.

/// Options whose value says where a report goes or what is asked of whom: a replay has its own.
const DROPPED: [&str; 7] = [
    "--json", "--junit", "--html", "--bundle", "--case", "--impl", "--seed",
];

/// Flags that only concern reports.
const DROPPED_FLAGS: [&str; 1] = ["--simulation"];

/// The arguments that put one case to one implementation, reached as `arguments` reach it.
pub fn again(arguments: &[String], implementation: &str, case: &str, seed: u64) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut given = arguments.iter().peekable();
    if given.peek().is_some_and(|first| *first == "run") {
        given.next();
    }
    while let Some(argument) = given.next() {
        let name = argument.split('=').next().unwrap_or(argument);
        if DROPPED.contains(&name) {
            if name == argument {
                given.next();
            }
        } else if !DROPPED_FLAGS.contains(&argument.as_str()) {
            kept.push(argument.clone());
        }
    }
    let seed = seed.to_string();
    let own = ["--impl", implementation, "--case", case, "--seed", &seed];
    std::iter::once("run".to_owned())
        .chain(kept)
        .chain(own.map(str::to_owned))
        .collect()
}

/// The arguments as a line that a POSIX shell reads as the same words.
pub fn command(arguments: &[String]) -> String {
    let quoted = arguments.iter().map(|word| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    std::iter::once("conformance".to_owned())
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_replay_keeps_how_the_node_is_reached_and_drops_where_reports_went() {
        let given = words(
            "run --file a.toml --html=x.html --json y.json --case MGP1-* --impl java --simulation --seed 3",
        );
        assert_eq!(
            again(&given, "rust", "MGP1-FRM-001/a", 9),
            words("run --file a.toml --impl rust --case MGP1-FRM-001/a --seed 9")
        );
        assert_eq!(
            again(&[], "rust", "c", 1),
            words("run --impl rust --case c --seed 1")
        );
    }

    #[test]
    fn words_with_spaces_and_quotes_are_quoted() {
        let given = [
            "run".to_owned(),
            "--wire".to_owned(),
            "./n --id '{id}'".to_owned(),
        ];
        assert_eq!(
            command(&given),
            r"conformance run --wire './n --id '\''{id}'\'''"
        );
    }
}
