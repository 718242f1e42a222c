//! The command line, by the real binary.

mod documented;
