//! URLs and authorities as probes have them (RFC 3986). Everybody who uses the macro compiles this crate, and
//! nothing else of what a crate for URLs knows is needed.

/// How many colons an address of IPv6 has at most.
const COLONS: usize = 8;

/// `host:port` of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority<'u> {
    /// All of it, as it is written.
    pub text: &'u str,
    /// Whether a user is before the host.
    pub has_user: bool,
    /// The host; an address of IPv6 in its brackets.
    pub host: &'u str,
    /// What is behind the `:` after the host.
    pub port: Option<&'u str>,
}

impl<'u> Authority<'u> {
    /// Reads an authority; `None` for what is none.
    #[must_use]
    pub fn read(text: &'u str) -> Option<Authority<'u>> {
        let (user, rest) = match text.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, text),
        };
        let (host, port) = match rest.strip_prefix('[') {
            Some(inside) => {
                let (address, behind) = inside.split_once(']')?;
                let port = match behind.strip_prefix(':') {
                    None if !behind.is_empty() => return None,
                    port => port,
                };
                if address.matches(':').count() > COLONS {
                    return None;
                }
                (rest.get(..address.len() + "[]".len())?, port)
            }
            None => match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        let of_user = |letter| is_part(letter) || matches!(letter, ':' | '@' | '%');
        let of_address = |letter| is_part(letter) || matches!(letter, ':' | '%');
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_right = !rest.is_empty()
            && user.is_none_or(|user| user.chars().all(of_user))
            && bracketed.map_or_else(
                || host.chars().all(is_part),
                |address| address.chars().all(of_address),
            )
            && port.is_none_or(|port| port.chars().all(is_part));
        is_right.then_some(Authority { text, has_user: user.is_some(), host, port })
    }

    /// The number of the port; `None` without one, and for one that is no number up to 65535.
    #[must_use]
    pub fn port_number(&self) -> Option<u16> {
        let digits = |port: &&str| port.chars().all(|digit| digit.is_ascii_digit());
        self.port.filter(digits)?.parse().ok()
    }
}

/// `http://host:port/path?query`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'u> {
    /// The scheme, as it is written.
    pub scheme: &'u str,
    /// The authority.
    pub authority: Authority<'u>,
    /// The path and the query, perhaps empty; without a fragment.
    rest: &'u str,
}

impl<'u> Url<'u> {
    /// Reads a URL with a scheme; `None` for what is none.
    #[must_use]
    pub fn read(text: &'u str) -> Option<Url<'u>> {
        let (scheme, behind) = text.split_once("://")?;
        let of_scheme = |letter: char| {
            letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.' | '~')
        };
        if scheme.is_empty() || !scheme.chars().all(of_scheme) {
            return None;
        }
        let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
        let (authority, rest) = behind.split_at(end);
        let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
        is_path(rest).then_some(Url { scheme, authority: Authority::read(authority)?, rest })
    }

    /// The path and the query, as an HTTP request has them.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        let slash = if self.rest.starts_with('/') { "" } else { "/" };
        format!("{slash}{}", self.rest)
    }
}

/// Whether a text can be a path and a query. What is not ASCII is sent as it is.
pub(crate) fn is_path(text: &str) -> bool {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let is_printed =
        |letter: char| !letter.is_ascii_control() && !matches!(letter, ' ' | '<' | '>');
    path.chars().all(|letter| is_printed(letter) && letter != '`')
        && query.chars().all(|letter| is_printed(letter) && letter != '"')
}

/// The letters of names that mean themselves: `unreserved` and `sub-delims` of RFC 3986.
fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts near those that people write.
    const TEXT: &str = "[a-c0-9:/?#%\\[\\].~é\"{}<>` +&=_|^\\\\-]{0,16}";

    fn as_http(url: &str) -> Option<http::Uri> {
        url.parse::<http::Uri>().ok().filter(|url| url.scheme().is_some())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn authorities_are_those_of_the_crate_http(text in TEXT) {
            match (Authority::read(&text), text.parse::<http::uri::Authority>()) {
                (Some(own), Ok(others)) => {
                    prop_assert_eq!(own.host, others.host());
                    // What is no number there is none here; `+80` is one there.
                    let is_signed = own.port.is_some_and(|port| port.starts_with('+'));
                    prop_assert!(is_signed || own.port_number() == others.port_u16());
                }
                (Some(own), Err(error)) => prop_assert!(false, "{own:?}: {error}"),
                // Only a whole host is in brackets.
                (None, Ok(_)) => prop_assert!(text.contains('[')),
                (None, Err(_)) => {}
            }
        }

        #[test]
        fn urls_are_those_of_the_crate_http(
            scheme in prop::sample::select(vec!["http", "https", "HTTP", "redis"]),
            host in prop::sample::select(vec!["a", "a.b:80", "[::1]:9", "a:b", "", "u:p@h", "a b"]),
            rest in TEXT,
        ) {
            let text = format!("{scheme}://{host}{rest}");
            match (Url::read(&text), as_http(&text)) {
                (Some(own), Some(others)) => {
                    prop_assert!(others.scheme_str().unwrap().eq_ignore_ascii_case(own.scheme));
                    prop_assert_eq!(own.authority.text, others.authority().unwrap().as_str());
                    let others = others.path_and_query().unwrap().as_str();
                    let own = own.path_and_query();
                    prop_assert!(own == others || own == format!("/{others}"), "{own} {others}");
                }
                (Some(own), None) => prop_assert!(false, "{own:?}"),
                (None, Some(_)) => prop_assert!(text.contains('[')),
                (None, None) => {}
            }
        }
    }

    #[test]
    fn a_user_is_told_from_the_host() {
        let read = Authority::read("me:secret@host:80").unwrap();
        assert_eq!((read.has_user, read.host, read.port_number()), (true, "host", Some(80)));
        for none in ["", "me@", "a:1:2", "a[b]", "[::1", "[::1]x", "a/b", "a b"] {
            assert_eq!(Authority::read(none), None, "{none}");
        }
    }

    #[test]
    fn a_request_has_a_path() {
        for (url, path) in [
            ("http://a", "/"),
            ("http://a:1/", "/"),
            ("http://a/b?c#d", "/b?c"),
            ("http://a?c", "/?c"),
            ("http://a#d", "/"),
        ] {
            assert_eq!(Url::read(url).unwrap().path_and_query(), path, "{url}");
        }
        for none in ["a", "//a", "://a", "http://", "http:///a", "http://a/ b", "my host://a"] {
            assert_eq!(Url::read(none), None, "{none}");
        }
    }
}
