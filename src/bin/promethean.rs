//! The tools around ecosystems: `promethean import`, `promethean new`, `promethean fmt`.

fn main() -> std::process::ExitCode {
    promethean::tool::main()
}
