//! The endpoints, driven whole and without sockets, by a browser and by a client of the tests' own.

mod answers;
mod assertions;
mod authorize;
mod browser;
mod challenge;
mod claims_parameter;
mod code_flow;
mod consent;
mod device;
mod direct;
mod discovery;
mod dpop;
mod elsewhere;
mod end_session;
mod front_channel;
mod introspect;
mod logout_frames;
mod owners;
mod plain_web;
mod published;
mod pushed;
mod refresh;
mod register;
mod registry;
mod request_objects;
mod resources;
mod session_management;
mod signing_in;
mod subjects;
mod taken;
mod tenants;
mod token;
mod userinfo;
mod welcome;
mod world;

pub use world::{client, issuer};
