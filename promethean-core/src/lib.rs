//! The meaning of Promethean's language. It knows no tokens and starts no processes.
//!
//! What enters is a declaration: an ecosystem as it was written, built by the `ecosystem!` macro, by
//! an importer, from JSON or by a program. What leaves is a problem in its place, or a system of
//! apps, and from that PM2's configuration, launch commands and pictures. In the order in which
//! data passes:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`mark`] | places in the source of a declaration |
//! | [`foreign`], [`list`] | text from outside, as a person may see it; several names in a sentence |
//! | [`number`], [`cron`], [`suggest`], [`value`], [`text`], [`expression`] | what stands behind an attribute's name |
//! | [`attribute`], [`pm2`], [`reserved`] | the table of all attributes; what PM2 does by itself; names that no variable can have |
//! | [`declaration`], [`blocks`], [`instance`] | the model, all its blocks, and the services it stands for |
//! | [`ecosystem`] | the handle that the macro expands to |
//! | [`probe`] | how to find out that something is ready |
//! | [`problem`] | what can be wrong, in words |
//! | [`check`] | the rules over one declaration |
//! | [`across`] | the rules over several declarations, which rustc evaluates |
//! | [`resolve`] | from ecosystems to apps: names, layers, paths, profiles, dependencies, order |
//! | [`app`], [`runner`], [`paths`] | what a declaration comes to |
//! | [`secrets`] | what is read when it is needed and never written |
//! | [`emit`], [`command`] | PM2's configuration, launch commands, pictures, processes |
//!
//! A module imports those above it only.

#![deny(missing_docs)]

pub mod mark;

pub mod cron;
pub mod expression;
pub mod foreign;
pub mod list;
pub mod number;
pub mod suggest;
pub mod text;
pub mod value;

pub mod attribute;
pub mod blocks;
pub mod declaration;
pub mod instance;
pub mod pm2;
pub mod reserved;

pub mod ecosystem;

pub mod probe;
pub mod problem;

pub mod check;

pub mod across;

pub mod resolve;

pub mod app;
pub mod paths;
pub mod runner;

pub mod secrets;

pub mod command;
pub mod emit;
