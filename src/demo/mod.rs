//! `doorward demo`: single sign-on in front of an app, with nothing to set up. Nothing is stored,
//! and only this machine can reach it.
//!
//! Holds the demo's own programs, which know the server over HTTP only: an [`app`] that has no
//! login of its own and a third-party [`client`] of the issuer.

pub mod app;
pub mod banner;
pub mod client;
pub mod fetch;
pub mod people;
pub mod text;

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::base::encoding::hex;
use crate::base::{Clock, Rng, RngFailed, Secret};
use crate::config;
use crate::server::signals::StopSignals;
use crate::server::{Server, StartError};

use app::App;
use client::{Client, Registration};
use fetch::Fetch;
use text::Options;

/// Where the printed configuration says the app is, when it is not the user's own.
const PRINTED_APP: &str = "http://127.0.0.1:3000";

/// Why the demo does not run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Another program has the port.
    #[error("port {0} is taken by another program; choose another: doorward demo --port {next}", next = .0.checked_add(1).unwrap_or(8080))]
    Taken(u16),
    /// The configuration, which is only wrong if `--upstream` is.
    #[error("the demo's configuration is wrong:\n{0}")]
    Config(String),
    /// The server.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The people.
    #[error(transparent)]
    People(#[from] people::NobodyMade),
    /// The demo's HTTP client.
    #[error(transparent)]
    Fetch(#[from] reqwest::Error),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] RngFailed),
    /// A socket or a signal.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The configuration as a file of its own.
pub fn print_config(options: &Options) -> Result<String, DemoError> {
    Ok(options.text(PRINTED_APP, &secret()?))
}

/// A secret for the third-party app, another one each time.
fn secret() -> Result<String, RngFailed> {
    Ok(hex(Rng::system().bytes::<16>()?))
}

/// Serves until it is asked to stop.
pub async fn run(options: Options) -> Result<(), DemoError> {
    let public = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    probe(public).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let secret = secret()?;
    let text = options.text(&format!("http://{}", listener.local_addr()?), &secret);
    let settings = config::load_text("demo.toml", &text)
        .map_err(|report| DemoError::Config(report.human(false)))?;

    let mut stop = StopSignals::listen()?;
    let server = Server::start(settings, Clock::system(), Rng::system()).await?;
    people::make(server.rooms()).await?;
    let apps = apps(&options, public, secret)?;
    let apps = tokio::spawn(async move { axum::serve(listener, apps).await });
    // A closed standard output is no reason not to serve.
    let _ = std::io::stdout().write_all(banner::banner(&options).as_bytes());

    stop.next().await;
    server.stop(&mut stop).await;
    apps.abort();
    Ok(())
}

/// Says which port is taken before anything else is started.
async fn probe(public: SocketAddr) -> Result<(), DemoError> {
    match TcpListener::bind(public).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(DemoError::Taken(public.port()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The two programs, on one listener.
fn apps(options: &Options, gateway: SocketAddr, secret: String) -> Result<axum::Router, DemoError> {
    let url = options.public_url();
    let fetch = Fetch::new()?;
    let registered = Registration {
        issuer: format!("{url}{}", text::ISSUER),
        client_id: text::CLIENT.to_owned(),
        secret: Secret::new(secret),
    };
    let client = Client::new(&url, registered, fetch.clone(), Rng::system());
    let app = App {
        jwks: format!("{url}/_doorward/jwks"),
        public_url: url,
        gateway,
        fetch,
    };
    Ok(app::router(Arc::new(app)).merge(client::router(Arc::new(client))))
}
