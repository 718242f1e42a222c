//! `registration`.

use super::inherit::Merged;
use crate::base::scope::is_scope_name;
use crate::config::build::{Context, host_fault};
use crate::config::code::Code;
use crate::config::schema::Registration;
use crate::config::text;
use crate::issuer::RegistrationSettings;

impl Merged<'_> {
    /// Who may register clients.
    pub(super) fn registration(&self, ctx: &mut Context<'_, '_>) -> RegistrationSettings {
        let mut settings = RegistrationSettings::default();
        let Some((given, place, own)) = self.find("registration", |i| i.registration.as_ref())
        else {
            return settings;
        };
        let table = match given {
            Registration::Mode(mode) => {
                settings.mode = *mode;
                return settings;
            }
            Registration::Table(table) => table,
        };
        settings.mode = table.mode;
        settings.pkce = table.pkce;
        settings.consent = table.consent;
        settings.most = table.most.unwrap_or(RegistrationSettings::MOST);
        if let Some(lenient) = table.assertion_for_token_endpoint {
            settings.assertion_for_token_endpoint = lenient;
        }
        let rate = table.per_ip.as_deref();
        let rate = rate.and_then(|rate| text::rate(rate, &place.key("per_ip"), ctx.problems));
        settings.per_ip = rate.unwrap_or(settings.per_ip);
        if let Some(scopes) = &table.scopes {
            for (n, scope) in scopes.iter().enumerate().filter(|_| own) {
                if !is_scope_name(scope) {
                    ctx.problems.error(
                        Code::Scope,
                        &place.key("scopes").item(n),
                        "a scope name is visible ASCII without spaces, quotes and backslashes",
                    );
                }
            }
            settings.scopes = scopes.iter().map(String::as_str).collect();
        }
        for (n, host) in table.metadata_hosts.iter().enumerate() {
            let (name, port) = match host.rsplit_once(':') {
                Some((name, port)) if port.parse::<u16>().is_ok_and(|port| port != 443) => {
                    (name, format!(":{port}"))
                }
                Some(_) | None => (host.as_str(), String::new()),
            };
            match host_fault(name) {
                Ok(name) => settings.metadata_hosts.push(format!("{name}{port}")),
                Err(fault) if own => {
                    ctx.problems
                        .error(
                            Code::Host,
                            &place.key("metadata_hosts").item(n),
                            format_args!("the host {fault}"),
                        )
                        .help("write a plain name such as \"app.example.com\"");
                }
                Err(_) => {}
            }
        }
        settings
    }
}
