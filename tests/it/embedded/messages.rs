//! Programs of Node that send and get messages: `wait_ready`, `shutdown_with_message`.

use std::fs;

use super::scene::Scene;

#[test]
fn a_program_reports_that_it_is_ready_and_is_told_to_end() {
    let scene = Scene::new("messages");
    scene.succeed(&["up", "--engine", "embedded", "reports", "clustered"]);
    for name in ["reports", "clustered"] {
        assert_eq!(scene.state(name), "online");
    }
    scene.succeed(&["down"]);
    for name in ["reports", "clustered"] {
        let log = scene.engine().join(format!("logs/{name}-out.log"));
        assert_eq!(fs::read_to_string(log).unwrap(), "told: shutdown\n");
        let log = scene.engine_log();
        assert!(log.contains(&format!("{name}: exited with code 0")), "{log}");
        assert!(!log.contains(&format!("{name}: killed")), "{log}");
    }
    scene.is_gone();
}

#[test]
fn a_program_that_does_not_report_in_time_is_named() {
    let scene = Scene::new("messages");
    let output = scene.output(&["up", "--engine", "embedded", "silent"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("process.send('ready')"), "{said}");
    let log = scene.engine_log();
    assert!(log.contains("silent: online; it did not report in time that it is ready"), "{log}");
}
