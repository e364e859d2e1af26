//! The files of Promethean's own system, as its examples share them.

pub mod base;
pub mod discord;
pub mod duck;
pub mod infra;
pub mod owl;
