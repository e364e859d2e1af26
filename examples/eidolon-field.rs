//! One service of the system from its own file: it brings along what it depends on.

#[expect(dead_code, reason = "the agents have no part in this")]
mod ecosystem;
#[path = "promethean/services/js/eidolon-field/ecosystem.rs"]
mod eidolon_field;

fn main() -> std::process::ExitCode {
    promethean::main(&eidolon_field::ECOSYSTEM)
}
