//! All integration tests, linked once.
//!
//! | modules | what they hold |
//! | --- | --- |
//! | `ahead` | what waits most of its time, all at once |
//! | `architecture` | which module knows which |
//! | `english` | the words of what a person reads |
//! | `language`, `endpoints`, `design` | the language, construct by construct |
//! | `compile_errors`, `documents`, `reference`, `json`, `readme`, `many_files`, `tutorial` | what the compiler says, and what the documents show |
//! | `fallbacks` | chains with `or`: Node, a shell and our own reading agree |
//! | `pm2_files`, `oracle`, `pm2_validator`, `javascript`, `launch` | what is emitted, against PM2, Node and a shell |
//! | `preflight`, `readiness`, `logs`, `logs_follow` | the parts of a running system |
//! | `page` | somebody who does what a page of the documents says |
//! | `program`, `completions` | the program of the example, and what shells and `man` know of it |
//! | `boot_units` | the units that `boot` writes |
//! | `memory_engine` | the operations on an engine in memory: random systems, random faults |
//! | `distributed` | real Supervisors with Supvisors on machines, each a network namespace |
//! | `embedded` | the whole, on the embedded engine |
//! | `supervisor_machine` | the embedded engine's state machine, in every order and against PM2's own code |
//! | `supervisor_watch` | the globs that it watches, against those of PM2's watcher |
//! | `operations`, `real_pm2`, `logs_pm2` | the whole, on the real PM2 |
//! | `zones` | engines whose time zone is another one than that of whoever asks |
//! | `demo` | the example's profile `demo`, as the README shows it |
//! | `exec` | programs in the place of services |
//! | `published` | what a release needs |
//! | `format`, `import`, `each`, `templates` | the `promethean` program; projects of many files |

mod ahead;
mod architecture;
mod boot_units;
mod compile_errors;
mod completions;
#[cfg(target_os = "linux")]
mod demo;
mod design;
#[cfg(target_os = "linux")]
mod distributed;
mod documents;
mod each;
#[cfg(target_os = "linux")]
mod embedded;
mod endpoints;
mod english;
#[cfg(unix)]
mod exec;
mod fallbacks;
mod format;
mod import;
mod javascript;
mod json;
mod language;
mod launch;
mod logs;
mod logs_follow;
mod logs_pm2;
mod machines;
mod many_files;
mod memory_engine;
mod operations;
mod oracle;
mod page;
mod pm2_facts;
mod pm2_files;
mod pm2_validator;
mod preflight;
mod program;
mod published;
mod readiness;
mod readme;
mod real_pm2;
mod reference;
mod supervisor_machine;
mod supervisor_watch;
#[cfg(unix)]
mod supervisord;
mod templates;
mod tutorial;
#[cfg(unix)]
mod zones;
