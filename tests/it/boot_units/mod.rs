//! The units that `boot` writes, as those read them who run them.

mod cron;
mod launchd;
mod sample;
mod systemd;

use promethean::boot::Boot;

#[test]
fn a_unit_is_known_again_by_name_and_root() {
    let here = sample::boot("x");
    let there = Boot { root: "/srv/another".into(), ..here.clone() };
    for unit in [here.systemd().unwrap(), here.launchd().unwrap()] {
        assert!(here.wrote(&unit) && !there.wrote(&unit), "{unit}");
    }
    let odd = Boot { name: "a--b\\".to_owned(), root: "/srv\n-->\\".into(), ..here };
    assert_eq!(odd.unit(), "promethean-a--b-");
    for unit in [odd.systemd().unwrap(), odd.launchd().unwrap()] {
        assert!(odd.wrote(&unit), "{unit}");
    }
}
