//! The generated sync binary.
