//! What would hold up the others. The harness starts tests in the order of their names, and so these first.

use promethean_test_support::{scenarios, side_by_side};

use crate::import::{configurations, crates};
use crate::operations::{
    agreement, alike, clusters, crashes, failures, faults, identity, limits, numbers, reserved,
    restarts, waits,
};
#[cfg(target_os = "linux")]
use crate::{distributed, embedded};
use crate::{each, import, many_files, published, readme, reference, templates, tutorial};

/// Asks for those scenarios alone whose names contain its value.
const VARIABLE: &str = "PROMETHEAN_SCENARIO";

fn run(at_once: usize, scenarios: impl IntoIterator<Item = (String, fn()), IntoIter: Send>) {
    let wanted = std::env::var(VARIABLE).unwrap_or_default();
    let wanted = scenarios.into_iter().filter(|(name, _)| name.contains(&wanted));
    side_by_side::run(at_once, wanted);
}

/// Crates that tests build in one target directory, one after the other: Cargo locks it.
#[test]
fn what_builds() {
    let scenarios = scenarios![
        import::every_file_compiles,
        configurations::random_configurations_mean_the_same,
        crates::a_new_crate_comes_up_by_what_is_said_to_be_next,
        crates::a_new_crate_of_a_configuration_comes_up_by_what_is_said_to_be_next,
        crates::every_directory_gets_a_crate_that_cargo_takes,
        each::a_project_of_many_files_is_compiled_as_a_whole,
        many_files::a_reader_has_thirty_services_that_find_each_other,
        published::each_crate_says_what_it_is_and_can_be_packaged,
        readme::a_newcomer_has_a_running_system,
        readme::a_project_of_pm2_comes_over,
        readme::the_definition_at_the_top_compiles,
        reference::the_examples_of_the_documents_compile,
        reference::the_ten_mistakes_are_errors_and_their_fixes_compile,
        templates::each_template_is_a_running_system,
        tutorial::a_newcomer_goes_from_nothing_to_a_system_of_two_agents,
    ];
    run(1, scenarios);
}

/// These wait most of their time: for times to end, patience, looks every so often. Several run at once, those that
/// wait longest first.
#[test]
fn what_waits() {
    let operations = scenarios![
        agreement::embedded::check_is_ready_where_up_succeeds,
        agreement::embedded::random_systems_come_up_exactly_where_check_is_ready,
        agreement::on_pm2::check_is_ready_where_up_succeeds,
        agreement::on_pm2::random_systems_come_up_exactly_where_check_is_ready,
        alike::schedules_restart_the_same_at_the_same_times,
        alike::what_uses_too_much_memory_restarts_the_same,
        clusters::a_lost_process_of_which_nothing_is_remembered_is_ended,
        clusters::a_process_that_a_living_daemon_has_lost_is_ended,
        clusters::embedded::a_new_process_that_fails_is_the_last_one_that_is_replaced,
        clusters::on_pm2::a_new_process_that_fails_is_the_last_one_that_is_replaced,
        crashes::a_daemon_that_hangs_does_not_keep_the_lock_of_a_killed_run,
        failures::a_daemon_that_is_gone_is_started_anew_and_one_that_hangs_is_told,
        faults::an_apply_beside_a_restart_by_hand_leaves_nothing_behind,
        faults::processes_are_found_again_when_the_clock_was_set,
        faults::what_an_app_has_started_and_left_ends_with_it,
        faults::what_is_removed_has_the_time_to_end_that_it_was_started_with,
        faults::what_was_ready_stays_so_when_its_log_is_emptied,
        identity::whoever_the_neighbours_are_only_what_is_meant_is_ended,
        limits::a_limit_of_processes_is_reported_on_the_embedded_engine,
        limits::a_limit_of_processes_is_reported_with_what_to_do,
        numbers::embedded::a_cluster_keeps_its_numbers_whatever_changes,
        numbers::on_pm2::a_cluster_keeps_its_numbers_whatever_changes,
        reserved::every_other_name_of_pm2s_schema_reaches_the_process_and_changes_nothing,
        restarts::what_is_given_up_stays_so_when_its_counts_are_reset,
        waits::a_probe_and_a_stop_that_take_long_are_told,
    ];
    #[cfg(not(target_os = "linux"))]
    let of_linux: [(String, fn()); 0] = [];
    #[cfg(target_os = "linux")]
    let of_linux = scenarios![
        // Each has a network of its own, and waits for Supvisors' rounds of five seconds.
        distributed::a_system_runs_on_three_machines_and_survives_the_loss_of_one,
        distributed::example::promethean_itself_runs_with_duck_where_an_npu_is,
        distributed::remote::the_machines_are_asked_and_told_from_one_place,
        distributed::the_page_leads_from_nothing_to_a_failover,
        embedded::boot::a_unit_whose_engine_is_killed_is_restarted,
        embedded::clusters::a_killed_primary_leaves_no_member_and_another_one_follows,
        embedded::clusters::a_member_that_ends_restarts_and_others_join_and_leave,
        embedded::commands::changes_schedules_and_memory_restart_what_runs,
        embedded::commands::what_ends_too_early_restarts_and_is_counted,
        embedded::connections::an_engine_whose_socket_is_gone_is_waited_for,
        embedded::ends::what_has_left_everything_ends_with_its_app_and_not_only_with_the_engine,
        embedded::foreground::an_engine_that_is_killed_is_told_and_is_a_failure,
        embedded::foreground::what_comes_up_right_after_a_killed_run_waits_for_its_end,
        embedded::foreground::what_waits_for_its_next_restart_has_not_failed_yet,
    ];
    run(8, of_linux.into_iter().chain(operations));
}
