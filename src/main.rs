//! The binary: allocator and cryptography first, then the command line.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Everything that speaks TLS asks for the process's one provider.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("doorward: another cryptography provider is installed");
        return ExitCode::FAILURE;
    }
    doorward::cli::run()
}
