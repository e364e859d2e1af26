//! The meaning of Promethean's language. It knows no tokens and starts no processes.
//!
//! What enters is a declaration: an ecosystem as it was written, built by the `ecosystem!` macro, by
//! an importer, from JSON or by a program. What leaves is a problem in its place, or a system of
//! apps, and from that PM2's configuration, launch commands and pictures:
//!
//! ```
//! use promethean_core::check::{Surroundings, check};
//! use promethean_core::declaration::Declaration;
//! use promethean_core::ecosystem::Ecosystem;
//! use promethean_core::emit::{self, Config};
//! use promethean_core::resolve::Options;
//!
//! let json = r#"{"units": [{"service": {"kind": "node", "name": "web", "directory": "web"}}]}"#;
//! let declaration: Declaration = serde_json::from_str(json)?;
//! assert_eq!(check(&declaration, Surroundings::default()), []);
//! let ecosystem = Ecosystem::from_declaration(declaration, "/srv", &[]);
//! let system = ecosystem.resolve(&Options::default())?;
//! assert_eq!(system.apps[0].directory, "/srv/web");
//! let configuration = emit::json(&Config::new(&system));
//! assert!(configuration.contains(r#""cwd": "/srv/web""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The modules in the order in which data passes; a module imports only those above it:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`span_id`] | places in the source of a declaration |
//! | [`foreign`], [`list`], [`paths`], [`diagnostic`] | text from outside; several names in a sentence; paths as text; what is wrong, where, and what to do: data until it is printed |
//! | `json` | how the model is written and read |
//! | [`kind`] | the closed sets of words: kinds of service, runners, conditions, probes, parts of endpoints |
//! | [`suggest`], [`look_alike`], [`number`], [`cron`], `date_format`, [`value`], [`mod@reference`], [`text`], [`expression`] | what follows an attribute's name |
//! | [`attribute`], [`pm2`], [`reserved`] | the table of all attributes; what PM2 does by itself; names that no variable can have |
//! | [`known_secrets`] | names and texts that are known to be those of secrets |
//! | [`shell`] | what words are to a shell |
//! | [`other_tools`] | the words of other tools, and what to write instead |
//! | [`each`] | the files that `include each` matches |
//! | [`url`], [`address`] | URLs, hosts and ports, and what is wrong with them |
//! | [`declaration`], `machine`, [`endpoint`], [`expanded_service`], [`blocks`] | the model, the machines that its units run on, where they listen, the services it stands for, and all its blocks |
//! | [`ecosystem`], [`outdated`] | the handle that the macro expands to; whether its files are still the same |
//! | [`probe`] | how to find out that something is ready |
//! | [`problem`] | the rules, each declared once, and their messages |
//! | `service_facts` | the rules over one service, for the three stages that ask them |
//! | [`check`] | the checks of one declaration |
//! | [`const_check`] | the checks over several declarations, which rustc evaluates |
//! | [`app`] | what a declaration resolves to; no engine is known here |
//! | `pm2_app` | what PM2 does with an app |
//! | [`resolve`] | from ecosystems to apps: names, layers, paths, profiles, dependencies, order |
//! | [`secrets`] | what is read when it is needed and never written |
//! | [`emit`], [`command`] | PM2's configuration, launch commands, pictures, processes |

#![deny(missing_docs)]

pub mod span_id;

pub mod foreign;

pub mod list;

mod json;

pub mod paths;

pub mod diagnostic;

pub mod kind;

pub mod suggest;

pub mod look_alike;

pub mod number;

pub mod cron;
mod date_format;
pub mod expression;
pub mod reference;
pub mod text;
pub mod value;

pub mod attribute;

pub mod pm2;

pub mod reserved;

pub mod known_secrets;

pub mod shell;

pub mod other_tools;

pub mod each;

pub mod url;

pub mod address;

pub mod declaration;

pub(crate) mod machine;

pub mod endpoint;

pub mod expanded_service;

pub mod blocks;

pub mod ecosystem;

pub mod outdated;

pub mod probe;

pub mod problem;

pub(crate) mod service_facts;

pub mod check;

pub mod const_check;

pub mod app;

mod pm2_app;

pub mod resolve;

pub mod secrets;

pub mod emit;

pub mod command;

#[cfg(test)]
mod tour;
