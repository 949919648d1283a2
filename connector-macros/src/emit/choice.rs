//! Choices.

use proc_macro2::TokenStream;
use quote::quote;

use super::block;
use super::shared::type_name;
use crate::model::{Choice, Item};

pub(crate) fn choice(model: &Choice) -> TokenStream {
    let Choice { item: Item { ident, crate_path, .. }, variants } = model;
    let (idents, texts): (Vec<_>, Vec<_>) = variants.iter().cloned().unzip();
    let names = idents.iter().map(type_name);
    let body = quote! {
        #[automatically_derived]
        impl __rt::Choice for #ident {
            const CHOICES: &'static [(&'static __rt::str, Self)] = &[#((#texts, Self::#idents)),*];
            const VARIANTS: &'static [(&'static __rt::str, &'static __rt::str)] =
                &[#((#names, #texts)),*];
            fn text(self) -> &'static __rt::str {
                match self {
                    #(Self::#idents => #texts,)*
                }
            }
        }
    };
    block(crate_path.as_ref(), body)
}
