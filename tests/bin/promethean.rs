//! The `promethean` program, as the tests run it.

fn main() -> std::process::ExitCode {
    promethean_cli::main()
}
