//! Composition: configuration to running services, and back down in order.
