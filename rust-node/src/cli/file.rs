//! The configuration file: TOML, the names of the flags in `snake_case`.

use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::Table;

use super::CliError;
use super::arguments::option_name;
use super::settings::Settings;
use crate::protocol::Parameters;

/// Reads a file.
pub(super) fn read(path: &str) -> Result<Settings, CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| CliError::usage(format!("cannot read {path}: {why}")))?;
    parse(&text).map_err(|line| CliError::usage(format!("{path}: {line}")))
}

fn parse(text: &str) -> Result<Settings, String> {
    let table: Table = text.parse().map_err(|why: toml::de::Error| {
        let line = why
            .span()
            .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        let message = why.message().lines().next().unwrap_or("no TOML");
        format!("line {line}: {message}")
    })?;
    let mut settings = Settings::default();
    for (name, value) in table {
        match name.as_str() {
            "id" => settings.id = Some(typed(&name, value)?),
            "host" => settings.host = Some(typed(&name, value)?),
            "port" => settings.port = Some(typed(&name, value)?),
            "advertise" => settings.advertise = Some(typed(&name, value)?),
            "seed" => settings.seeds = typed(&name, value)?,
            "cluster" => settings.cluster = Some(typed(&name, value)?),
            "legacy" => settings.legacy = Some(typed(&name, value)?),
            "legacy_cluster" => settings.legacy_cluster = Some(typed(&name, value)?),
            "metadata" => settings.metadata = object(&name, value)?,
            "set" => settings.set = object(&name, value)?,
            "log" => settings.log = Some(typed(&name, value)?),
            _ => {
                let mut parameters = Parameters::NAMES.iter();
                let parameter = parameters.find(|p| option_name(p) == name);
                let parameter = parameter.ok_or_else(|| format!("unknown key `{name}`"))?;
                let value = typed(&name, value)?;
                let set = settings.parameters.set(parameter, value);
                set.map_err(|why| why.to_string())?;
            }
        }
    }
    Ok(settings)
}

fn typed<T: DeserializeOwned>(name: &str, value: toml::Value) -> Result<T, String> {
    let kind = value.type_str();
    value
        .try_into()
        .map_err(|_| format!("`{name}` cannot be this {kind}"))
}

fn object(name: &str, value: toml::Value) -> Result<serde_json::Map<String, Value>, String> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(format!("`{name}` must be a table")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_names_of_the_flags() {
        let text = "id = 'a'\nseed = ['127.0.0.1:9100']\nlegacy = true\ngossip_interval_ms = 500\n[metadata]\nzone = 'x'\n[set]\nk = [1, 2]";
        let settings = parse(text).unwrap();
        assert_eq!(settings.seeds, ["127.0.0.1:9100"]);
        assert_eq!(settings.legacy, Some(true));
        assert_eq!(settings.parameters.gossip_interval, 500);
        assert_eq!(settings.set["k"], serde_json::json!([1, 2]));
    }

    #[test]
    fn what_is_wrong_in_a_file_is_said_in_one_line() {
        for (text, said) in [
            ("gossip_interval = 500", "unknown key `gossip_interval`"),
            ("port = 70000", "`port` cannot be this integer"),
            ("fanout = -1", "`fanout` cannot be this integer"),
            ("metadata = 1", "`metadata` must be a table"),
        ] {
            assert_eq!(parse(text).unwrap_err(), said);
        }
        assert!(
            parse("id = 'a'\nport = ")
                .unwrap_err()
                .starts_with("line 2: ")
        );
    }
}
