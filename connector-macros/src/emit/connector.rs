//! Connectors.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::{
    block, check, entry, incremental, option, response, select, shared, slice, text, token, write,
};
use crate::model::{ConfigDefault, ConfigField, Connector, Defaults, Item, Listed, Retry, Use};

pub(crate) fn connector(model: &Connector) -> TokenStream {
    let Connector {
        item: Item { ident, name, doc, crate_path },
        base_url,
        auth,
        allow_http,
        trusted_origins,
        headers,
        retry,
        timeout_ms,
        read_timeout_ms,
        max_body,
        rate_limit,
        max_concurrency,
        defaults,
        resources,
        config,
        uses: _,
    } = model;
    let type_name = shared::type_name(ident);
    let entries = [
        entry("doc", text(doc)),
        entry("auth", auth.as_ref().map(|auth| option(Some(auth.to_token_stream())))),
        entry("allow_http", allow_http.then(|| quote!(true))),
        entry(
            "trusted_origins",
            slice(trusted_origins.iter().map(ToTokens::to_token_stream).collect()),
        ),
        entry("headers", slice(headers.iter().map(ToTokens::to_token_stream).collect())),
        entry("retry", self::retry(retry)),
        entry("timeout_ms", timeout_ms.map(shared::number)),
        entry("read_timeout_ms", read_timeout_ms.map(shared::number)),
        entry("max_body", max_body.map(shared::number)),
        entry("rate_limit", rate_limit.as_ref().map(|rate| option(Some(response::rate(rate))))),
        entry("max_concurrency", max_concurrency.map(|most| shared::number(most.into()))),
        entry("config", slice(config.iter().map(self::config).collect())),
        entry("defaults", self::defaults(defaults)),
    ];
    let entries = entries.into_iter().flatten();
    let paths = resources.iter().map(|listed| &listed.path);
    let fields = config.iter().map(|field| &field.ident);
    let places: Vec<_> = config.iter().map(place).collect();
    let values = fields.clone();
    let checks = checks(model);
    let body = quote! {
        #[automatically_derived]
        impl __rt::Connector for #ident {
            const SPEC: &'static __rt::ConnectorSpec = &__rt::ConnectorSpec {
                name: #name,
                type_name: #type_name,
                // of the crate that is being compiled: the user's
                version: ::core::env!("CARGO_PKG_VERSION"),
                base_url: #base_url,
                #(#entries)*
                resources: &[#(<#paths as __rt::Resource>::SPEC),*],
                ..__rt::ConnectorSpec::EMPTY
            };
            fn from_values(__values: &mut __rt::Values) -> Self {
                Self { #(#fields: #places::take(__values)),* }
            }
            fn values(&self) -> __rt::Vec<__rt::ConfigValue> {
                __rt::vec![#(#places::value(&self.#values)),*]
            }
        }
        #(#checks)*
    };
    block(crate_path.as_ref(), body)
}

fn retry(retry: &Retry) -> Option<TokenStream> {
    let Retry {
        max_retries,
        backoff_factor,
        initial_delay_ms,
        max_delay_ms,
        statuses,
        total_timeout_ms,
        wait_header,
        wait_path,
    } = retry;
    let statuses = statuses.as_ref().map(|statuses| response::statuses(statuses));
    let entries = [
        entry("max_retries", max_retries.map(|retries| shared::number(retries.into()))),
        entry("backoff_factor", backoff_factor.map(factor)),
        entry("initial_delay_ms", initial_delay_ms.map(shared::number)),
        entry("max_delay_ms", max_delay_ms.map(shared::number)),
        entry("statuses", statuses),
        entry("total_timeout_ms", shared::some(total_timeout_ms.map(shared::number).as_ref())),
        entry("wait_header", shared::some(wait_header.as_ref())),
        entry("wait_path", shared::some(wait_path.as_ref())),
    ];
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    let rest = quote!(..__rt::RetrySpec::DEFAULT);
    (!entries.is_empty()).then(|| quote!(__rt::RetrySpec { #(#entries)* #rest }))
}

fn factor(factor: f32) -> TokenStream {
    Literal::f32_unsuffixed(factor).to_token_stream()
}

fn defaults(defaults: &Defaults) -> Option<TokenStream> {
    let Defaults {
        params,
        data_selector,
        paginator,
        responses,
        write_disposition,
        misfits,
        resume_within_ms,
    } = defaults;
    let mut entries = shared::request(
        params,
        data_selector.as_ref(),
        paginator.as_ref(),
        write_disposition.as_ref(),
    );
    entries.extend(response::responses(responses));
    entries.extend(write::misfits(misfits));
    entries.extend(incremental::resume_within(*resume_within_ms));
    let rest = quote!(..__rt::ResourceDefaults::NONE);
    (!entries.is_empty()).then(|| quote!(__rt::ResourceDefaults { #(#entries)* #rest }))
}

/// The entry of a field in the spec.
fn config(field: &ConfigField) -> TokenStream {
    let ConfigField { name, flag, env, doc, default, .. } = field;
    let place = place(field);
    let default = default.as_ref().map(|ConfigDefault { text, .. }| quote!(.default(#text)));
    quote!(#place::FIELD #default.named(#name, #flag, #env, #doc))
}

/// `<Type as Trait>`, in the same words everywhere: what is wrong with the type is then one
/// message of the compiler.
fn place(field: &ConfigField) -> TokenStream {
    let ty = &field.ty;
    match field.credential {
        true => quote!(<#ty as __rt::Credential>),
        false => quote!(<#ty as __rt::ConfigType>),
    }
}

/// What only types and listed resources can tell.
fn checks(model: &Connector) -> Vec<TokenStream> {
    let ident = &model.item.ident;
    let spec = quote!(<#ident as __rt::Connector>::SPEC);
    let mut checks = Vec::new();
    for field in &model.config {
        let Some(ConfigDefault { text, literal, spans }) = &field.default else { continue };
        let (place, name) = (place(field), &field.name);
        let args = quote!(#place::FIELD, #literal, #text, #name);
        checks.push(check(*spans, "config_default", args));
    }
    for Use { field, site, spans, in_arm } in &model.uses {
        let site = select::site(*site);
        let name = if *in_arm { "arm_use" } else { "config_use" };
        checks.push(check(*spans, name, quote!(#spec, #field, __rt::Site::#site)));
    }
    checks.extend(select::checks(model.auth.as_ref(), &spec));
    checks.extend(model.auth.iter().flat_map(|auth| token::checks(auth, &spec)));
    for (index, Listed { spans, .. }) in model.resources.iter().enumerate() {
        let index = Literal::usize_unsuffixed(index);
        checks.push(check(*spans, "resource", quote!(#spec, #index)));
    }
    checks
}
