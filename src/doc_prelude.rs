// What the examples of the reference share.
#[allow(unused_imports)]
use promethean::{Ecosystem, Options, ecosystem, emit::Config};
#[allow(unused_imports)]
use serde_json::json;

/// The apps of PM2's configuration, with the root of the example as `/repo`.
#[allow(dead_code)]
fn apps_for(ecosystem: &Ecosystem, profile: Option<&str>) -> serde_json::Value {
    let options = Options {
        root: Some("/repo".into()),
        profile: profile.map(str::to_owned),
        ..Options::default()
    };
    let system = ecosystem.resolve(&options).unwrap_or_else(|error| panic!("{error}"));
    serde_json::to_value(Config::new(&system)).unwrap()["apps"].clone()
}

#[allow(dead_code)]
fn apps(ecosystem: &Ecosystem) -> serde_json::Value {
    apps_for(ecosystem, None)
}
