//! What cron reads in a line.

use std::process::Command;

use super::sample;

#[test]
#[cfg(unix)]
fn a_shell_reads_what_is_written() {
    let text = "100% \"mine\" $HOME & 'yours' \\ \\% ü";
    // Nobody reads what a line of cron says, so that `run` goes to the background.
    let samples =
        [(sample::boot(text), vec!["up"]), (sample::embedded(text), vec!["run", "--detach"])];
    for (boot, command) in samples {
        let line = boot.cron().unwrap();
        // What cron does to it: crontab(5).
        let line = line.strip_prefix("@reboot ").unwrap().replace("\\%", "%");
        let line = line.replacen("/bin/echo", "/usr/bin/printf '%s\\n'", 1);
        let output = Command::new("/bin/sh").args(["-c", &line]).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let words = [command.as_slice(), &sample::words(text)[2..]].concat();
        assert_eq!(told.lines().collect::<Vec<_>>(), words, "{line}");
        let variable = "/usr/bin/printenv PATH";
        let line = line.split("/usr/bin/printf").next().unwrap().to_owned() + variable;
        let output = Command::new("/bin/sh").args(["-c", &line]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{text}\n"), "{line}");
    }
}

#[test]
fn cron_has_no_lines_within_lines() {
    for sample in [sample::boot, sample::embedded] {
        assert_eq!(sample("a\nb").cron(), None);
    }
}
