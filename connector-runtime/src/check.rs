//! Facts that concern several structs, checked while the user's crate compiles.
//!
//! A derive sees one struct. For what it cannot see it emits `const _: () = check::..(..);`; these
//! functions then panic with a text of our own, which the compiler shows at the place that the
//! derive underlined. A poisoned spec, one whose derive has reported an error, passes every check.
