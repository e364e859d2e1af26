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
    let [first, second] =
        ["FIRST", "SECOND"].map(|item| Boot { item: Some(item.to_owned()), ..here.clone() });
    let units = [&here, &first].map(|boot| boot.systemd().unwrap());
    assert!(first.wrote(&units[0]), "an earlier version wrote it");
    assert!(first.wrote(&units[1]) && !second.wrote(&units[1]) && !here.wrote(&units[1]));
    let odd = Boot { name: "a--b\\".to_owned(), root: "/srv\n-->\\".into(), ..here };
    assert_eq!(odd.unit(), "promethean-a--b-");
    for unit in [odd.systemd().unwrap(), odd.launchd().unwrap()] {
        assert!(odd.wrote(&unit), "{unit}");
    }
}
