//! Tests of whole expansions, and of what follows from the table of options.

mod expansion;
mod reference;
