//! Where a unit listens: what its blocks say together, and which endpoint a reference means.

use smol_str::SmolStr;

use crate::address::{self, Address, LOOPBACK};
use crate::declaration::{Block, Listen};
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

/// The variable that says a service its port: `port`, and `listen` without a name, set it.
pub const PORT: &str = "PORT";

/// The port that the text of [`PORT`] is; `None` where it is none.
pub(crate) fn port_of(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|port| *port > 0)
}

/// The word for a port that is derived.
pub const AUTO: &str = "auto";

/// An endpoint as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    /// Its name; empty for the one without, which is that of `port`, too.
    pub(crate) name: &'a str,
    pub(crate) scheme: Option<&'a Spanned<SmolStr>>,
    pub(crate) at: &'a Spanned<Value>,
    /// Whether it is written as `port`.
    pub(crate) is_port: bool,
}

impl<'a> Written<'a> {
    pub(crate) fn of(listen: &'a Listen) -> Written<'a> {
        let Listen { scheme, at, .. } = listen;
        Written { name: listen.name(), scheme: scheme.as_ref(), at, is_port: false }
    }

    /// The endpoint that `port` declares.
    pub(crate) fn of_port(at: &'a Spanned<Value>) -> Written<'a> {
        Written { name: "", scheme: None, at, is_port: true }
    }

    /// Where it listens, as far as that is written.
    pub(crate) fn place(&self) -> Place {
        place(&self.at.value)
    }

    /// The number of the host that it listens on ([`address::place`]), as far as that is written: a port
    /// that is derived is one of its own machine only.
    pub(crate) fn host(&self) -> u32 {
        match self.place() {
            Place::At(Address { host, .. }) => address::place(host.as_bytes()),
            Place::Auto | Place::Unknown => address::place(LOOPBACK.as_bytes()),
        }
    }

    pub(crate) fn span_id(&self) -> SpanId {
        self.at.span_id
    }
}

/// Where an endpoint listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At this address.
    At(Address),
    /// On a port that is derived.
    Auto,
    /// An expression says it, or it is a mistake.
    Unknown,
}

/// Where a value of `listen`, or of `port`, says that something listens.
pub(crate) fn place(value: &Value) -> Place {
    match value {
        Value::Integer(port) => match u16::try_from(*port) {
            Ok(port) if port != 0 => Place::At(Address { host: LOOPBACK.into(), port }),
            Ok(_) | Err(_) => Place::Unknown,
        },
        Value::Text(text) => Address::read(text).map_or(Place::Unknown, Place::At),
        Value::Word(word) if word == AUTO => Place::Auto,
        Value::Float(_)
        | Value::Boolean(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Word(_)
        | Value::Expression(_) => Place::Unknown,
    }
}

/// The endpoints of a unit, laid over each other by their names; each with something beside it.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints<'a, T>(pub(crate) Vec<(Written<'a>, T)>);

impl<T> Default for Endpoints<'_, T> {
    fn default() -> Self {
        Endpoints(Vec::new())
    }
}

impl<'a, T: Copy> Endpoints<'a, T> {
    /// Lays what a block says over the weaker ones.
    pub(crate) fn lay(&mut self, block: &'a Block, with: T) {
        for key in &block.unset {
            self.unset(key);
        }
        if let Some(port) = block.setting("port").and_then(|port| port.values().first()) {
            self.put(Written::of_port(port), with);
        }
        self.listen(&block.listen, with);
    }

    /// `unset listen` takes all endpoints away, `unset port` the one that sets PORT.
    pub(crate) fn unset(&mut self, key: &str) {
        match key {
            "listen" => self.0.clear(),
            "port" => self.0.retain(|(known, _)| !known.name.is_empty()),
            _ => {}
        }
    }

    /// Lays the endpoints of a block over those of weaker ones. Of two of one name, which is a
    /// mistake, the first counts.
    pub(crate) fn listen(&mut self, listen: &'a [Listen], with: T) {
        for (index, endpoint) in listen.iter().enumerate() {
            let mut before = listen.iter().take(index);
            if !before.any(|before| before.name() == endpoint.name()) {
                self.put(Written::of(endpoint), with);
            }
        }
    }

    /// Sets an endpoint.
    pub(crate) fn put(&mut self, endpoint: Written<'a>, with: T) {
        match self.0.iter_mut().find(|(known, _)| known.name == endpoint.name) {
            Some(known) => *known = (endpoint, with),
            None => self.0.push((endpoint, with)),
        }
    }
}

/// Which of the endpoints of a unit a reference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The one at this position.
    One(usize),
    /// There is none of this name.
    Unknown,
    /// There are none.
    None,
    /// There are several, and none without a name.
    Several,
}

/// Chooses among endpoints by their names: the one of a name, or the one without, or the only one.
pub(crate) fn choose(names: &[&str], wanted: Option<&str>) -> Choice {
    let position = |wanted: &str| names.iter().position(|name| *name == wanted);
    match (wanted, names.len()) {
        (_, 0) => Choice::None,
        (Some(name), _) => position(name).map_or(Choice::Unknown, Choice::One),
        (None, 1) => Choice::One(0),
        (None, _) => position("").map_or(Choice::Several, Choice::One),
    }
}

/// Chooses among the endpoints of several units, by their names: the services of an agent. The position
/// counts through all of them. One that is named is meant wherever it is; without a name only the
/// endpoints of one unit can be meant.
pub(crate) fn choose_among(units: &[Vec<&str>], wanted: Option<&str>) -> Choice {
    let mut chosen = Choice::None;
    let mut first = 0;
    for names in units {
        let own = match choose(names, wanted) {
            Choice::One(index) => Choice::One(first + index),
            other => other,
        };
        first += names.len();
        chosen = match (chosen, own) {
            (chosen, Choice::None) => chosen,
            (Choice::None | Choice::Unknown, own) => own,
            (chosen, Choice::Unknown) => chosen,
            (Choice::One(_) | Choice::Several, Choice::One(_) | Choice::Several) => Choice::Several,
        };
    }
    chosen
}

/// How an endpoint of a unit is written: `proxx`, `proxx:metrics`.
pub(crate) fn qualified(unit: &str, endpoint: &str) -> String {
    match endpoint {
        "" => unit.to_owned(),
        endpoint => format!("{unit}:{endpoint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(endpoints: &Endpoints<'a, ()>) -> Vec<(&'a str, String)> {
        let all = endpoints.0.iter();
        all.map(|(endpoint, ())| (endpoint.name, endpoint.at.to_string())).collect()
    }

    #[test]
    fn endpoints_are_laid_over_each_other_by_name() {
        let blocks: Vec<Block> = serde_json::from_str(
            r#"[{"settings": {"port": [80]}, "listen": [{"name": "metrics", "at": 9100}]},
                {"listen": [{"scheme": "http", "at": {"word": "auto"}}]},
                {"unset": ["port"]},
                {"unset": ["listen"], "listen": [{"name": "a", "at": "0.0.0.0:1"}]}]"#,
        )
        .unwrap();
        let mut endpoints = Endpoints::default();
        let mut lay = |index: usize| {
            endpoints.lay(&blocks[index], ());
            names(&endpoints)
        };
        assert_eq!(lay(0), [("", "80".into()), ("metrics", "9100".to_owned())]);
        assert_eq!(lay(1), [("", "auto".into()), ("metrics", "9100".to_owned())]);
        assert_eq!(lay(2), [("metrics", "9100".to_owned())]);
        assert_eq!(lay(3), [("a", "\"0.0.0.0:1\"".to_owned())]);
    }

    #[test]
    fn a_reference_means_one_endpoint() {
        assert_eq!(choose(&[], None), Choice::None);
        assert_eq!(choose(&["metrics"], None), Choice::One(0));
        assert_eq!(choose(&["metrics", ""], None), Choice::One(1));
        assert_eq!(choose(&["metrics", "admin"], None), Choice::Several);
        assert_eq!(choose(&["metrics", "admin"], Some("admin")), Choice::One(1));
        assert_eq!(choose(&["metrics"], Some("admin")), Choice::Unknown);
        let units = [vec![], vec!["", "metrics"], vec!["admin"], vec!["log"]];
        assert_eq!(choose_among(&units, Some("admin")), Choice::One(2));
        assert_eq!(choose_among(&units, Some("none")), Choice::Unknown);
        assert_eq!(choose_among(&units, None), Choice::Several);
        assert_eq!(choose_among(&units[..2], None), Choice::One(0));
        assert_eq!(choose_among(&units[2..3], None), Choice::One(0));
        assert_eq!(choose_among(&units[..1], Some("x")), Choice::None);
        let alike = [vec!["metrics"], vec!["metrics"]];
        assert_eq!(choose_among(&alike, Some("metrics")), Choice::Several);
    }
}
