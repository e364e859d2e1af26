//! The units that `boot` writes, as those read them who run them.

mod cron;
mod launchd;
mod sample;
mod systemd;

use std::collections::BTreeSet;

use promethean::boot::Boot;
use proptest::prelude::*;

#[test]
fn a_unit_is_known_again_by_name_and_root() {
    let here = sample::boot("x");
    let there = Boot { root: "/srv/another".into(), ..here.clone() };
    for unit in [here.systemd().unwrap(), here.launchd().unwrap()] {
        assert!(here.wrote(&unit) && !there.wrote(&unit), "{unit}");
    }
    let in_crate = |directory: &str, item: &str| Boot {
        name: "src/main.rs".to_owned(),
        package: Some(directory.into()),
        item: Some(item.to_owned()),
        ..here.clone()
    };
    let [first, second] = ["FIRST", "SECOND"].map(|item| in_crate("/home/me/web", item));
    let unit = first.systemd().unwrap();
    assert!(first.wrote(&unit) && !second.wrote(&unit) && !here.wrote(&unit));
    let odd = Boot { name: "a--b\\".to_owned(), root: "/srv\n-->\\".into(), ..here };
    assert_eq!(odd.unit(), "promethean-a--b-");
    for unit in [odd.systemd().unwrap(), odd.launchd().unwrap()] {
        assert!(odd.wrote(&unit), "{unit}");
    }
}

#[test]
fn the_unit_of_a_system_without_a_name_is_its_own() {
    let of = |directory: &str, item: &str, root: &str| Boot {
        name: "src/main.rs".to_owned(),
        package: Some(directory.into()),
        item: Some(item.to_owned()),
        root: root.into(),
        ..sample::boot("x")
    };
    let systems = [
        of("/home/me/web", "SYSTEM", "/home/me/web"),
        of("/home/me/other/web", "SYSTEM", "/home/me/web"),
        of("/home/me/web", "SYSTEM", "/srv/web"),
        of("/home/me/web", "SECOND", "/home/me/web"),
    ];
    let names: BTreeSet<String> = systems.iter().map(Boot::unit).collect();
    assert_eq!(names.len(), systems.len(), "{names:?}");
    // It says which crate, and is the same with every version of Rust.
    assert_eq!(systems[0].unit(), "promethean-web-5654c037");
}

/// A comment of a unit, as XML and systemd read it, holds the mark.
fn is_one_comment(boot: &Boot) {
    let launchd = boot.launchd().unwrap();
    let (_, rest) = launchd.split_once("<!--").unwrap();
    let (comment, rest) = rest.split_once("--").unwrap();
    assert!(rest.starts_with(">\n<plist") && !comment.ends_with('-'), "{launchd}");
    let systemd = boot.systemd().unwrap();
    let (first, rest) = systemd.split_once('\n').unwrap();
    assert!(first.starts_with('#') && !first.ends_with('\\'), "{systemd}");
    assert!(rest.starts_with("[Unit]\n"), "{systemd}");
}

proptest! {
    #[test]
    fn the_mark_of_two_systems_is_never_one(
        one in "/[-_a%\\\\\n\u{1}é0-2d]{0,6}",
        other in "/[-_a%\\\\\n\u{1}é0-2d]{0,6}",
    ) {
        let [one, other] = [one, other].map(|root| Boot { root: root.into(), ..sample::boot("x") });
        is_one_comment(&one);
        for unit in [one.systemd().unwrap(), one.launchd().unwrap()] {
            prop_assert!(one.wrote(&unit), "{}", unit);
            prop_assert_eq!(other.wrote(&unit), one.root == other.root, "{}", unit);
        }
    }
}

#[test]
fn a_mark_shows_the_path_as_it_is() {
    let boot = |root: &str| Boot { root: root.into(), ..sample::boot("x") };
    let (dash, score) = (boot("/srv/my-x"), boot("/srv/my_x"));
    let unit = dash.systemd().unwrap();
    assert!(unit.lines().next().unwrap().ends_with(" in /srv/my-x"), "{unit}");
    assert!(!score.wrote(&unit));
}
