//! What the tests and benchmarks share.

pub mod files;
pub mod node;
pub mod pm2;
pub mod random;
