//! PM2's configuration as YAML.

use super::Config;

/// Writes a configuration as YAML. Every string is quoted: PM2's reader (js-yaml) takes `on`,
/// `2020-01-01` or `1_000` for something else than text.
#[must_use]
pub fn yaml(config: &Config<'_>) -> String {
    let options = serde_saphyr::ser_options! { quote_all: true };
    let written = serde_saphyr::to_string_with_options(config, options);
    debug_assert!(written.is_ok(), "{:?}", written.as_ref().err());
    written.unwrap_or_default()
}
