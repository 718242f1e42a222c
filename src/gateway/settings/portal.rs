//! Whether a route is among the apps that people are shown.

/// Whether a route is among the apps that people are shown, and as what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Listing {
    /// The first route of each host that a browser can open is, under its id.
    #[default]
    Auto,
    /// It is not.
    Hidden,
    /// It is.
    Named {
        /// The app's name, for people.
        name: String,
        /// What it is, in a sentence.
        about: Option<String>,
    },
}
