//! The members of a client's description, under both of their names.

macro_rules! fields {
    ($($name:ident = $registered:literal, $configured:literal;)*) => {
        /// A member of a client's description.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field {
            $(#[doc = concat!("`", $registered, "`")] $name,)*
        }

        impl Field {
            /// Its name in registrations (RFC 7591 2).
            pub const fn registered(self) -> &'static str {
                match self { $(Self::$name => $registered,)* }
            }

            /// Its key in `[client.ID]`.
            pub const fn configured(self) -> &'static str {
                match self { $(Self::$name => $configured,)* }
            }
        }
    };
}

fields! {
    RedirectUris = "redirect_uris", "redirect_uris";
    PostLogoutRedirectUris = "post_logout_redirect_uris", "post_logout_redirect_uris";
    RequestUris = "request_uris", "request_uris";
    ResponseTypes = "response_types", "flows";
    GrantTypes = "grant_types", "flows";
    Name = "client_name", "name";
    Contacts = "contacts", "contacts";
    ClientUri = "client_uri", "client_uri";
    LogoUri = "logo_uri", "logo_uri";
    PolicyUri = "policy_uri", "policy_uri";
    TosUri = "tos_uri", "tos_uri";
    InitiateLoginUri = "initiate_login_uri", "initiate_login_uri";
    BackchannelLogoutUri = "backchannel_logout_uri", "backchannel_logout_uri";
    FrontchannelLogoutUri = "frontchannel_logout_uri", "frontchannel_logout_uri";
    SectorIdentifierUri = "sector_identifier_uri", "sector_identifier_uri";
    SubjectType = "subject_type", "subject_type";
    AuthMethod = "token_endpoint_auth_method", "auth";
    AuthAlg = "token_endpoint_auth_signing_alg", "auth_alg";
    Jwks = "jwks", "jwks";
    JwksUri = "jwks_uri", "jwks_uri";
    TlsSubject = "tls_client_auth_subject_dn", "tls";
    IdTokenAlg = "id_token_signed_response_alg", "id_token_alg";
    UserinfoAlg = "userinfo_signed_response_alg", "userinfo_alg";
    ResponseAlg = "authorization_signed_response_alg", "response_alg";
    IntrospectionAlg = "introspection_signed_response_alg", "introspection_alg";
    RequestObjectAlg = "request_object_signing_alg", "request_object_alg";
    RequireSignedRequest = "require_signed_request_object", "require_signed_request";
    Acr = "default_acr_values", "default_acr_values";
    Pkce = "pkce", "pkce";
}
