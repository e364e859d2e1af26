//! Which variables hold secrets, by their names.

/// The words at the end of the name of a secret.
const LAST: &[&str] = &[
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PASSPHRASE",
    "PWD",
    "KEY",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PAT",
    "SALT",
    "PEPPER",
    "DSN",
    "WEBHOOK",
];

/// Whether a variable of this name holds a secret, probably.
pub(super) fn is_secret(name: &str) -> bool {
    let words: Vec<String> = words(name);
    if words.iter().any(|word| word == "PUBLIC" || word == "PUBLISHABLE") {
        return false;
    }
    let mut from_behind = words.iter().rev();
    // `TOKEN_2`
    let last = from_behind.find(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(last) = last else { return false };
    let last = last.trim_end_matches(|character: char| character.is_ascii_digit());
    LAST.contains(&last) || LAST.iter().any(|secret| secret.len() > 4 && last.ends_with(secret))
}

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
    let words = words(name);
    words.last().is_some_and(|last| matches!(last.as_str(), "URL" | "URI"))
        && words.iter().any(|word| SERVERS.contains(&word.as_str()))
}

/// Whether a text has a password in it: the address of a database, a private key.
pub(super) fn has_password(text: &str) -> bool {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY") {
        return true;
    }
    let Some((_, behind)) = text.split_once("://") else { return false };
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| !password.is_empty())
}

/// How the secrets of well-known services begin, with how many letters of a key follow at least.
///
/// After the rules of gitleaks (MIT) and the formats that the services document.
const PREFIXES: &[(&str, usize)] = &[
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("sk-", 16),
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("sk-live-", 8),
    ("whsec_", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xapp-", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("ya29.", 20),
    ("SG.", 30),
    ("npm_", 30),
    ("pypi-", 30),
    ("dckr_pat_", 20),
    ("hf_", 20),
    ("gsk_", 20),
    ("key-", 30),
    ("EAACEdEose0cBA", 8),
    ("dop_v1_", 30),
    ("shpat_", 20),
    ("lin_api_", 20),
    ("tskey-", 12),
    ("eyJhbGciOi", 20),
];

/// The addresses that whoever knows them may post to.
const WEBHOOKS: &[&str] = &[
    "hooks.slack.com/services/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/",
    "api.telegram.org/bot",
    "sentry.io/api/hooks/",
    "hooks.zapier.com/",
    "maker.ifttt.com/trigger/",
];

/// Whether a text has a secret in it that is known by its look, wherever it stands.
pub(super) fn looks_secret(text: &str) -> bool {
    if has_password(text) || WEBHOOKS.iter().any(|webhook| text.contains(webhook)) {
        return true;
    }
    let is_of_key = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | '+' | '=')
    };
    PREFIXES.iter().any(|(prefix, least)| {
        text.match_indices(prefix).any(|(position, _)| {
            let (before, rest) = text.split_at(position);
            let begins =
                before.chars().next_back().is_none_or(|last| !last.is_ascii_alphanumeric());
            let key = rest.get(prefix.len()..).unwrap_or_default();
            let key: String = key.chars().take_while(|letter| is_of_key(*letter)).collect();
            // A word with hyphens is no key.
            let is_key = prefix.len() > 3
                || key.chars().any(|letter| letter.is_ascii_digit())
                || key.chars().any(|letter| letter.is_ascii_uppercase());
            begins && key.len() >= *least && is_key
        })
    }) || is_bot_token(text)
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
        match is_secret(name) && is_value {
            true => format!("{name}{between}…"),
            false => part(0).to_owned(),
        }
    });
    named.into_owned()
}

/// `123456789:AA…` of Telegram, `MTk4….XXXXXX.…` of Discord.
fn is_bot_token(text: &str) -> bool {
    let of_key = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let telegram = text.split_once(':').is_some_and(|(id, key)| {
        id.len() >= 8
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && key.len() >= 30
            && of_key(key)
    });
    let parts: Vec<&str> = text.split('.').collect();
    let discord = matches!(parts.as_slice(), [id, time, key]
        if id.len() >= 20 && time.len() == 6 && key.len() >= 25 && [id, time, key].iter().all(|part| of_key(part)));
    telegram || discord
}

/// `discordToken`, `DISCORD_TOKEN` → `DISCORD`, `TOKEN`
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        let begins =
            !character.is_ascii_alphanumeric() || (after_lower && character.is_ascii_uppercase());
        if begins {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(character.to_ascii_uppercase());
        }
        after_lower = character.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "DISCORD_TOKEN",
            "JWT_SECRET",
            "DB_PASSWORD",
            "API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "PGPASSWORD",
            "githubToken",
            "TOKEN_2",
            "SECRET_KEY_BASE_SALT",
            "SENTRY_DSN",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "TOKEN_EXPIRY",
            "PORT",
            "NEXT_PUBLIC_API_KEY",
            "STRIPE_PUBLISHABLE_KEY",
            "SECRET_NAME",
            "MONKEY",
            "KEYBOARD",
            "PASSENGERS",
            "123",
            "NODE_ENV",
            "BYPASS",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

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
            ("TOKEN: process.env.TOKEN", "TOKEN: process.env.TOKEN"),
        ] {
            assert_eq!(hide(line), shown);
        }
    }

    #[test]
    fn secrets_are_known_by_their_looks() {
        for text in [
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "--key=sk-proj-Tz3BlbkFJ0123456789abcdef",
            "sk-live-0123456789abcdef",
            "https://hooks.slack.com/services/T00/B00/XXX",
            "https://discord.com/api/webhooks/1/abc",
            "postgres://app:hunter2@db/app",
            "AKIAIOSFODNN7EXAMPLE",
            "123456789:AAF-abcdefghijklmnopqrstuvwxyz0123",
        ] {
            assert!(looks_secret(text), "{text}");
        }
        for text in [
            "sk-learn-pipelines-and-more",
            "task-runner-of-everything-1",
            "http://localhost:3000",
            "production",
            "a.b.c",
            "mask-0123456789abcdef",
            "AKIA",
            "12:30",
        ] {
            assert!(!looks_secret(text), "{text}");
        }
    }

    #[test]
    fn an_address_may_have_a_password_in_it() {
        assert!(has_password("postgres://app:hunter2@db:5432/app"));
        assert!(!has_password("postgres://app@db:5432/app"));
        assert!(!has_password("http://localhost:3000/a:b@c"));
        assert!(!has_password("redis://"));
    }
}
