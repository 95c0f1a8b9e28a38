//! The `gatepost` program; see [`gatepost::cli`].

/// A sign-in makes some thousand small allocations; with the system's allocator they are a sixth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    gatepost::cli::run()
}
