//! The `gatepost` program; see [`gatepost::cli`].

fn main() -> std::process::ExitCode {
    gatepost::cli::run()
}
