//! `oauth2_refresh_token(..)`, `oauth2_jwt(..)`, and what all token requests have in common.

use super::auth::Fields;
use super::sources::Sources;
use super::{span, template};
use crate::diag::{At, Diag, Spans};
use crate::model::{ClientAuth, Jwt, Part, RefreshToken, Site, Template};
use crate::read::{RawJwt, RawParam, RawRefreshToken, RawRotation, RawUrl};

impl Fields<'_> {
    pub(super) fn refresh_token(&mut self, raw: &RawRefreshToken) -> Option<RefreshToken> {
        let RawRefreshToken {
            token_url,
            refresh_token,
            client_id,
            client_secret,
            has_secret,
            client_auth,
            scopes,
            params,
            leeway,
            on_rotate,
        } = raw;
        let at = |option: &Option<At<String>>| option.as_ref().map(|at| at.spans);
        form_sent_once(
            self.diag,
            params,
            "refresh_token",
            &[
                ("scope", "scopes", at(scopes)),
                ("refresh_token", "refresh_token", at(refresh_token)),
                ("client_id", "client_id", at(client_id)),
                ("client_secret", "client_secret", at(client_secret)),
            ],
        );
        something_in_it(self.diag, "scope", scopes.as_ref());
        if let Some(At { value: ClientAuth::Basic, spans }) = client_auth
            && !has_secret
        {
            self.diag.error(
                spans,
                "`client_auth = basic` sends a client secret, but none is named\nhelp: add `client_secret = client_secret`, or remove `client_auth` for a client without one",
            );
        }
        let params = self.params(params);
        let token_url = token_url.as_ref().map(|url| self.token_url(url));
        let refresh_token = self.secret(refresh_token.as_ref());
        let client_id = self.text(client_id.as_ref(), Site::ClientId);
        let client_secret = self.optional_secret(client_secret.as_ref());
        let on_rotate = match on_rotate {
            Some(RawRotation { load, store }) => Some((load.clone()?, store.clone()?)),
            None => None,
        };
        Some(RefreshToken {
            token_url: token_url?,
            refresh_token: refresh_token?,
            client_id: client_id?,
            client_secret,
            client_auth: client_auth.as_ref().map(|at| at.value),
            scopes: scopes.as_ref().map(|at| at.value.clone()),
            params,
            leeway_ms: span::duration(self.diag, leeway.clone()),
            on_rotate,
        })
    }

    pub(super) fn jwt(&mut self, raw: &RawJwt) -> Option<Jwt> {
        let RawJwt {
            kind,
            token_url,
            private_key,
            issuer,
            subject,
            audience,
            scopes,
            key_id,
            lifetime,
            params,
            leeway,
        } = raw;
        let grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        let assertion = private_key.as_ref().map(|at| at.spans);
        form_sent_once(self.diag, params, grant_type, &[("assertion", "private_key", assertion)]);
        something_in_it(self.diag, "scope", scopes.as_ref());
        let params = self.params(params);
        let token_url = token_url.as_ref().map(|url| self.token_url(url));
        let private_key = self.secret(private_key.as_ref());
        let mut claim =
            |what, raw: &Option<RawUrl>, site| raw.as_ref().map(|raw| self.claim(what, raw, site));
        let issuer = claim("issuer", issuer, Site::Claim);
        let subject = claim("subject", subject, Site::OptionalClaim);
        let audience = claim("audience", audience, Site::Claim);
        let key_id = claim("key id", key_id, Site::OptionalClaim);
        Some(Jwt {
            spans: *kind,
            token_url: token_url?,
            private_key: private_key?,
            issuer: issuer?,
            subject,
            audience,
            scopes: scopes.as_ref().map(|at| at.value.clone()),
            key_id,
            lifetime_ms: span::duration(self.diag, lifetime.clone()),
            params,
            leeway_ms: span::duration(self.diag, leeway.clone()),
        })
    }

    /// A text of an assertion; `what` it is, for messages.
    fn claim(&mut self, what: &str, raw: &RawUrl, lone: Site) -> Template {
        match raw {
            RawUrl::Config(field) => {
                self.text(Some(field), lone);
                template::config(&field.value)
            }
            RawUrl::Text(text) => {
                match lone {
                    Site::OptionalClaim => something_in_it(self.diag, what, Some(text)),
                    _ if text.value.trim().is_empty() => self.diag.error(
                        text.spans,
                        format!("the {what} is empty\nhelp: a text, or `config.field` for one that people configure"),
                    ),
                    _ => {}
                }
                let template = template::text(self.diag, text, &Sources::connector());
                for part in &template.parts {
                    if let Part::Config(field) = part {
                        self.text(Some(&At::new(field.clone(), text.spans)), Site::Text);
                    }
                }
                template
            }
        }
    }
}

/// An empty text would be sent, and say nothing.
pub(super) fn something_in_it(diag: &Diag, what: &str, text: Option<&At<String>>) {
    if let Some(text) = text.filter(|text| text.value.trim().is_empty()) {
        diag.error(text.spans, format!("there is no {what} in it\nhelp: leave it out"));
    }
}

/// A field of the form that an option of its own writes is not among the further ones. `written`:
/// name of the field, the option that writes it, and where that stands.
pub(super) fn form_sent_once(
    diag: &Diag,
    params: &[RawParam],
    grant_type: &str,
    written: &[(&str, &str, Option<Spans>)],
) {
    for RawParam { name, .. } in params {
        if name.value == "grant_type" {
            diag.error(
                name.spans,
                format!("`grant_type` is already sent: `{grant_type}`\nhelp: remove it"),
            );
            continue;
        }
        let found = written.iter().find(|(field, ..)| *field == name.value);
        if let Some((_, option, Some(first))) = found {
            diag.error_with_first(
                name.spans,
                format!("`{}` is already sent by `{option}`", name.value),
                first,
                format!("`{}` is first given here", name.value),
            );
        }
    }
}
