//! The tools around ecosystems: `promethean import`, `promethean new`.

fn main() -> std::process::ExitCode {
    promethean::tool::main()
}
