//! The meaning of Promethean's language. It knows no tokens and starts no processes.
//!
//! What enters is a declaration: an ecosystem as it was written, built by the `ecosystem!` macro, by
//! an importer, from JSON or by a program. What leaves is a problem in its place, or a system of
//! apps, and from that PM2's configuration, launch commands and pictures. In the order in which
//! data passes:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`diagnostic`] | what is wrong, where, and what to do: data until it is printed |
//! | [`kind`] | the closed sets of words: kinds of service, runners, conditions, probes |
//! | [`mark`] | places in the source of a declaration |
//! | [`foreign`] | text from outside, as a person may see it |
//! | [`number`], [`cron`], [`suggest`], [`value`], [`text`], [`expression`] | what stands behind an attribute's name |
//! | [`attribute`], [`reserved`] | the table of all attributes; names that no variable can have |
//! | [`declaration`], [`blocks`], [`expanded_service`] | the model, all its blocks, and the services it stands for |
//! | [`ecosystem`] | the handle that the macro expands to |
//! | [`probe`] | how to find out that something is ready |
//! | [`problem`] | what can be wrong, in words |
//! | [`check`] | the rules over one declaration |
//! | [`const_check`] | the rules over several declarations, which rustc evaluates |
//! | [`resolve`] | from ecosystems to apps: names, layers, paths, profiles, dependencies, order |
//! | [`app`], [`paths`] | what a declaration comes to |
//! | [`secrets`] | what is read when it is needed and never written |
//! | [`emit`], [`command`] | PM2's configuration, launch commands, pictures, processes |
//!
//! A module imports those above it only.

#![deny(missing_docs)]

pub mod diagnostic;
pub mod kind;
pub mod mark;

pub mod cron;
pub mod expression;
pub mod foreign;
pub mod number;
pub mod suggest;
pub mod text;
pub mod value;

pub mod attribute;
pub mod blocks;
pub mod declaration;
pub mod expanded_service;
pub mod reserved;

pub mod ecosystem;

pub mod probe;
pub mod problem;

pub mod check;

pub mod const_check;

pub mod resolve;

pub mod app;
pub mod paths;

pub mod secrets;

pub mod command;
pub mod emit;
