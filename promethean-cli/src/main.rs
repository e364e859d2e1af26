//! The tools around ecosystems: `promethean import`, `promethean new`, `promethean fmt`.

fn main() -> std::process::ExitCode {
    promethean_cli::main()
}
