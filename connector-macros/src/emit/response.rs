//! Rates, and what responses mean.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::{entry, option, shared, slice};
use crate::model::{RateLimit, ResponseAction, ResponseFormat, ResponseRule, Responses};

/// `response_format` and `on_response`, as far as they are given.
pub(super) fn responses(responses: &Responses) -> impl Iterator<Item = TokenStream> {
    let Responses { format, rules } = responses;
    let format = format.map(|format| match format {
        ResponseFormat::Csv { delimiter } => {
            let delimiter = Literal::u8_unsuffixed(delimiter);
            quote!(__rt::ResponseFormat::Csv(__rt::CsvSpec::new(#delimiter)))
        }
        ResponseFormat::Json => quote!(__rt::ResponseFormat::Json),
        ResponseFormat::JsonLines => quote!(__rt::ResponseFormat::JsonLines),
    });
    let entries = [
        entry("response_format", format.map(|format| option(Some(format)))),
        entry("on_response", slice(rules.iter().map(rule).collect())),
    ];
    entries.into_iter().flatten()
}

fn rule(rule: &ResponseRule) -> TokenStream {
    let ResponseRule { action, statuses, content, value } = rule;
    let action = match action {
        ResponseAction::Fail => quote!(Fail),
        ResponseAction::Ignore => quote!(Ignore),
        ResponseAction::Retry => quote!(Retry),
        ResponseAction::StopResource => quote!(StopResource),
    };
    let value = value.as_ref().map(|(path, value)| option(Some(quote!((#path, #value)))));
    let entries = [
        entry("statuses", (!statuses.is_empty()).then(|| self::statuses(statuses))),
        entry("content", content.as_ref().map(|text| option(Some(text.to_token_stream())))),
        entry("value", value),
    ];
    let entries = entries.into_iter().flatten();
    let new = quote!(__rt::ResponseRule::new(__rt::ResponseAction::#action));
    quote!(__rt::ResponseRule { #(#entries)* ..#new })
}

/// Inclusive ranges.
pub(super) fn statuses(statuses: &[(u16, u16)]) -> TokenStream {
    let ranges = statuses.iter().map(|(start, end)| {
        let (start, end) = (Literal::u16_unsuffixed(*start), Literal::u16_unsuffixed(*end));
        quote!((#start, #end))
    });
    quote!(&[#(#ranges),*])
}

pub(super) fn rate(rate: &RateLimit) -> TokenStream {
    let RateLimit { requests, period_ms, burst } = rate;
    let (requests, period) = (shared::number((*requests).into()), shared::number(*period_ms));
    let new = quote!(__rt::RateLimitSpec::new(#requests, #period));
    match burst {
        Some(burst) => {
            let burst = shared::number((*burst).into());
            quote!(__rt::RateLimitSpec { burst: #burst, ..#new })
        }
        None => new,
    }
}
