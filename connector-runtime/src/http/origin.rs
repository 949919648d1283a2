//! [`Origins`]: where a server may lead us, by a link or a redirect.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Origin, Url};

/// The origin of the connector and those it trusts (an origin is scheme, host and port: RFC 6454).
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    home: Origin,
    is_https: bool,
    trusted: Vec<Origin>,
}

/// What may be sent to a URL that came from a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is at home: everything.
    Home,
    /// It is trusted: a request without credentials.
    Trusted,
}

/// Why nothing may be sent. Names the origin, never what else a URL may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stranger {
    /// "it leads to ..".
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Stranger {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }
}

impl Origins {
    /// `trusted` was checked by the derive; what is no URL trusts nothing.
    pub(crate) fn new(home: &Url, trusted: &[&str]) -> Self {
        let trusted = trusted.iter().filter_map(|text| Url::parse(text).ok());
        Self {
            home: home.origin(),
            is_https: home.scheme() == "https",
            trusted: trusted.map(|url| url.origin()).collect(),
        }
    }

    /// The host of the connector, and whether it is known to be of the public network before it was
    /// looked up.
    pub(super) fn home_host(&self) -> Option<(String, bool)> {
        let Origin::Tuple(_, host, _) = &self.home else { return None };
        let is_public = match host {
            Host::Domain(_) => false,
            Host::Ipv4(ip) => private_ip((*ip).into()).is_none(),
            Host::Ipv6(ip) => private_ip((*ip).into()).is_none(),
        };
        Some((name_of(&host.to_string()), is_public))
    }

    /// The trusted names that do not say by themselves where they lead.
    pub(super) fn trusted_names(&self) -> Vec<String> {
        let home = self.home_host().map(|(home, _)| home);
        let name = |origin: &Origin| match origin {
            Origin::Tuple(_, Host::Domain(name), _)
                if private(Host::Domain(name)).is_none()
                    && home.as_deref() != Some(&*name_of(name)) =>
            {
                Some(name_of(name))
            }
            _ => None,
        };
        self.trusted.iter().filter_map(name).collect()
    }

    /// What may be sent to `url`, which came from a server.
    pub(crate) fn judge(&self, url: &Url) -> Result<Standing, Stranger> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Stranger::new(format!("it leads to a `{}:` URL", url.scheme())));
        }
        let origin = url.origin();
        let name = origin.ascii_serialization();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Stranger::new(format!("it holds a user name or password for {name}")));
        }
        if origin == self.home {
            return Ok(Standing::Home);
        }
        if self.is_https && url.scheme() == "http" {
            return Err(Stranger::new(format!("it leads from https to plain http, {name}")));
        }
        if self.trusted.contains(&origin) {
            return Ok(Standing::Trusted);
        }
        if let Some(what) = url.host().and_then(private) {
            return Err(Stranger::new(format!("it leads to another origin, {name}, {what}")));
        }
        Err(Stranger {
            message: format!("it leads to another origin, {name}"),
            help: Some(format!(
                "if it belongs to the API, add `trusted_origins(\"{name}\")` to `#[connector(..)]`; it then gets requests without credentials"
            )),
        })
    }
}

/// The name that is looked up: with a dot at its end (an absolute name) it is the same one.
pub(super) fn name_of(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// What is private about a host. Servers name such hosts to make us ask there in their place.
fn private(host: Host<&str>) -> Option<&'static str> {
    const MACHINE: &str = "a name of this machine or its network";
    match host {
        Host::Domain(name) => {
            let name = name_of(name);
            let last = name.rsplit('.').next().unwrap_or_default();
            // RFC 6761, RFC 6762, RFC 8375, and what cloud providers call their metadata services
            let local = matches!(last, "localhost" | "local" | "internal")
                || name.ends_with(".home.arpa")
                || !name.contains('.');
            local.then_some(MACHINE)
        }
        Host::Ipv4(ip) => private_ip(ip.into()),
        Host::Ipv6(ip) => private_ip(ip.into()),
    }
}

/// Addresses that are not of the public network (the registries of RFC 6890).
pub(super) fn private_ip(ip: IpAddr) -> Option<&'static str> {
    let ip = match ip {
        IpAddr::V6(v6) => embedded(v6).map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    };
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            if ip.is_loopback() || a == 0 {
                Some("a loopback address")
            } else if ip.is_link_local() {
                Some("a link-local address, where metadata services are")
            } else if ip.is_private()
                || (a == 100 && b & 0xC0 == 64)
                || (a == 198 && b & 0xFE == 18)
            {
                Some("a private address")
            } else if ip.is_broadcast() || ip.is_multicast() || a >= 240 || [a, b, c] == [192, 0, 0]
            {
                Some("an address of no single host")
            } else {
                None
            }
        }
        IpAddr::V6(ip) => {
            let [first, second, third, ..] = ip.segments();
            if ip.is_loopback() || ip.is_unspecified() {
                Some("a loopback address")
            } else if first & 0xFFC0 == 0xFE80 {
                Some("a link-local address")
            } else if first & 0xFE00 == 0xFC00
                || first & 0xFFC0 == 0xFEC0
                // a network's own NAT64, wherever in it the IPv4 address is (RFC 8215)
                || (first, second, third) == (0x64, 0xFF9B, 1)
            {
                Some("a private address")
            } else if ip.is_multicast() {
                Some("an address of no single host")
            } else {
                None
            }
        }
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291), compatible, NAT64
/// (RFC 6052), translated (RFC 2765), 6to4 (RFC 3056) or Teredo, which inverts it (RFC 4380).
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0..=1] => None,
        [0, 0, 0, 0, 0, 0 | 0xFFFF, high, low] => Some(v4(high, low)),
        [0x64, 0xFF9B, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(v4(high, low)),
        [0, 0, 0, 0, 0xFFFF, 0, high, low] => Some(v4(high, low)),
        [0x2001, 0, .., high, low] => Some(v4(!high, !low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(home: &str, url: &str) -> Result<Standing, Stranger> {
        let home = Url::parse(home).expect("a URL");
        let origins = Origins::new(&home, &["https://files.example.com", "http://127.0.0.1:9000"]);
        origins.judge(&Url::parse(url).expect("a URL"))
    }

    #[test]
    fn d15_home_trusted_and_strange_origins() {
        let home = "https://api.example.com/v1";
        for url in [
            "https://api.example.com/x?y",
            "https://API.example.com:443/",
            "https://api.example.com",
        ] {
            assert_eq!(judge(home, url), Ok(Standing::Home), "{url}");
        }
        assert_eq!(judge(home, "https://files.example.com/x"), Ok(Standing::Trusted));
        assert_eq!(judge("http://localhost:1", "http://127.0.0.1:9000/"), Ok(Standing::Trusted));
        for (url, expected) in [
            ("https://api.example.com:8443/", "another origin, https://api.example.com:8443"),
            ("https://evil.example.com/", "another origin, https://evil.example.com"),
            ("https://api.example.com.evil.test/", "another origin"),
            ("https://files.example.com:444/", "another origin"),
            ("http://api.example.com/", "from https to plain http, http://api.example.com"),
            ("http://files.example.com/", "from https to plain http"),
            ("http://127.0.0.1:9000/", "from https to plain http"),
            ("https://api.example.com@evil.test/", "a user name or password for https://evil.test"),
            ("https://u:pw-secret@api.example.com/", "a user name or password"),
            ("file:///etc/passwd", "a `file:` URL"),
            ("ftp://api.example.com/", "a `ftp:` URL"),
        ] {
            let stranger = judge(home, url).expect_err(url);
            assert!(stranger.message.contains(expected), "{url}: {}", stranger.message);
            assert!(!stranger.message.contains("pw-secret"));
        }
    }

    #[test]
    fn d15_private_hosts_are_named_as_such_and_never_suggested() {
        for host in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "2130706433",
            "0x7f.1",
            "10.0.0.1",
            "172.16.5.5",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "[::1]",
            "[::]",
            "[::ffff:10.0.0.1]",
            "[::ffff:7f00:1]",
            "[::10.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::5db8:d822]",
            "[64:ff9b:1:a9fe:a9:fe00::]",
            "[::ffff:0:169.254.169.254]",
            "[2001:0:4136:e378:8000:63bf:5601:5601]",
            "[2002:a00:1::]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "localhost",
            "localhost.",
            "api.localhost",
            "printer.local",
            "metadata.google.internal",
            "router.home.arpa",
            "metadata",
        ] {
            let url = format!("https://{host}/x");
            let stranger = judge("https://api.example.com", &url).expect_err(host);
            assert_eq!(stranger.help, None, "{host}: {stranger:?}");
            assert!(stranger.message.contains(", a"), "{host}: {stranger:?}");
        }
        for host in [
            "93.184.216.34",
            "172.32.0.1",
            "[2606:4700::1]",
            "example.org",
            "localhost.example.org",
        ] {
            let url = format!("https://{host}/x");
            let stranger = judge("https://api.example.com", &url).expect_err(host);
            assert!(stranger.help.is_some(), "{host}: {stranger:?}");
        }
    }

    #[test]
    fn a_private_home_is_home() {
        let url = "http://127.0.0.1:8080/next";
        assert_eq!(judge("http://127.0.0.1:8080", url), Ok(Standing::Home));
        assert!(judge("http://127.0.0.1:8080", "http://127.0.0.1:8081/next").is_err());
    }
}
