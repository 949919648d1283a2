//! Derives of `connector-runtime`.
