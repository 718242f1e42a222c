//! The kinds of mistakes. A code never changes its meaning: people look it up.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $title:literal, $more:literal;)*) => {
        /// A kind of mistake.
        #[expect(clippy::doc_markdown, reason = "titles are plain text for people")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* #[doc = $title] $name,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Such as `C002`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// In a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What `doorward check --explain` says.
            pub const fn explain(self) -> &'static str {
                match self { $(Self::$name => $more,)* }
            }
        }
    };
}

codes! {
    Syntax = "C001", "The file is not TOML",
        "The text breaks a rule of TOML, often a missing quote or bracket shortly before the mark. What can be read around it is checked all the same.";
    UnknownKey = "C002", "Unknown key",
        "Nothing here is ignored: a key that Doorward does not know is an error, because a misspelt key would otherwise leave a door open.";
    NotYet = "C003", "Not in this version",
        "The key or word belongs to a part of Doorward that this version does not have. It is refused rather than ignored, so that nobody relies on it.";
    WrongType = "C004", "Wrong kind of value",
        "The key exists, but its value is of another kind (text, number, list, table) or is not one of the words it takes.";
    Missing = "C005", "Missing key",
        "A key that has no sensible default is absent.";
    Unreadable = "C006", "Value cannot be read",
        "The value has the right kind but not the right form: durations are written \"30m\" or \"90d\", sizes \"64KiB\", rates \"5/15m\", addresses \"[::]:443\".";
    Version = "C007", "Unknown version of the file's form",
        "`version` says which form the file has. This program reads version 1.";
    OutOfRange = "C008", "Value out of range",
        "The value can be read, but it is too small, too large, or contradicts another one.";
    NoFile = "C009", "The file cannot be read",
        "The configuration file is not there, may not be read, is not UTF-8 text, is larger than 4 MiB, or is no regular file (a directory, a pipe, a device).";
    SecretInFile = "C010", "A secret is written in the file",
        "Everybody who may read the file, its backups and its history may read the secret. Use { file = ... }, { env = ... } or { cred = ... }.";
    SecretSources = "C011", "A secret has not exactly one source",
        "A secret comes from exactly one place: a text, a file, an environment variable or a credential. Two of them would hide which one counts.";
    SecretUnreadable = "C012", "A secret cannot be read",
        "The file, environment variable or credential that is named does not exist, may not be read, or is not a regular file of at most 64 KiB.";
    SecretWeak = "C013", "A secret is empty, too short or malformed",
        "Secrets of clients have at least 16 characters; the master key is 32 random bytes in base64url (43 characters).";
    PublicUrl = "C020", "public_url cannot be used",
        "`public_url` is scheme and host, with a port where it is not the usual one: no path, no query. It is https, or http on this machine alone: cookies marked Secure do not work elsewhere over http.";
    NoTls = "C021", "A public listener without TLS",
        "People's passwords and sessions would travel in plain text. Give [listen] tls, or listen on loopback or a unix socket, or name the proxy that terminates TLS in trusted_proxies.";
    OpsPublic = "C022", "The ops listener can be reached from outside",
        "Health and metrics tell strangers about the service. They have a listener of their own, on loopback unless another address is written out, and never on the public port.";
    TlsSource = "C023", "Certificates come from nowhere or from two places",
        "Give `cert` and `key` together, or a list of such pairs, or `dev = true` alone. The files must exist.";
    TrustsEverybody = "C024", "Every proxy is trusted",
        "With the whole address space in trusted_proxies or proxy_protocol, any client chooses the address it seems to come from.";
    Listener = "C025", "Listeners contradict each other",
        "Two listeners have the same address, or an address is given for which there is no use.";
    Certificate = "C026", "A certificate cannot be used",
        "The file holds no certificate or no key in PEM form, or the key is another certificate's.";
    CertificateEnds = "C027", "A certificate ends",
        "The certificate has ended, does not count yet, or ends within 14 days (within the last fifth of a short life). Clients refuse certificates outside their time.";
    Uncovered = "C028", "No certificate is for this host",
        "Clients that ask for this host get a certificate for another one, and refuse it.";
    Acme = "C029", "Certificates cannot be ordered",
        "[acme] orders certificates from an authority, which asks at port 80 whether a host is yours: `listen.http` has to be there, TLS has to end here, its terms have to be agreed to, and wildcards cannot be had.";
    Inherit = "C030", "An issuer inherits from nothing",
        "`inherit` names another issuer of this file, and no issuer inherits from itself.";
    IssuerPath = "C031", "An issuer's path cannot be used",
        "Each issuer has a path of its own: none lies under another, and none is one of the site's own pages. The path is plain: a leading slash, no slash at the end, no escapes.";
    Endpoint = "C032", "An endpoint's path cannot be used",
        "Every endpoint of an issuer has a path of its own, with a leading slash and without escapes, that is not one of the site's pages.";
    Algorithms = "C034", "Algorithms cannot be used",
        "An issuer has at least one signature algorithm, each named once; a client's algorithm is one of its issuer's.";
    Claim = "C035", "A custom claim cannot be given",
        "A custom claim has a name that is not the protocol's and not one by which people are known (sub, aud, email, groups, tenant_sub and the like), and a text with facts in braces: {user.attr.plan}, {user.groups}, {tenant.name}, with filters such as {user.attr.teams | split \",\"}.";
    TenantParameter = "C036", "The tenant parameter cannot be used",
        "`tenant_parameter` is the name of a request parameter: letters, digits, `-` and `_`, and none that OAuth or OpenID Connect use.";
    Permission = "C037", "A permission or an owner cannot be read",
        "[permission] gives to groups, written \"group:NAME\"; a client's `owner` is one person, by user name or e-mail address.";
    UnknownIssuer = "C040", "A client names an unknown issuer",
        "`issuer` is the NAME of an [issuer.NAME] section. It may be left out where the file has one issuer.";
    RedirectUri = "C041", "A redirect URI cannot be registered",
        "Redirect URIs are compared byte for byte: absolute, without wildcards, without a fragment; https, or http on the person's own machine (127.0.0.1, [::1], localhost), or an app's own scheme with a dot in it.";
    PublicClient = "C042", "A public client without PKCE",
        "A client without a secret proves itself by PKCE alone; it cannot be optional.";
    Scope = "C043", "A scope means nothing or cannot be a scope",
        "A scope gives nothing here unless it is built in (openid, profile, email, groups, offline_access) named in the issuer's scope_claims, or a resource's.";
    ClientId = "C044", "A client id cannot be used",
        "A client id is 1 to 128 visible ASCII characters.";
    ClientKeys = "C045", "A client's keys cannot be used",
        "A client that signs has its public keys in `jwks` (a table, or { file = ... }) or published at `jwks_uri`; one of the two.";
    Resource = "C046", "An API resource cannot be used",
        "A resource has an absolute URI without a fragment as its id, and scopes that no other resource and no issuer has: a scope says which API a token is for. What names a resource (a client's `resources`) names one that is there.";
    ClientMetadata = "C047", "A client's description cannot be used",
        "What a client says of itself obeys the same rules here and at dynamic registration: bounded plain text, https addresses, response types with their grant types, and an authentication method with what it needs.";
    Tenant = "C048", "A tenant cannot be used",
        "A tenant is a [tenant.NAME] with a `uuid` of its own, in lower case and with hyphens; clients name tenants by NAME.";
    ClientAuth = "C049", "A client cannot prove itself as it is written",
        "What a client proves itself with must be there: a secret, public keys (`jwks`, `jwks_uri`), or a TLS certificate that names it and that the listener asks for (`listen.client_certificates`). A profile such as fapi2 takes keys and certificates alone.";
    NoAllow = "C050", "A route that says nobody",
        "A route says who may pass: `allow = [\"authenticated\"]`, a group, a user, or `[\"anyone\"]` said out loud; or it names a policy that does. An empty list is nobody, and is an error.";
    Allow = "C051", "An entry of `allow` or `deny` cannot be read",
        "Entries are \"anyone\", \"authenticated\", \"group:NAME\", \"user:LOGIN\", \"tenant:NAME\", \"domain:example.com\" and \"claim:NAME=VALUE\"; docs/rules.md has an example of each.";
    AllowPointless = "C052", "An entry of `allow` changes nothing",
        "\"anyone\" lets everybody in and \"authenticated\" every person, whatever else the list names.";
    Ambiguous = "C053", "Two routes take the same requests",
        "The most specific route wins: an exact host, then the longer path, then an expression below it, then named methods, then more header fields. Two equally specific ones would depend on their order, and order never matters.";
    Duplicate = "C054", "A name is used twice",
        "Names of routes are labels in logs, metrics and assertions: each is used once.";
    RouteTakesSite = "C055", "A route takes a path of the site itself",
        "On the host of public_url the sign-in pages and the issuers have their paths; a route there takes other ones.";
    Upstream = "C056", "An upstream cannot be used",
        "Upstreams are \"http://host:port\", \"https://host:port\" or \"unix:/path\": no path, no query, no user.";
    PlainUpstream = "C057", "An upstream across the network in plain text",
        "Identity headers and everything else travel unencrypted to an address that is not private.";
    UpstreamTls = "C058", "TLS settings without a TLS upstream",
        "`upstream_tls` applies to https upstreams, and this route has none.";
    Host = "C059", "A host cannot be used",
        "A host is a name or an address without scheme or port. A route's may begin with `*.`, which stands for exactly one label.";
    Preset = "C060", "Unknown identity preset",
        "Presets are listed in docs/configuration.md; `{ preset = \"none\", headers = { ... } }` makes one of your own.";
    HeaderUnsafe = "C061", "A header cannot carry identity",
        "The name is not a header name, belongs to HTTP itself or to Doorward, or equals another one after folding case, `-` and `_` as many apps do.";
    HeaderText = "C062", "A header's text cannot be read",
        "Texts may name {user.username}, {user.sub}, {user.email}, {user.name}, {user.groups} and {user.attr.NAME}; everything else is visible ASCII.";
    Path = "C063", "A route's path cannot be used",
        "A path begins with a slash and is in its plain form: no escapes, no empty, `.` or `..` segments, no `;`, `\\`, `?` or `#`. Requests are compared in exactly that form. A `path_regex` is a regular expression (syntax of the Rust crate regex) for the whole decoded path.";
    Method = "C064", "A method cannot be used",
        "Methods are upper-case HTTP methods such as GET and POST; CONNECT and TRACE are never forwarded.";
    RouteId = "C065", "A route's id cannot be used",
        "An id is 1 to 64 letters, digits, `-`, `_` and `.`: it is a label in metrics and the audience of assertions.";
    MatchHeader = "C066", "A header that no route can be chosen by",
        "Routes are chosen by header fields that a client sends with exactly one value; not by cookies, the host, or what belongs to the connection.";
    Policy = "C067", "A policy cannot be used",
        "[policy.NAME] holds `allow`, `deny` and `require` for routes that say `policy = \"NAME\"`. A route says either `allow` or `policy`; its own `deny` and `require` make a policy stricter. What `tell` says is shown to people as it is.";
    Requirement = "C068", "A requirement cannot be read",
        "`require` holds ip, methods, header, time, groups, client_cert, second_factor, passkey, acr, fresh, session_age and idle; docs/rules.md has an example of each.";
    Instead = "C069", "A route that does nothing, or two things",
        "A route has one of `upstream`, `redirect` and `answer`, or is under `maintenance`. A redirect leads to a URL or a path that the file names; what it takes from the request is a path, a query or a host that were checked.";
    Users = "C070", "Sources of people contradict each other",
        "There is one local source of people.";
    Brand = "C071", "A brand cannot be shown",
        "A brand is a name, a logo (a file of an image) and an accent: the colour of buttons and links, which must be readable on every surface of the light and of the dark pages (WCAG 2.2 AA, 1.4.3: a contrast of 4.5).";
    NeverCalled = "C072", "An address that is never called",
        "Doorward fetches keys and request objects and posts notices of a logout at addresses that clients name. Private, local and reserved ones are called only when `outbound.allow_private` names them, and plain http only with `outbound.danger_allow_http`: otherwise an app could make Doorward reach what only Doorward can.";
    Pointless = "C073", "A setting that comes to nothing",
        "What is written can be read, and never has an effect, or leaves nobody able to do what the section is for.";
    Bearer = "C074", "A route's access tokens cannot be told apart",
        "`bearer` says whose tokens a route takes (`issuer`), whom they are for (`audience`, the id of a [[resource]]) and what they allow (`scopes` of that resource). Without an audience a token that somebody got for another API would open this one. Tokens of people and services (`personal`, `service`) need no audience; services pass by scopes alone, so a route that takes theirs names some.";
    TrustedIssuer = "C076", "Another issuer cannot be trusted as it is written",
        "[trusted_issuer.NAME] names an issuer that is not ours: its `issuer`, byte for byte as its tokens say, whom they are for (`audiences`), and where its keys are (`jwks_uri`, or its discovery document). Without an audience a token that somebody got for another service would open routes here.";
    Credentials = "C077", "An app cannot be signed in to as it is written",
        "With `credentials` Doorward signs people in to an app with what they saved for it. It writes Authorization then, so nothing else may: no basic preset, no header of that name, no `identity.bearer`, no `bearer.forward`. And there has to be an app.";
}

impl Code {
    /// The code called `id`, in any case.
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.id().eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].id() < pair[1].id()));
        assert_eq!(Code::find("c002"), Some(Code::UnknownKey));
        assert_eq!(Code::find("C999"), None);
    }
}
