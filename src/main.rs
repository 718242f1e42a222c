//! The binary: allocator and cryptography first, then the command line.

use std::process::ExitCode;

use rustls::CipherSuite;
use rustls::crypto::CryptoProvider;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What RFC 9325 4.2 (BCP 195) recommends for TLS 1.2; FAPI 2.0 5.2.2 admits nothing else there.
const TLS12: &[CipherSuite] = &[
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

fn provider() -> CryptoProvider {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    let recommended = |suite: CipherSuite| TLS12.contains(&suite);
    provider
        .cipher_suites
        .retain(|suite| suite.tls13().is_some() || recommended(suite.suite()));
    provider
}

fn main() -> ExitCode {
    // Everything that speaks TLS asks for the process's one provider.
    if provider().install_default().is_err() {
        eprintln!("doorward: another cryptography provider is installed");
        return ExitCode::FAILURE;
    }
    doorward::cli::run()
}
