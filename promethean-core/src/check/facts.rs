//! What other ecosystems have to know of a service.

use super::layers::Layers;
use crate::problem::Endless;
use crate::service_facts::bit;

/// What is known of a service, outside all profiles.
pub(crate) struct Facts {
    /// Its port, where it may not share it.
    pub(crate) port: Option<u32>,
    /// Whether it may share its ports.
    pub(crate) shares_ports: bool,
    /// Whether it certainly has no probe.
    pub(crate) without_probe: bool,
    /// Why it never completes, where it certainly does not.
    pub(crate) endless: Option<Endless>,
    /// Whether its name may be similar to another one.
    pub(crate) allows_similar_names: bool,
}

pub(crate) fn of(layers: &Layers<'_>) -> Facts {
    let facts = layers.facts(None);
    let shares = layers.allows("port-conflict");
    Facts {
        port: Some(facts.loopback_port()).filter(|port| *port != 0 && !shares),
        shares_ports: shares,
        without_probe: facts.lacks(bit::READY),
        endless: facts.endless(),
        allows_similar_names: layers.allows("similar-names"),
    }
}
