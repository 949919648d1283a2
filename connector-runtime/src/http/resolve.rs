//! [`Guard`]: where a trusted name may lead.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::origin::{Origins, name_of, private_ip};

/// What a refusal begins with.
pub(super) const REFUSED: &str = "a trusted origin leads into a private network";

/// Looks names up, and keeps a server on the public network from leading into a private one.
///
/// Servers lead to listed origins only, so no name is a server's own. But whoever runs the names of a
/// listed origin can point one at this machine or at a metadata service. Where the API itself is
/// in a private network, as one that people host themselves, its neighbours are, too.
pub(super) struct Guard {
    home: String,
    /// The home was looked up, and none of its addresses is private.
    is_public: AtomicBool,
    trusted: Vec<String>,
    lookup: Lookup,
}

type Lookup = fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

impl Guard {
    /// `None` where no name has to be watched.
    pub(super) fn new(origins: &Origins) -> Option<Arc<Self>> {
        Self::with(origins, |name| {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        })
    }

    fn with(origins: &Origins, lookup: Lookup) -> Option<Arc<Self>> {
        let (home, is_public) = origins.home_host()?;
        let trusted = origins.trusted_names();
        (!trusted.is_empty()).then(|| {
            let is_public = AtomicBool::new(is_public);
            Arc::new(Self { home, is_public, trusted, lookup })
        })
    }

    fn judge(&self, name: &str, found: &[SocketAddr]) -> Result<(), String> {
        let private = found.iter().find_map(|address| private_ip(address.ip()));
        if name == self.home {
            self.is_public.store(private.is_none(), Ordering::Relaxed);
            return Ok(());
        }
        match private {
            Some(what)
                if self.is_public.load(Ordering::Relaxed)
                    && self.trusted.iter().any(|trusted| trusted == name) =>
            {
                Err(format!("{REFUSED}: {name} is {what}, while {} is public", self.home))
            }
            _ => Ok(()),
        }
    }
}

/// A resolver that the client can own.
pub(super) struct Guarded(pub(super) Arc<Guard>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            let name = name_of(name.as_str());
            let found = (guard.lookup)(name.clone()).await?;
            guard.judge(&name, &found)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::http::transport::final_failure;

    fn lookup(name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> {
        let ip: [u8; 4] = match &*name {
            "files.private.example" | "api.private.example" => [10, 0, 0, 7],
            "meta.private.example" => [169, 254, 169, 254],
            _ => [93, 184, 216, 34],
        };
        Box::pin(std::future::ready(Ok(vec![(ip, 0).into()])))
    }

    async fn ask(home: &str, names: &[&str]) -> Vec<Result<(), String>> {
        let trusted = [
            "https://files.public.example",
            "https://files.private.example",
            "https://meta.private.example",
            "https://nas.local",
        ];
        let origins = Origins::new(&Url::parse(home).expect("a URL"), &trusted);
        let resolver = Guarded(Guard::with(&origins, lookup).expect("there are names to watch"));
        let mut results = Vec::new();
        for name in names {
            let found = resolver.resolve(name.parse().expect("a name")).await;
            results.push(found.map(drop).map_err(|error| error.to_string()));
        }
        results
    }

    #[tokio::test]
    async fn a_public_api_does_not_lead_into_a_private_network() {
        let names = ["api.public.example", "files.public.example", "files.private.example"];
        let results = ask("https://api.public.example", &names).await;
        assert_eq!(results[..2], [Ok(()), Ok(())]);
        let error = results[2].clone().expect_err("it is private");
        assert_eq!(
            error,
            "a trusted origin leads into a private network: files.private.example is a private \
             address, while api.public.example is public"
        );
        let results = ask("https://93.184.216.34", &["META.private.example."]).await;
        assert!(results[0].clone().expect_err("metadata").contains("metadata services"));
    }

    #[tokio::test]
    async fn a_dot_at_the_end_of_the_home_is_the_same_name() {
        let names = ["api.public.example.", "files.private.example"];
        let results = ask("https://api.public.example.", &names).await;
        assert_eq!(results[0], Ok(()));
        let error = results[1].clone().expect_err("it is private");
        assert!(error.contains("while api.public.example is public"), "{error}");
    }

    #[tokio::test]
    async fn a_private_api_may_lead_to_its_neighbours() {
        let names = ["api.private.example", "files.private.example"];
        assert_eq!(ask("https://api.private.example", &names).await, [Ok(()), Ok(())]);
        assert_eq!(ask("https://10.1.1.1", &names[1..]).await, [Ok(())]);
    }

    #[tokio::test]
    async fn a_proxy_and_a_host_that_is_local_by_its_name_are_the_users_own_word() {
        let names = ["api.public.example", "api.private.example", "nas.local"];
        assert_eq!(ask("https://api.public.example", &names).await, [Ok(()), Ok(()), Ok(())]);
    }

    #[tokio::test]
    async fn the_client_does_not_connect_and_does_not_try_again() {
        let home = Url::parse("https://api.public.example").expect("a URL");
        let origins = Origins::new(&home, &["https://files.private.example"]);
        let guard = Guard::with(&origins, lookup).expect("there are names to watch");
        let name = "api.public.example".parse().expect("a name");
        drop(Guarded(guard.clone()).resolve(name).await.expect("an address"));
        let client = reqwest::Client::builder().no_proxy().dns_resolver(Guarded(guard)).build();
        let request = client.expect("a client").get("https://files.private.example/x");
        let error = request.send().await.expect_err("it is not connected to");
        let failure = final_failure(&error).expect("it is known");
        assert!(failure.to_string().starts_with(REFUSED), "{failure}");
        assert!(!failure.is_retryable());
    }
}
