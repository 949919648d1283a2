//! SIGTERM: a platform that has read enough ends its sources so, and expects them to end by it.
//!
//! The run stops where that is safe, as with every signal. But who reads no more may not empty the pipe
//! either: what cannot be written in time is left out, which loses nothing but rows that no state covers.

/// Ends the process as the signal would have.
pub(super) fn end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::SignalKind;
        // where that fails, the exit code has to do
        let _ =
            signal_hook::low_level::emulate_default_handler(SignalKind::terminate().as_raw_value());
    }
}
