//! Operations on the real PM2, and where they are not its own, on the embedded engine too: one body of
//! tests, with [`scene`] for both.

#![expect(clippy::needless_pass_by_value, reason = "a test has its scene, which ends with it")]

use promethean_test_support::side_by_side;

mod agreement;
mod alike;
mod boot;
mod changes;
mod checkouts;
mod clusters;
mod conventions;
mod crashes;
mod environment;
mod example;
mod failures;
mod faults;
mod foreign;
mod homes;
mod identity;
mod interrupts;
mod limits;
mod many;
mod neighbours;
mod numbers;
mod objects;
mod order;
mod owners;
mod ports;
mod profiles;
mod reserved;
mod restarts;
mod runtimes;
mod scene;
mod status;
mod status_command;
mod trust;
mod values;
mod versions;
mod waits;

/// These wait for tens of seconds, and do little else: for times to end, patience, looks every so often.
#[test]
fn what_takes_long() {
    side_by_side!(
        alike::what_uses_too_much_memory_restarts_the_same,
        clusters::a_lost_process_of_which_nothing_is_remembered_is_ended,
        clusters::a_process_that_a_living_daemon_has_lost_is_ended,
        crashes::a_daemon_that_hangs_does_not_keep_the_lock_of_a_killed_run,
        failures::a_daemon_that_is_gone_is_started_anew_and_one_that_hangs_is_told,
        faults::an_apply_beside_a_restart_by_hand_leaves_nothing_behind,
        faults::what_is_removed_has_the_time_to_end_that_it_was_started_with,
        limits::a_limit_of_processes_is_reported_on_the_embedded_engine,
        limits::a_limit_of_processes_is_reported_with_what_to_do,
        waits::a_probe_and_a_stop_that_take_long_are_told,
    );
}
