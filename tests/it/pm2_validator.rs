//! What is emitted passes PM2's own validator, with no error and no key dropped.

use std::cell::RefCell;
use std::process::Command;

use promethean::cron::{CronError, Moment, Pattern};
use promethean::emit::{self, Config};
use promethean::{Ecosystem, Options, System};
use promethean_test_support::node::Oracle;
use promethean_test_support::random;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::program;

fn complaints(oracle: &mut Oracle, config: &Value) -> Vec<String> {
    let answers = oracle.validate(config);
    let apps = config["apps"].as_array().expect("a list of apps");
    let answers = answers.as_array().expect("an answer for each app");
    assert_eq!(apps.len(), answers.len());
    let silent = json!({"errors": [], "dropped": []});
    let loud = apps.iter().zip(answers).filter(|(_, answer)| **answer != silent);
    loud.map(|(app, answer)| format!("{}: {answer}", app["name"])).collect()
}

#[test]
fn the_example_passes() {
    for profile in [None, Some("flock"), Some("system"), Some("demo")] {
        let mut command = Command::new(program::example());
        command.arg("pm2");
        command.args(profile.iter().flat_map(|profile| ["--profile", profile]));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let config: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(complaints(&mut Oracle::start(), &config), [""; 0]);
    }
}

#[test]
fn the_validator_complains_when_it_should() {
    let config = json!({"apps": [{"name": "a", "script": "b", "min_uptime": 1, "wach": true}]});
    let complaints = complaints(&mut Oracle::start(), &config);
    assert!(
        complaints[0].contains("min_uptime") && complaints[0].contains("wach"),
        "{complaints:?}"
    );
}

fn system(declaration: promethean::declaration::Declaration) -> System {
    let problems =
        promethean::check::check(&declaration, promethean::check::Surroundings::default());
    assert_eq!(problems, []);
    let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
    ecosystem.resolve(&Options::default()).unwrap()
}

#[test]
fn random_ecosystems_pass() {
    let oracle = RefCell::new(Oracle::start());
    let mut runner = TestRunner::new(random::cases(3_000));
    runner
        .run(&random::declaration(), |declaration| {
            let system = system(declaration);
            let json = emit::json(&Config::new(&system));
            let config: Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(complaints(&mut oracle.borrow_mut(), &config), [""; 0]);
            Ok(())
        })
        .unwrap();
}

#[test]
fn yaml_is_the_same_to_pm2_as_json() {
    let oracle = RefCell::new(Oracle::start());
    let mut runner = TestRunner::new(random::cases(500));
    runner
        .run(&random::declaration(), |declaration| {
            let system = system(declaration);
            let config = Config::new(&system);
            let json: Value = serde_json::from_str(&emit::json(&config)).unwrap();
            let yaml = oracle.borrow_mut().yaml(&emit::yaml(&config));
            prop_assert_eq!(&yaml["config"], &json);
            Ok(())
        })
        .unwrap();
}

/// Patterns that are right, and such as somebody mistyped.
fn cron_pattern() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        8 => "[0-9]{1,2}",
        8 => Just("*".to_owned()),
        2 => Just("?".to_owned()),
        2 => Just("L".to_owned()),
        4 => "[0-9]{1,2}-[0-9]{1,2}",
        4 => "\\*/[0-9]{1,2}",
        2 => "[0-9]{1,2}/[0-9]{1,2}",
        2 => "[0-9]{1,2}-[0-9]{1,2}/[0-9]{1,2}",
        2 => "[0-9]{1,2},[0-9]{1,2}",
        2 => "(jan|FEB|mar|Dec|sun|MON|wed|sat)(-(jun|fri|sep))?",
        1 => "[0-9*/,a-z-]{1,5}",
    ];
    prop_oneof![
        20 => prop::collection::vec(value, 4..8).prop_map(|parts| parts.join(" ")),
        1 => "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?",
    ]
}

#[test]
fn what_a_short_february_does_to_pm2_is_known() {
    let mut oracle = Oracle::start();
    for days in ["*", "*/2", "*/10", "1,29", "1,30", "1,31", "2,31", "3,31", "28-31", "L"] {
        for rest in ["* *", "2 *", "2,3 *", "* 6", "*/2 *"] {
            let pattern = format!("30 4 {days} {rest}");
            let ours: Pattern = pattern.parse().unwrap();
            for (year, day) in [2031, 2032].into_iter().flat_map(|year| [(year, 1), (year, 28)]) {
                let after = Moment { year, month: 2, day, hour: 5, minute: 0, second: 0 };
                let theirs = oracle.cron_after(&pattern, &written(after));
                let next = ours.next(after).map(written);
                assert_eq!(theirs["next"].as_str(), next.as_deref(), "{pattern} {after:?}");
            }
        }
    }
}

/// As Node writes it.
fn written(moment: Moment) -> String {
    let Moment { year, month, day, hour, minute, second } = moment;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

#[test]
fn the_next_run_is_the_one_of_pm2() {
    let oracle = RefCell::new(Oracle::start());
    let moment = (2026..2040_u32, 1..=12_u32, 1..=28_u32, 0..24_u32, 0..60_u32, 0..60_u32)
        .prop_map(|(year, month, day, hour, minute, second)| Moment {
            year,
            month,
            day,
            hour,
            minute,
            second,
        });
    let mut runner = TestRunner::new(random::cases(3_000));
    runner
        .run(&(cron_pattern(), moment), |(pattern, after)| {
            let Ok(ours) = pattern.parse::<Pattern>() else { return Ok(()) };
            // What `?` stands for changes with the day.
            if !ours.comes() || pattern.contains([':', '?']) {
                return Ok(());
            }
            let theirs = oracle.borrow_mut().cron_after(&pattern, &written(after));
            let next = ours.next(after).map(written);
            prop_assert_eq!(theirs["next"].as_str(), next.as_deref(), "{:?}", after);
            Ok(())
        })
        .unwrap();
}

#[test]
fn cron_patterns_are_those_of_pm2() {
    let oracle = RefCell::new(Oracle::start());
    let mut runner = TestRunner::new(random::cases(5_000));
    runner
        .run(&cron_pattern(), |written| {
            let ours = written.parse::<Pattern>();
            // Here croner reads what nobody meant.
            if let Err(CronError::Misread { .. }) = &ours {
                return Ok(());
            }
            // Where a step leaves nothing of a part, it searches for ever.
            if ours.as_ref().is_ok_and(|pattern| !pattern.comes()) && written.contains('/') {
                return Ok(());
            }
            let theirs = oracle.borrow_mut().cron(&written);
            prop_assert_eq!(ours.is_ok(), theirs.get("error").is_none(), "{}", theirs);
            // A date may lie in the past, and what `?` stands for changes with the day.
            if let Ok(pattern) = ours
                && !written.contains([':', '?'])
            {
                prop_assert_eq!(pattern.comes(), !theirs["next"].is_null(), "{}", theirs);
            }
            Ok(())
        })
        .unwrap();
}
