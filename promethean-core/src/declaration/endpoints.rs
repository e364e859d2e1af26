//! Where a unit listens, and how others refer to it.

use smol_str::SmolStr;

use crate::json::object;
use crate::kind::EndpointPart;
use crate::reference::Target;
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

/// `listen metrics: http 9100;`
#[derive(Clone, Debug, PartialEq)]
pub struct Listen {
    /// The name of the endpoint; the one without a name sets PORT.
    pub name: Option<Spanned<SmolStr>>,
    /// The scheme of its URL.
    pub scheme: Option<Spanned<SmolStr>>,
    /// A port, the word `auto`, a text `HOST:PORT`, or an expression.
    pub at: Spanned<Value>,
}

impl Listen {
    /// The name of the endpoint; empty for the one without.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_ref().map_or("", |name| name.as_str())
    }

    /// Where it begins, as far as it has a place.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.name.as_ref().or(self.scheme.as_ref()).map_or(self.at.span_id, |name| name.span_id)
    }
}

/// `url proxx:metrics "/v1"`
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointReference {
    /// What of the endpoint.
    pub part: Spanned<EndpointPart>,
    /// The path of another ecosystem; `None` for this one.
    pub ecosystem: Option<Spanned<SmolStr>>,
    /// A unit, or an agent and its service.
    pub unit: Vec<Spanned<SmolStr>>,
    /// The name of the endpoint.
    pub endpoint: Option<Spanned<SmolStr>>,
    /// What is appended to a URL.
    pub append: Option<Spanned<SmolStr>>,
}

impl EndpointReference {
    /// The endpoint that it names.
    #[must_use]
    pub fn target(&self) -> Target<'_> {
        let (agent, unit) = match self.unit.as_slice() {
            [agent, unit, ..] => (Some(agent.as_str()), Some(unit.as_str())),
            [unit] => (None, Some(unit.as_str())),
            [] => (None, None),
        };
        Target {
            ecosystem: self.ecosystem.as_ref().map(|path| path.as_str()),
            agent,
            unit,
            endpoint: self.endpoint.as_ref().map(|name| name.as_str()),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn written(&self) -> String {
        let endpoint = self.endpoint.as_ref().map(|name| format!(":{}", name.value));
        let append = self.append.as_ref().map(|text| format!(" {:?}", text.as_str()));
        let (part, unit) = (self.part.word(), self.target().unit_text());
        format!("{part} {unit}{}{}", endpoint.unwrap_or_default(), append.unwrap_or_default())
    }

    /// Where the unit is written.
    #[must_use]
    pub fn unit_span(&self) -> SpanId {
        let last = self.unit.last().or(self.ecosystem.as_ref());
        last.map_or(self.part.span_id, |name| name.span_id)
    }

    /// Where the endpoint is written: its name, else the unit.
    #[must_use]
    pub fn endpoint_span(&self) -> SpanId {
        self.endpoint.as_ref().map_or_else(|| self.unit_span(), |name| name.span_id)
    }
}

object!(Listen { name[?], scheme[?], at });
object!(EndpointReference { part, ecosystem[? "in"], unit, endpoint[?], append[?] });
