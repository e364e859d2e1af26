//! Many services.

use std::collections::BTreeSet;
use std::time::Instant;

use promethean::declaration::Declaration;
use promethean::operations::Target;
use promethean::{Ecosystem, Options};
use serde_json::json;

use super::scene::{Scene, on_both_engines};

on_both_engines! {
    two_hundred_services_go_up_and_down,
    a_chain_of_two_hundred_goes_down_link_by_link,
}

/// So many services, of which each depends on the one so many places before it.
fn layers(scene: &Scene, count: usize, width: usize) -> Target {
    let unit = |number: usize| {
        let mut block = json!({"settings": {"run": ["sleep", "100000"], "vizion": [false]}});
        if let Some(needed) = number.checked_sub(width) {
            block["depends_on"] = json!([{"unit": [format!("service-{needed}")]}]);
        }
        json!({"service": {"kind": "script", "name": format!("service-{number}"), "block": block}})
    };
    let units: Vec<_> = (0..count).map(unit).collect();
    let declaration: Declaration =
        serde_json::from_value(json!({"name": "many", "units": units})).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, scene.root().to_string(), &[]);
    Target::new(&ecosystem, &Options::default()).unwrap()
}

fn two_hundred_services_go_up_and_down(mut scene: Scene) {
    let target = layers(&scene, 200, 20);
    scene.up(&target).unwrap();
    let pids: BTreeSet<u64> =
        scene.processes().into_values().flatten().map(|(pid, ..)| pid).collect();
    assert_eq!(pids.len(), 200);
    assert!(scene.plan(&target).is_empty());
    let down = scene.down(&target);
    assert_eq!(down.stopped.len(), 200);
    let position = |number: usize| {
        down.stopped.iter().position(|app| *app == format!("service-{number}")).unwrap()
    };
    assert!(position(199) < position(179) && position(20) < position(0));
    assert!(scene.processes().is_empty());
}

/// Each of two hundred services depends on the one before it.
fn a_chain_of_two_hundred_goes_down_link_by_link(mut scene: Scene) {
    let target = layers(&scene, 200, 1);
    let start = Instant::now();
    scene.up(&target).unwrap();
    let up = start.elapsed();
    let start = Instant::now();
    let down = scene.down(&target);
    println!("up {up:?}, down {:?}", start.elapsed());
    let expected: Vec<String> = (0..200).rev().map(|number| format!("service-{number}")).collect();
    assert_eq!(down.stopped, expected);
    assert!(scene.processes().is_empty());
}
