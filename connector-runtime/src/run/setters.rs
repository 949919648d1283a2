//! What may be set of all that asks an API: a run, a preview, a check, a stream of rows.

/// The methods that set something, each with its docs; `reach` are those that say how the API is reached.
/// The builder has what they set as fields, or a method `overrides`.
macro_rules! setters {
    () => {};
    (reach; $($rest:tt)*) => {
        /// Sends requests here instead of to the connector's base URL.
        pub fn base_url(mut self, url: impl Into<String>) -> Self {
            self.overrides().base_url = Some(url.into());
            self
        }

        /// Reaches the API with these certificates and this proxy; of no effect with
        /// [`Self::transport`], which finds its own way.
        pub fn network(mut self, network: crate::http::Network) -> Self {
            self.overrides().network = network;
            self
        }

        /// Sends requests through this transport instead of over the network.
        pub fn transport(
            mut self,
            transport: std::sync::Arc<dyn crate::http::Transport>,
        ) -> Self {
            self.overrides().transport = Some(transport);
            self
        }

        setters! { $($rest)* }
    };
    ($(#[$docs:meta])* state_dir; $($rest:tt)*) => {
        $(#[$docs])*
        pub fn state_dir(mut self, directory: impl Into<std::path::PathBuf>) -> Self {
            self.overrides().state_dir = Some(directory.into());
            self
        }

        setters! { $($rest)* }
    };
    ($(#[$docs:meta])* max_concurrency; $($rest:tt)*) => {
        $(#[$docs])*
        pub fn max_concurrency(mut self, requests: usize) -> Self {
            self.overrides().max_concurrency = Some(requests);
            self
        }

        setters! { $($rest)* }
    };
    ($(#[$docs:meta])* cancel_with; $($rest:tt)*) => {
        $(#[$docs])*
        pub fn cancel_with(mut self, token: tokio_util::sync::CancellationToken) -> Self {
            self.overrides().cancel = token;
            self
        }

        setters! { $($rest)* }
    };
    ($(#[$docs:meta])* observer; $($rest:tt)*) => {
        $(#[$docs])*
        pub fn observer(
            mut self,
            observer: std::sync::Arc<dyn crate::report::Observer>,
        ) -> Self {
            self.observer = observer;
            self
        }

        setters! { $($rest)* }
    };
    ($(#[$docs:meta])* resources; $($rest:tt)*) => {
        $(#[$docs])*
        pub fn resources<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
            self.resources = names.into_iter().map(Into::into).collect();
            self
        }

        setters! { $($rest)* }
    };
    ($(#[$docs:meta])* destination; $($rest:tt)*) => {
        $(#[$docs])*
        pub fn destination(
            self,
            destination: impl crate::destination::Destination + 'static,
        ) -> Self {
            self.boxed_destination(Box::new(destination))
        }

        /// As [`Self::destination`], for a destination that was made from a text.
        pub fn boxed_destination(
            mut self,
            destination: Box<dyn crate::destination::Destination>,
        ) -> Self {
            self.destination = Some(destination);
            self
        }

        setters! { $($rest)* }
    };
}

pub(super) use setters;
