//! Behaviour, by door. `support` starts the real binary, upstreams that record every byte, and raw
//! sockets.

mod support;
