//! What the tests and benchmarks share.

#[cfg(unix)]
pub mod axon;
pub mod dice;
pub mod effort;
pub mod files;
pub mod large;
pub mod mutate;
pub mod nested;
pub mod node;
pub mod picture;
pub mod pm2;
pub mod port;
pub mod python;
pub mod random;
pub mod side_by_side;
pub mod tmux;
