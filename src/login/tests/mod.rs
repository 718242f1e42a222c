//! The whole door behind the site's outer layer: a fake clock, a database in memory, no sockets.

mod account;
mod attempts;
mod browser;
mod cookies;
mod forms;
mod house;
mod links;
mod overtaken;
mod pages;
mod tenants;

use browser::{Answer, Browser};
use house::{House, PASSWORD};
