//! Which variables hold secrets, as far as their names and texts tell.

use promethean_core::known_secrets::words;
pub(super) use promethean_core::known_secrets::{has_password, is_secret, looks_secret};

/// Whether a variable of this name holds the address of a database, which often has a password in
/// it.
pub(super) fn is_address(name: &str) -> bool {
    const SERVERS: [&str; 12] = [
        "DATABASE",
        "DB",
        "MONGO",
        "MONGODB",
        "POSTGRES",
        "POSTGRESQL",
        "PG",
        "MYSQL",
        "REDIS",
        "AMQP",
        "RABBITMQ",
        "CLICKHOUSE",
    ];
    let words: Vec<String> = words(name).map(str::to_ascii_uppercase).collect();
    words.last().is_some_and(|last| matches!(last.as_str(), "URL" | "URI"))
        && words.iter().any(|word| SERVERS.contains(&word.as_str()))
}

/// Whether a word is a variable of the shell: the line has its value from the environment already.
pub(super) fn is_of_shell(word: &str) -> bool {
    let bare = word.trim_matches(['"', '\'']);
    let Some(name) = bare.strip_prefix('$') else { return false };
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A line of text for a person, with `…` in the place of each secret that is known by its look or by
/// the name before it: `TOKEN: "…"`.
pub(super) fn hide(line: &str) -> String {
    let mut hidden = String::with_capacity(line.len());
    for word in line.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        match looks_secret(bare) {
            true => {
                hidden.push('…');
                hidden.push_str(word.get(bare.len()..).unwrap_or_default());
            }
            false => hidden.push_str(word),
        }
    }
    let assignment =
        r#"([A-Za-z_][A-Za-z0-9_]*)(["']?\s*[:=]\s*)("[^"]+"|'[^']+'|`[^`]+`|[^\s,;"'`]+)"#;
    let Ok(assignment) = regex_lite::Regex::new(assignment) else { return "…".to_owned() };
    let named = assignment.replace_all(&hidden, |found: &regex_lite::Captures<'_>| {
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        let (name, between, value) = (part(1), part(2), part(3));
        let quoted = value.starts_with(['"', '\'', '`']);
        let is_variable = !name.bytes().any(|byte| byte.is_ascii_lowercase());
        let is_value =
            quoted || is_variable && value != "process.env" && !value.starts_with("process.");
        match is_secret(name) && is_value && !is_of_shell(value) {
            true => format!("{name}{between}…"),
            false => part(0).to_owned(),
        }
    });
    named.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_databases_are_known_by_their_names() {
        assert!(is_address("DATABASE_URL") && is_address("MONGODB_URI") && is_address("redisUrl"));
        assert!(!is_address("API_URL") && !is_address("DATABASE_NAME"));
    }

    #[test]
    fn lines_are_shown_without_secrets() {
        for (line, shown) in [
            ("TOKEN: \"hunter2\", // x", "TOKEN: …, // x"),
            ("API_KEY=abc PORT=1", "API_KEY=… PORT=1"),
            ("the token: see the vault", "the token: see the vault"),
            ("use ghp_16C7e42F292c6912E7710c838347Ae178B4a here", "use … here"),
            ("password: 'x'", "password: …"),
            ("API_KEY=$KEY TOKEN=\"${TOKEN}\" x", "API_KEY=$KEY TOKEN=\"${TOKEN}\" x"),
            ("TOKEN: process.env.TOKEN", "TOKEN: process.env.TOKEN"),
        ] {
            assert_eq!(hide(line), shown);
        }
    }
}
