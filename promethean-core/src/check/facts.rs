//! What other ecosystems have to know of a service.

use super::dependencies::never_completes;
use super::layers::{Effective, Layers, row};
use crate::problem::Endless;

/// What is known of a service, outside all profiles.
pub(crate) struct Facts {
    /// Its port, where it has it in all profiles and may not share it.
    pub(crate) port: Option<i64>,
    /// Whether it certainly has no probe.
    pub(crate) without_probe: bool,
    /// Why it never completes, where it certainly does not.
    pub(crate) endless: Option<Endless>,
}

pub(crate) fn of(layers: &Layers<'_>) -> Facts {
    let shares = layers.only_profile().is_some() || layers.allows("port-conflict");
    let port = layers.setting(row::PORT, None).given().filter(|_| !shares);
    let port = port.and_then(|setting| setting.values().first()?.value.as_integer());
    Facts {
        port,
        without_probe: matches!(layers.probe(), Effective::Absent),
        endless: never_completes(layers, None),
    }
}
