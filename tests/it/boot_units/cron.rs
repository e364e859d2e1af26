//! What cron reads in a line.

use std::process::Command;

use super::sample;

#[test]
#[cfg(unix)]
fn a_shell_reads_what_is_written() {
    let text = "100% \"mine\" $HOME & 'yours' \\ \\% ü";
    let boot = sample::boot(text);
    let line = boot.cron().unwrap();
    // What cron does to it: crontab(5).
    let line = line.strip_prefix("@reboot ").unwrap().replace("\\%", "%");
    let line = line.replacen("/bin/echo", "/usr/bin/printf '%s\\n'", 1);
    let output = Command::new("/bin/sh").args(["-c", &line]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().collect::<Vec<_>>(), sample::words(text)[1..], "{line}");
}

#[test]
fn cron_has_no_lines_within_lines() {
    assert_eq!(sample::boot("a\nb").cron(), None);
}
