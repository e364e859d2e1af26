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
    fn an_address_may_have_a_password_in_it() {
        assert!(has_password("postgres://app:hunter2@db:5432/app"));
        assert!(!has_password("postgres://app@db:5432/app"));
        assert!(!has_password("http://localhost:3000/a:b@c"));
        assert!(!has_password("redis://"));
    }
}
