//! The command line, by the real binary.

mod check;
mod documented;
