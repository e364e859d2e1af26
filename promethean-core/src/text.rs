//! Text with placeholders: `{name}`, `{agent}`, `{root}`, `{dir}`, `{secret NAME}`, `{inherit NAME}`,
//! `{url UNIT}`; `{{` and `}}` are braces.

use crate::kind::EndpointPart;
use crate::reference::Target;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Characters that stand for themselves.
    Literal(&'a str),
    /// Something that is filled in when the service is known.
    Placeholder(Placeholder<'a>),
}

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder<'a> {
    /// `{name}`: the name of the app in PM2, `duck_cephalon`.
    Name,
    /// `{agent}`: the name of the agent the service is in.
    Agent,
    /// `{root}`: the ecosystem's root as an absolute path.
    Root,
    /// `{dir}`: the service's directory as an absolute path.
    Directory,
    /// `{secret NAME}`: the secret stored under this name; only in environment values.
    Secret(&'a str),
    /// `{inherit NAME}`: the variable of whoever runs the command; only in environment values.
    Inherit(&'a str),
    /// `{url proxx}`, `{port}`: a part of an endpoint.
    Endpoint(EndpointPart, Target<'a>),
}

impl Placeholder<'_> {
    /// How the placeholders are written, for messages and suggestions.
    pub const WRITTEN: [&'static str; 10] = [
        "name",
        "agent",
        "root",
        "dir",
        "secret NAME",
        "inherit NAME",
        "url UNIT",
        "address UNIT",
        "host UNIT",
        "port UNIT",
    ];
}

/// Why a text's braces are not placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextError {
    /// `{` without a `}` behind it.
    Unclosed,
    /// `}` without a `{` before it.
    Unopened,
    /// A word that is no placeholder.
    Unknown(String),
}

/// What other languages write between a variable and its default, which no name has in it.
pub(crate) const DEFAULT: fn(char) -> bool = |letter| ":|?=".contains(letter);

/// Whether a text has anything to fill in or to unescape.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    brace(text).is_none()
}

/// Where the first brace is. Every text is asked, most of them are short, and a macro is compiled
/// without optimisation: there a plain loop costs the least.
fn brace(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        if matches!(byte, b'{' | b'}') {
            return Some(position);
        }
        position += 1;
    }
    None
}

/// Takes a text apart into its pieces and shows each to `visit`, in order.
///
/// # Errors
///
/// A brace that is neither doubled nor part of a placeholder, and whatever `visit` fails with.
pub fn each_piece<'a, E: From<TextError>>(
    text: &'a str,
    mut visit: impl FnMut(Piece<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let mut rest = text;
    while let Some(position) = brace(rest) {
        let (before, from_brace) = rest.split_at(position);
        if !before.is_empty() {
            visit(Piece::Literal(before))?;
        }
        let (piece, after) = if let Some(after) = from_brace.strip_prefix("{{") {
            (Piece::Literal("{"), after)
        } else if let Some(after) = from_brace.strip_prefix("}}") {
            (Piece::Literal("}"), after)
        } else if let Some(after) = from_brace.strip_prefix('{') {
            let (inside, after) = after.split_once('}').ok_or(TextError::Unclosed)?;
            (Piece::Placeholder(placeholder(inside)?), after)
        } else {
            return Err(TextError::Unopened.into());
        };
        visit(piece)?;
        rest = after;
    }
    match rest {
        "" => Ok(()),
        rest => visit(Piece::Literal(rest)),
    }
}

/// Doubles the braces of a text, so that it stands for itself.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

fn placeholder(inside: &str) -> Result<Placeholder<'_>, TextError> {
    match inside {
        "name" => Ok(Placeholder::Name),
        "agent" => Ok(Placeholder::Agent),
        "root" => Ok(Placeholder::Root),
        "dir" => Ok(Placeholder::Directory),
        _ => {
            let read = |word: &str| {
                let name = inside.strip_prefix(word)?.strip_prefix(' ')?.trim();
                (!name.is_empty() && name.find(DEFAULT).is_none()).then_some(name)
            };
            let secret = read("secret").map(Placeholder::Secret);
            let inherited = || read("inherit").map(Placeholder::Inherit);
            let read = secret.or_else(inherited).or_else(|| endpoint(inside));
            read.ok_or_else(|| TextError::Unknown(inside.to_owned()))
        }
    }
}

/// `url proxx`, `port`, `port :metrics`
fn endpoint(inside: &str) -> Option<Placeholder<'_>> {
    let (word, target) = inside.split_once(' ').unwrap_or((inside, ""));
    let part = EndpointPart::from_word(word)?;
    Some(Placeholder::Endpoint(part, Target::read(target.trim())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces, with literals beside each other joined.
    fn pieces(text: &str) -> Result<Vec<String>, TextError> {
        let mut pieces: Vec<String> = Vec::new();
        let mut joining = false;
        each_piece(text, |piece| {
            match (piece, pieces.last_mut()) {
                (Piece::Literal(literal), Some(last)) if joining => last.push_str(literal),
                (Piece::Literal(literal), _) => pieces.push(literal.to_owned()),
                (Piece::Placeholder(placeholder), _) => pieces.push(format!("<{placeholder:?}>")),
            }
            joining = matches!(piece, Piece::Literal(_));
            Ok(())
        })?;
        Ok(pieces)
    }

    #[test]
    fn placeholders_and_braces_are_told_apart() {
        assert_eq!(pieces("plain").unwrap(), ["plain"]);
        assert_eq!(pieces("").unwrap(), [""; 0]);
        assert_eq!(
            pieces("./logs/{name}-{{{agent}}}.log").unwrap(),
            ["./logs/", "<Name>", "-{", "<Agent>", "}.log"]
        );
        assert_eq!(
            pieces("mongodb://bot:{secret DB_PASSWORD}@db").unwrap(),
            ["mongodb://bot:", "<Secret(\"DB_PASSWORD\")>", "@db"]
        );
        assert_eq!(pieces("{inherit HOME}/.cache").unwrap(), ["<Inherit(\"HOME\")>", "/.cache"]);
    }

    #[test]
    fn a_brace_alone_is_refused() {
        assert_eq!(pieces("a { b"), Err(TextError::Unclosed));
        assert_eq!(pieces("a } b"), Err(TextError::Unopened));
        assert_eq!(pieces(r#"{"a": 1}"#), Err(TextError::Unknown("\"a\": 1".into())));
        assert_eq!(pieces("{secret }"), Err(TextError::Unknown("secret ".into())));
        assert_eq!(pieces("{inherit}"), Err(TextError::Unknown("inherit".into())));
        for text in ["{inherit A:-x}", "{secret A || x}", "{inherit A ?? x}"] {
            let inside = text.trim_matches(['{', '}']);
            assert_eq!(pieces(text), Err(TextError::Unknown(inside.into())));
        }
    }

    #[test]
    fn a_placeholder_names_an_endpoint() {
        let read = |text| {
            let mut found = None;
            each_piece(text, |piece| {
                found = Some(piece);
                Ok::<(), TextError>(())
            })?;
            Ok::<_, TextError>(found)
        };
        let own = Placeholder::Endpoint(EndpointPart::Port, Target::default());
        assert_eq!(read("{port}"), Ok(Some(Piece::Placeholder(own))));
        let metrics = Target { endpoint: Some("metrics"), ..Target::default() };
        let metrics = Placeholder::Endpoint(EndpointPart::Port, metrics);
        assert_eq!(read("{port :metrics}"), Ok(Some(Piece::Placeholder(metrics))));
        assert_eq!(read("{port:metrics}"), Err(TextError::Unknown("port:metrics".into())));
        assert_eq!(read("{url a b}"), Err(TextError::Unknown("url a b".into())));
        assert_eq!(read("{uri web}"), Err(TextError::Unknown("uri web".into())));
    }

    #[test]
    fn an_escaped_text_stands_for_itself() {
        let text = r#"{"a": {"b": 1}}"#;
        assert_eq!(pieces(&escape(text)).unwrap(), [text]);
    }
}
