//! Behaviour, by door. `support` starts the real binary, upstreams that record every byte, and raw
//! sockets.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects must stop"
)]

mod cli;
mod demo;
mod faults;
mod gateway;
mod layers;
mod nodes;
mod registration;
mod relying_party;
mod support;
