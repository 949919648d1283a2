//! What a derive leaves after errors: enough for code that uses the type to compile, so that one
//! mistake is one message.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path};

use super::block;
use crate::keys::Derive;

pub(crate) fn stub(derive: Derive, input: &DeriveInput, crate_path: &Option<Path>) -> TokenStream {
    let ident = &input.ident;
    let mut generics = input.generics.clone();
    if !generics.params.is_empty() {
        // what the traits ask of a type, which nobody knows of a parameter
        generics.make_where_clause().predicates.push(syn::parse_quote! {
            Self: __rt::Sized + __rt::Send + __rt::Sync + 'static
        });
    }
    let (params, args, bounds) = generics.split_for_impl();
    let record = quote! {
        #[automatically_derived]
        impl #params __rt::Record for #ident #args #bounds {
            const FIELDS: &'static [__rt::FieldSpec] = &[];
            fn from_row(_: &mut __rt::Row<'_>) -> Self {
                __rt::poisoned()
            }
            fn write_row(&self, _: &mut __rt::RowBuilder) {}
        }
        #[automatically_derived]
        impl #params __rt::Element for #ident #args #bounds {
            type Kind = __rt::AsRecord;
        }
    };
    let body = match derive {
        // not `Choice` itself, which would ask for `Copy`
        Derive::Choice => quote! {
            #[automatically_derived]
            impl #params __rt::Column for #ident #args #bounds {
                const TYPE: __rt::LogicalType = __rt::LogicalType::Text;
                fn read(_: __rt::Cell<'_>) -> Self {
                    __rt::poisoned()
                }
                fn write(&self, _: &mut __rt::ColumnBuilder) {}
            }
            #[automatically_derived]
            impl #params __rt::Element for #ident #args #bounds {
                type Kind = __rt::AsValue;
            }
            #[automatically_derived]
            impl #params __rt::KeyColumn for #ident #args #bounds {}
            #[automatically_derived]
            impl #params __rt::ConfigType for #ident #args #bounds {
                // a set of nothing: checks of it say nothing more
                const KIND: __rt::ConfigKind = __rt::ConfigKind::Choice(&[]);
                fn parse(_: &__rt::str) -> __rt::Result<Self, __rt::String> {
                    __rt::poisoned()
                }
                fn value(&self) -> __rt::ConfigValue {
                    __rt::poisoned()
                }
            }
        },
        Derive::Connector => quote! {
            #[automatically_derived]
            impl #params __rt::Connector for #ident #args #bounds {
                const SPEC: &'static __rt::ConnectorSpec =
                    &__rt::ConnectorSpec { poisoned: true, ..__rt::ConnectorSpec::EMPTY };
                fn from_values(_: &mut __rt::Values) -> Self {
                    __rt::poisoned()
                }
                fn values(&self) -> __rt::Vec<__rt::ConfigValue> {
                    __rt::poisoned()
                }
            }
        },
        Derive::Record => record,
        Derive::Resource => quote! {
            #record
            #[automatically_derived]
            impl #params __rt::Resource for #ident #args #bounds {
                const NAMES: (&'static __rt::str, &'static __rt::str) = ("", "");
                const SPEC: &'static __rt::ResourceSpec =
                    &__rt::ResourceSpec { poisoned: true, ..__rt::ResourceSpec::EMPTY };
            }
        },
    };
    block(crate_path.as_ref(), body)
}
