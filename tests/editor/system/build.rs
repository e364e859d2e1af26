//! A file of `services` that comes or goes is a change.

fn main() {
    println!("cargo::rerun-if-changed=services");
    println!("cargo::rustc-check-cfg=cfg(rust_analyzer)");
}
