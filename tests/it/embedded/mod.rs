//! The embedded engine, with real processes.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `scene` | a checkout of services, and an engine of its own |
//! | `commands` | the commands, on it |
//! | `ends` | nothing survives: `down`, and killed engines |
//! | `renamed` | an ecosystem that gets another name or directory while it runs |
//! | `foreground` | `run` |
//! | `live` | `ui` |
//! | `output` | what services say |
//! | `attributes` | what is said of attributes is true |
//! | `connections` | clients of every kind |
//! | `messages` | programs of Node that send and get messages |
//! | `clusters` | clusters of Node |
//! | `beyond` | what PM2 does not do: `alive`, `restarts`, `rotate` |
//! | `boot` | a machine that starts |

mod attributes;
mod beyond;
pub mod boot;
pub mod clusters;
pub mod commands;
pub mod connections;
pub mod ends;
pub mod foreground;
mod live;
mod messages;
mod output;
mod renamed;
mod scene;
