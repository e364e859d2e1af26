//! What is known to be a secret: by the name of its variable, by its look.
//!
//! There are two questions. `import` asks what may be a secret, so as not to copy it: [`is_secret`],
//! [`looks_secret`]. The lint `plain-secret` asks what almost certainly is one: [`plain_secret`], whose
//! answers are among those of the first two.

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

/// Those of them that nothing but a secret ends with.
const CERTAIN: &[&str] =
    &["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "APIKEY", "CREDENTIAL", "CREDENTIALS"];

/// What a `KEY` is a secret of: there are those of maps, tables and pianos.
const KEYS: &[&str] =
    &["ACCESS", "API", "AUTH", "ENCRYPTION", "MASTER", "PRIVATE", "SECRET", "SIGNING"];

/// What a `TOKEN` is not a secret of: those of language models.
const MODEL_TOKENS: &[&str] =
    &["BOS", "CLS", "END", "EOS", "IMAGE", "MASK", "PAD", "SEP", "SPECIAL", "START", "STOP", "UNK"];

/// Words of names whose values everybody may see.
const PUBLIC: &[&str] = &["PUBLIC", "PUBLISHABLE"];

/// Words that make a name one of a switch: `ALLOW_EMPTY_PASSWORD`.
const SWITCHES: &[&str] = &["ALLOW", "DISABLE", "ENABLE", "RANDOM", "REQUIRE", "USE"];

/// The shortest text that can be a secret.
const SHORTEST: usize = 4;

/// Whether a variable of this name holds a secret, probably.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    ends_as(name, |last, _| {
        LAST.iter().any(|word| last.eq_ignore_ascii_case(word))
            || LAST.iter().any(|word| word.len() > 4 && ends_with(last, word))
    })
}

/// Whether a variable of this name holds a secret, almost certainly.
fn is_certainly_secret(name: &str) -> bool {
    // Most names end here.
    let end = name.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
    if !CERTAIN.iter().chain(&["KEY", "BASE"]).any(|word| ends_with(end, word)) {
        return false;
    }
    let is = |word: Option<&str>, words: &[&str]| {
        word.is_some_and(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    !words(name).any(|word| is(Some(word), SWITCHES))
        && ends_as(name, |last, before| {
            CERTAIN.iter().any(|word| ends_with(last, word)) && !is(before, MODEL_TOKENS)
                || last.eq_ignore_ascii_case("KEY") && is(before, KEYS)
        })
}

/// Asks about the last word of a name, and the one before it: the `TOKEN` of `TOKEN_2`, and the `KEY` of
/// `SECRET_KEY_BASE` of Rails.
fn ends_as(name: &str, asked: impl Fn(&str, Option<&str>) -> bool) -> bool {
    let is =
        |word: &str, words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    if words(name).any(|word| is(word, PUBLIC)) {
        return false;
    }
    let (mut last, mut before) = ("", None);
    for word in words(name).filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit())) {
        if last.eq_ignore_ascii_case("KEY") && word.eq_ignore_ascii_case("BASE") {
            continue;
        }
        before = Some(last).filter(|last| !last.is_empty());
        last = word;
    }
    let last = last.trim_end_matches(|character: char| character.is_ascii_digit());
    asked(last, before)
}

fn ends_with(word: &str, end: &str) -> bool {
    let start = word.len().checked_sub(end.len());
    start.and_then(|start| word.get(start..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
}

/// `discordToken`, `DISCORD_TOKEN` → `discord`, `Token`
pub fn words(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let mut after_small = false;
        let end = rest.char_indices().find(|(_, letter)| {
            !letter.is_ascii_alphanumeric()
                || std::mem::replace(&mut after_small, letter.is_ascii_lowercase())
                    && letter.is_ascii_uppercase()
        });
        let (word, behind) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        rest = behind;
        (!word.is_empty()).then_some(word)
    })
}

/// What a secret is known as by its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// `user:password@` in a URL.
    Password,
    /// `-----BEGIN PRIVATE KEY-----`
    PrivateKey,
    /// An address that whoever knows it may post to.
    Webhook,
    /// `123456789:AA…` of Telegram, `MTk4….XXXXXX.…` of Discord.
    BotToken,
    /// What begins as the secrets of a service do, in words.
    Prefixed(&'static str),
}

impl Look {
    /// What it is, for a person.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Look::Password => "the password in a URL",
            Look::PrivateKey => "a private key",
            Look::Webhook => "the address of a webhook",
            Look::BotToken => "the token of a bot",
            Look::Prefixed(told) => told,
        }
    }
}

/// How the secrets of well-known services begin, with how many letters of a key follow at least, and what
/// they are.
///
/// After the rules of gitleaks (MIT) and the formats that the services document.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("ghp_", 20, "a token of GitHub"),
    ("gho_", 20, "a token of GitHub"),
    ("ghu_", 20, "a token of GitHub"),
    ("ghs_", 20, "a token of GitHub"),
    ("ghr_", 20, "a token of GitHub"),
    ("github_pat_", 20, "a token of GitHub"),
    ("glpat-", 16, "a token of GitLab"),
    ("sk-", 16, "an API key, as OpenAI and Anthropic give them"),
    ("sk_live_", 8, "a key of Stripe"),
    ("sk_test_", 8, "a key of Stripe"),
    ("rk_live_", 8, "a key of Stripe"),
    ("sk-live-", 8, "a secret key"),
    ("whsec_", 16, "the secret of a webhook"),
    ("xoxb-", 10, "a token of Slack"),
    ("xoxp-", 10, "a token of Slack"),
    ("xoxa-", 10, "a token of Slack"),
    ("xapp-", 10, "a token of Slack"),
    ("AKIA", 16, "an access key of AWS"),
    ("ASIA", 16, "an access key of AWS"),
    ("AIza", 30, "an API key of Google"),
    ("ya29.", 20, "an access token of Google"),
    ("SG.", 30, "an API key of SendGrid"),
    ("npm_", 30, "a token of npm"),
    ("pypi-", 30, "a token of PyPI"),
    ("dckr_pat_", 20, "a token of Docker Hub"),
    ("hf_", 20, "a token of Hugging Face"),
    ("gsk_", 20, "an API key of Groq"),
    ("key-", 30, "an API key"),
    ("EAACEdEose0cBA", 8, "a token of Facebook"),
    ("dop_v1_", 30, "a token of DigitalOcean"),
    ("shpat_", 20, "a token of Shopify"),
    ("lin_api_", 20, "an API key of Linear"),
    ("tskey-", 12, "a key of Tailscale"),
    ("eyJhbGciOi", 20, "a signed token (JWT)"),
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

/// The fewest letters that a key has together with how it begins: what has no word of so many is none.
const SHORTEST_KEY: usize = 14;

/// Whether a text has a password in it: the address of a database, a private key.
#[must_use]
pub fn has_password(text: &str) -> bool {
    is_private_key(text) || user_and_password(text).is_some()
}

/// Whether a text contains, at any position, a secret in a well-known format.
#[must_use]
pub fn looks_secret(text: &str) -> bool {
    user_and_password(text).is_some() || look(text).is_some()
}

fn is_private_key(text: &str) -> bool {
    text.contains("-----BEGIN ") && text.contains("PRIVATE KEY")
}

/// The user and the password in a URL.
fn user_and_password(text: &str) -> Option<(&str, &str)> {
    let (_, behind) = text.split_once("://")?;
    let authority = behind.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').filter(|(_, password)| !password.is_empty())
}

/// What a text is known as, without what is in its URL.
fn look(text: &str) -> Option<Look> {
    if is_private_key(text) {
        return Some(Look::PrivateKey);
    }
    // Most texts end here.
    let is_of_key = |letter: char| letter.is_ascii_alphanumeric() || "_-.+=".contains(letter);
    let has_long =
        || text.split(|letter| !is_of_key(letter)).any(|word| word.len() >= SHORTEST_KEY);
    if text.len() < SHORTEST_KEY {
        return None;
    }
    if text.contains('/') && WEBHOOKS.iter().any(|webhook| text.contains(webhook)) {
        return Some(Look::Webhook);
    }
    if !has_long() {
        return None;
    }
    if text.split_whitespace().any(is_bot_token) {
        return Some(Look::BotToken);
    }
    let begins = |(prefix, least, _): &&(&str, usize, &str)| has_key(text, prefix, *least);
    PREFIXES.iter().find(begins).map(|(_, _, told)| Look::Prefixed(told))
}

/// Whether a word of a text begins with a prefix, and so many letters of a key follow.
fn has_key(text: &str, prefix: &str, least: usize) -> bool {
    let is_of_key = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | '+' | '=')
    };
    text.match_indices(prefix).any(|(position, _)| {
        let (before, rest) = text.split_at(position);
        let begins = before.chars().next_back().is_none_or(|last| !last.is_ascii_alphanumeric());
        let key = rest.get(prefix.len()..).unwrap_or_default();
        let end = key.find(|letter| !is_of_key(letter)).unwrap_or(key.len());
        let key = key.get(..end).unwrap_or_default();
        // Words with hyphens are no key.
        let is_key = key.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        begins && key.len() >= least && is_key
    })
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
    let mut parts = text.split('.');
    let discord = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(id), Some(time), Some(key), None) => {
            // Names of hosts and files have three parts, too.
            let is_mixed = text.bytes().any(|byte| byte.is_ascii_uppercase())
                && text.bytes().any(|byte| byte.is_ascii_lowercase());
            let is_long = id.len() >= 20 && time.len() == 6 && key.len() >= 25;
            is_long && is_mixed && [id, time, key].into_iter().all(of_key)
        }
        _ => false,
    };
    telegram || discord
}

/// How it is known that the value of a variable is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// The name of the variable.
    Name,
    /// Its look.
    Look(Look),
}

/// Whether a text is almost certainly a secret, as the value of a variable of this name; the name is empty
/// where it is something else than that.
///
/// Well-known defaults are no secrets: `postgres`, `changeme`, `your-token-here`. A NUL in the text stands for
/// a placeholder, whose value is unknown.
#[must_use]
pub fn plain_secret(name: &str, text: &str) -> Option<KnownBy> {
    let is_public = || {
        let known = PUBLIC.iter().chain(&["ANON"]);
        words(name).any(|word| known.clone().any(|public| word.eq_ignore_ascii_case(public)))
    };
    let password = user_and_password(text);
    if password.is_some_and(|(user, password)| {
        !password.contains('\0') && password != user && !is_well_known(password)
    }) {
        return Some(KnownBy::Look(Look::Password));
    }
    match look(text) {
        Some(Look::Prefixed(_)) if is_public() => None,
        Some(look) => Some(KnownBy::Look(look)),
        None => {
            // `TOKEN = "secret";` is meant as `TOKEN = secret;`, or is one that everybody tries first.
            let may_be = text == "secret" || may_be_secret(name, text);
            (is_certainly_secret(name) && may_be).then_some(KnownBy::Name)
        }
    }
}

/// Whether the value of a variable whose name is that of a secret can be one: it is no path, no address, no
/// switch and nothing that everybody knows.
fn may_be_secret(name: &str, text: &str) -> bool {
    const SUFFIXES: [&str; 10] =
        [".json", ".pem", ".key", ".txt", ".p12", ".pfx", ".crt", ".env", ".yml", ".toml"];
    let text = text.trim();
    let is_path = ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start))
        || text.get(1..3) == Some(":\\")
        || SUFFIXES.iter().any(|end| ends_with(text, end));
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'));
    let is_bracketed = text.starts_with(['<', '[', '$', '%']);
    !text.contains('\0')
        && text.len() >= SHORTEST
        && !is_path
        && !is_bracketed
        && !text.contains("://")
        && !is_well_known(text)
        // A number counts tokens, and may be a password.
        && (!is_number || words(name).any(|word| ends_with(word, "PASSWORD")))
}

/// Words that stand for a secret, or that everybody tries first.
const WELL_KNOWN: &[&str] = &[
    "a",
    "access",
    "add",
    "address",
    "admin",
    "administrator",
    "api",
    "auth",
    "bot",
    "change",
    "changeit",
    "changeme",
    "changethis",
    "client",
    "credential",
    "credentials",
    "database",
    "db",
    "default",
    "demo",
    "dev",
    "development",
    "disabled",
    "discord",
    "docker",
    "dummy",
    "empty",
    "enabled",
    "enter",
    "example",
    "fake",
    "false",
    "fill",
    "for",
    "foo",
    "bar",
    "from",
    "github",
    "goes",
    "guest",
    "here",
    "host",
    "in",
    "inherit",
    "insecure",
    "insert",
    "it",
    "jwt",
    "key",
    "local",
    "localhost",
    "mariadb",
    "me",
    "minio",
    "minioadmin",
    "mongo",
    "mongodb",
    "my",
    "mysql",
    "no",
    "none",
    "not",
    "null",
    "only",
    "openai",
    "or",
    "pass",
    "passphrase",
    "password",
    "passwd",
    "placeholder",
    "please",
    "port",
    "postgres",
    "postgresql",
    "prod",
    "production",
    "put",
    "rabbitmq",
    "random",
    "redis",
    "replace",
    "required",
    "root",
    "sample",
    "secret",
    "session",
    "some",
    "string",
    "super",
    "supersecret",
    "test",
    "testing",
    "the",
    "this",
    "to",
    "todo",
    "token",
    "true",
    "unset",
    "use",
    "user",
    "value",
    "with",
    "xxx",
    "yes",
    "your",
];

/// Whether a text is made of nothing but words that stand for a secret, or that everybody tries first:
/// `postgres`, `change-me-in-production`, `your_token_here`, `xxxxxxxx`, `12345678`.
fn is_well_known(text: &str) -> bool {
    let is_series = |word: &str| "0123456789".starts_with(word) || "1234567890".starts_with(word);
    let is_repeated = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next();
        letters.all(|letter| Some(letter) == first)
    };
    text.split(|letter: char| !letter.is_alphanumeric()).all(|word| {
        let stem = word.trim_end_matches(|digit: char| digit.is_ascii_digit());
        let digits = word.get(stem.len()..).unwrap_or_default();
        let is_known = WELL_KNOWN.iter().any(|known| stem.eq_ignore_ascii_case(known));
        (is_known || stem.is_empty() || is_repeated(stem))
            && (is_series(digits) || is_repeated(digits))
    })
}

/// A text for a person, without the secrets that are in it: the value of a variable is `secret` there, as it
/// is to be written, and any other text in quotes `"…"`.
#[must_use]
pub fn without_secrets(text: String) -> String {
    let text = if text.contains('"') { without_quoted(&text) } else { text };
    if text.contains('=') { without_words(&text) } else { text }
}

/// A text without the secrets after a `=` that are no texts in quotes.
fn without_words(text: &str) -> String {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || "_-./+".contains(letter);
    let (mut shown, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('=') {
        shown.push_str(before);
        shown.push('=');
        let value = behind.trim_start_matches(' ');
        shown.push_str(behind.get(..behind.len() - value.len()).unwrap_or_default());
        let end = value.find(|letter| !is_of_word(letter)).unwrap_or(value.len());
        let (word, behind) = value.split_at(end);
        match plain_secret(key_before(&shown).0, word) {
            Some(_) => shown.push_str("secret"),
            None => shown.push_str(word),
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

/// A text without the secrets in quotes.
fn without_quoted(text: &str) -> String {
    let (mut shown, mut rest) = (String::new(), text);
    while let Some((before, quoted)) = rest.split_once('"') {
        let mut escaped = false;
        let end = quoted.char_indices().find(|(_, letter)| {
            let ends = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else { break };
        let (inside, behind) = quoted.split_at(end);
        shown.push_str(before);
        // `u"text"`
        let plain = shown.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric());
        let prefix = if shown.len() - plain.len() > 2 {
            ""
        } else {
            shown.get(plain.len()..).unwrap_or_default()
        };
        let (key, is_value) = key_before(shown.strip_suffix(prefix).unwrap_or(&shown));
        match plain_secret(key, inside) {
            Some(_) if is_value => {
                shown.truncate(shown.len() - prefix.len());
                shown.push_str("secret");
            }
            Some(_) => shown.push_str("\"…\""),
            None => {
                shown.push('"');
                shown.push_str(inside);
                shown.push('"');
            }
        }
        rest = behind.strip_prefix('"').unwrap_or(behind);
    }
    shown.push_str(rest);
    shown
}

/// The name before a value, and whether the language's `=` is between the two. Without a sign, only a word
/// in capitals is one.
fn key_before(text: &str) -> (&str, bool) {
    let before = text.trim_end();
    let key = before.trim_end_matches(['=', ':', '>', '?', '+', '-', ' ', '"']);
    let is_value = before.strip_suffix('=').is_some_and(|rest| !rest.ends_with(['=', ':', '?']));
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = key.trim_end_matches(is_part).len();
    let key = key.get(start..).unwrap_or_default();
    let has_sign = before.ends_with(['=', ':', '>']);
    match has_sign || !key.bytes().any(|byte| byte.is_ascii_lowercase()) {
        true => (key, is_value),
        false => ("", false),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            "SECRET_KEY_BASE",
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

    /// What a person means by a secret in plain text, and what only looks like one.
    #[test]
    fn a_secret_in_plain_text_is_told_from_all_else() {
        let token = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";
        for (name, value) in [
            ("DISCORD_TOKEN", "kW4x7Qz9"),
            ("discordToken", "kW4x7Qz9"),
            ("DISCORD_TOKEN_2", "kW4x7Qz9"),
            ("JWT_SECRET", "correct horse battery staple"),
            ("DB_PASSWORD", "hunter2"),
            ("DB_PASSWORD", "48151623"),
            ("PGPASSWORD", "hunter2"),
            ("MYSQL_ROOT_PASSWORD", "hunter2"),
            ("OPENAI_API_KEY", "0123abcd4567"),
            ("SSH_PRIVATE_KEY", "b3BlbnNzaC1rZXk"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG"),
            ("GOOGLE_CREDENTIALS", "{\"type\":\"service_account\"}"),
            ("SECRET_KEY_BASE", "3f9a0c"),
            ("LOG_LEVEL", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
            ("X", "sk-proj-Tz3BlbkFJ0123456789abcdef"),
            ("X", "xoxb-123456789012-abcdef"),
            ("X", "AKIAIOSFODNN7EXAMPLE"),
            ("X", token),
            ("AUTHORIZATION", "Bot MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"),
            ("X", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
            ("DATABASE_URL", "postgres://app:hunter2@db.lan:5432/app"),
            ("PROXY", "http://me:s3cret@proxy:3128"),
            ("", "--token=ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
        ] {
            assert!(plain_secret(name, value).is_some(), "{name} = {value}");
            // What `import` writes has none of them.
            assert!(is_secret(name) || looks_secret(value), "{name} = {value}");
        }
        for (name, value) in [
            ("TOKEN_LIMIT", "4096"),
            ("TOKENIZER", "cl100k_base"),
            ("MAX_TOKENS", "8000"),
            ("MAX_TOKEN", "8000"),
            ("EOS_TOKEN", "endoftext"),
            ("PAD_TOKEN", "[PAD]"),
            ("PASSWORD_FILE", "/run/secrets/db"),
            ("SECRET_NAME", "prod/web/db"),
            ("TOKEN_URL", "https://id.example/token"),
            ("AUTH_TOKEN", "https://id.example/token"),
            ("KEYBOARD", "qwertz-de"),
            ("MONKEY", "bananas"),
            ("CACHE_KEY", "users:v2"),
            ("PUBLIC_KEY", "ssh-ed25519"),
            ("NEXT_PUBLIC_API_KEY", "AIzaSyA1234567890123456789012345678901"),
            ("SUPABASE_ANON_KEY", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/gcp/key.json"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "keys/service.json"),
            ("TLS_PRIVATE_KEY", "certs/server.pem"),
            ("ALLOW_EMPTY_PASSWORD", "yes"),
            ("REQUIRE_PASSWORD", "always"),
            ("TOKEN", ""),
            ("TOKEN", "x"),
            ("DISCORD_TOKEN", "<token>"),
            ("DISCORD_TOKEN", "your-token-here"),
            ("DISCORD_TOKEN", "xxxxxxxxxxxx"),
            ("DISCORD_TOKEN", "\0"),
            ("DISCORD_TOKEN", "Bot \0"),
            ("POSTGRES_PASSWORD", "postgres"),
            ("POSTGRES_PASSWORD", "password"),
            ("POSTGRES_PASSWORD", "Password123"),
            ("POSTGRES_PASSWORD", "dev"),
            ("POSTGRES_PASSWORD", "123456"),
            ("JWT_SECRET", "changeme"),
            ("JWT_SECRET", "change-me-in-production"),
            ("JWT_SECRET", "dev-secret"),
            ("DATABASE_URL", "postgres://postgres:postgres@localhost:5432/app"),
            ("DATABASE_URL", "postgres://app:app@localhost/app"),
            ("DATABASE_URL", "postgres://app:\0@localhost/app"),
            ("DATABASE_URL", "postgres://app@localhost/app"),
            ("NODE_ENV", "production"),
            ("MODEL", "sk-learn-pipelines-and-more"),
            ("HOSTS", "one-long-name-of-a-host.region.another-long-name-of-a-host"),
        ] {
            assert_eq!(plain_secret(name, value), None, "{name} = {value}");
        }
    }

    #[test]
    fn quoted_secrets_are_not_shown() {
        for (text, shown) in [
            ("write `TOKEN = \"hunter22\";`", "write `TOKEN = secret;`"),
            ("write `env { TOKEN = \"hunter22\"; }`", "write `env { TOKEN = secret; }`"),
            ("write `env { TOKEN = hunter22; }`", "write `env { TOKEN = secret; }`"),
            (
                "write `A = secret \"HOME\";`, `TOKEN = inherit;`",
                "write `A = secret \"HOME\";`, `TOKEN = inherit;`",
            ),
            ("`allow plain-secret \"reason\";`", "`allow plain-secret \"reason\";`"),
            ("`TOKEN: \"hunter22\"` is", "`TOKEN: \"…\"` is"),
            ("write `TOKEN = u\"hunter22\";`", "write `TOKEN = secret;`"),
            ("write `ENV TOKEN \"hunter22\"`", "write `ENV TOKEN \"…\"`"),
            ("write `TOKEN = \"value\";`", "write `TOKEN = \"value\";`"),
            ("write `entry \"index.js\";`", "write `entry \"index.js\";`"),
            ("a \"b\\\"c\" d", "a \"b\\\"c\" d"),
            ("one \" alone", "one \" alone"),
        ] {
            assert_eq!(without_secrets(text.to_owned()), shown);
        }
    }

    proptest! {
        /// So what was imported has no secret in plain text.
        #[test]
        fn what_is_certainly_a_secret_may_be_one(
            name in "([A-Z]{1,4}_)?(TOKEN|API_KEY|KEY|SECRET|PASSWORD|PORT|NAME)(_[A-Z0-9]{1,3})?",
            value in "[ -~]{0,24}|(sk-|ghp_|xoxb-|AKIA)[A-Za-z0-9]{8,40}|[a-z]{2,5}://[a-z]{1,4}:[a-z0-9]{1,8}@h",
        ) {
            let is_certain = plain_secret(&name, &value).is_some();
            prop_assert!(!is_certain || is_secret(&name) || looks_secret(&value));
        }

        #[test]
        fn a_text_without_secrets_is_shown_as_it_is(text in "[ -~é]{0,40}") {
            let is_named = is_secret(&text) || words(&text).any(is_secret);
            let shown = without_secrets(text.clone());
            prop_assert!(is_named || looks_secret(&text) || shown == text, "{shown}");
        }
    }
}
