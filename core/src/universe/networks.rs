use std::net::IpAddr;

use ipnet::IpNet;

/// Networks as they are written: an address alone is one, too.
pub(crate) fn networks(texts: &[String]) -> Vec<IpNet> {
    let parse = |text: &String| text.parse().ok().or_else(|| Some(IpNet::from(text.parse::<IpAddr>().ok()?)));
    texts.iter().filter_map(parse).map(|network: IpNet| network.trunc()).collect()
}
